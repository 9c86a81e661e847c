/**
 * Under which scheme, host and port a client sees the application.
 *
 * @module
 */

import { BlockList, isIPv6 } from "node:net";

/** Where a client has sent its request to. */
export interface Origin {
  /** Such as `https://todo.example:8443`. */
  readonly origin: string;
  /** Without the port. */
  readonly hostname: string;
}

/** Finds the origin of a request that came from the address `peer`; undefined when its host name is none. */
export type FindOrigin = (
  request: Request,
  peer: string | undefined,
) => Origin | undefined;

/**
 * Makes what finds origins. Only requests from trusted proxies (addresses, or networks such as `10.0.0.0/8`) may name
 * another one, with `X-Forwarded-Proto` and `X-Forwarded-Host`: anybody else could poison URLs with them.
 *
 * @throws {Error} when a proxy is neither an address nor a network
 */
export function createFindOrigin(
  trustedProxies: readonly string[],
): FindOrigin {
  const trusted = addressesOf(trustedProxies);
  const parse = rememberLast(parseOrigin);
  return (request, peer) => {
    const own = originPart(request.url);
    const isTrusted = trustedProxies.length > 0 && peer !== undefined &&
      includes(trusted, peer);
    return parse(isTrusted ? forwarded(request.headers, own) : own);
  };
}

function addressesOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = "", bits] = network.split("/");
    const family = isIPv6(address) ? "ipv6" : "ipv4";
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return list;
}

function includes(list: BlockList, peer: string): boolean {
  const address = peer.replace(/^::ffff:(?=\d+\.)/, "");
  return list.check(address, isIPv6(address) ? "ipv6" : "ipv4");
}

/** Scheme, host and port of a URL as it came, which need not be one. */
function originPart(url: string): string {
  const end = url.indexOf("/", url.indexOf("//") + 2);
  return end === -1 ? url : url.slice(0, end);
}

function forwarded(headers: Headers, own: string): string {
  const [scheme = "", host = ""] = own.split("://");
  const proto = last(headers.get("X-Forwarded-Proto"))?.toLowerCase();
  return `${proto === "https" || proto === "http" ? proto : scheme}://${
    last(headers.get("X-Forwarded-Host")) ?? host
  }`;
}

/** Of several values the last one is what the trusted proxy itself has seen. */
function last(header: string | null): string | undefined {
  return header?.split(",").at(-1)?.trim() || undefined;
}

function parseOrigin(text: string): Origin | undefined {
  // Whatever is more than a host and a port would end up in the URLs of todos.
  const url = /^https?:\/\/[^/?#@\\\s]+$/.test(text) ? URL.parse(text) : null;
  return url ? { origin: url.origin, hostname: url.hostname } : undefined;
}

/** Clients ask for one host again and again. */
function rememberLast<T>(compute: (text: string) => T): (text: string) => T {
  let known: { text: string; value: T } | undefined;
  return (text) => {
    if (known?.text !== text) known = { text, value: compute(text) };
    return known.value;
  };
}
