/** Under which scheme, host and port a client sees the application. @module */

import { BlockList, isIPv6 } from "node:net";

const HOST = /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i;

/**
 * Makes what finds out where a client has sent its request that came from the address `peer`; undefined when its host name
 * is none. Only requests from trusted proxies (addresses, or networks such as `10.0.0.0/8`) may name another one, with
 * `X-Forwarded-Proto` and `X-Forwarded-Host`: anybody else could poison URLs with them.
 * @throws {Error} when a proxy is neither an address nor a network
 */
export function createFindOrigin(
  trustedProxies: readonly string[],
): (request: Request, peer: string | undefined) => URL | undefined {
  const trusted = new BlockList();
  for (const network of trustedProxies) {
    const [address = "", bits] = network.split("/");
    if (bits === undefined) trusted.addAddress(address, familyOf(address));
    else trusted.addSubnet(address, Number(bits), familyOf(address));
  }
  return ({ url, headers }, peer = "") => {
    const own = new URL(url);
    // More than a host and a port would end up in the URLs of todos.
    if (!HOST.test(headers.get("Host") ?? own.host)) return undefined;
    const address = peer.replace(/^::ffff:(?=\d+\.)/, "");
    if (!address || !trusted.check(address, familyOf(address))) return own;
    const named = last(headers.get("X-Forwarded-Proto"))?.toLowerCase();
    const isScheme = named === "https" || named === "http";
    const scheme = isScheme ? `${named}:` : own.protocol;
    const host = last(headers.get("X-Forwarded-Host")) ?? own.host;
    if (!HOST.test(host)) return undefined;
    return URL.parse(`${scheme}//${host}`) ?? undefined;
  };
}

function familyOf(address: string): "ipv4" | "ipv6" {
  return isIPv6(address) ? "ipv6" : "ipv4";
}

/** Of several values the last one is what the trusted proxy itself has seen. */
function last(header: string | null): string | undefined {
  return header?.split(",").at(-1)?.trim() || undefined;
}
