/**
 * Finds the TCP ports on which the programs in a container listen.
 *
 * @module
 */

import type { EngineApi } from "./api.ts";
import { run } from "./exec.ts";

/** An address and a port on which a program listens. */
export interface Listener {
  /** Such as "127.0.0.1" or "::"; a shortened address of IPv6 is written in full. */
  address: string;
  port: number;
}

/** The name server that Docker runs on the loopback of each container. */
const DNS = "127.0.0.11";

/**
 * Asks by `cat`, in the container, for the kernel's table; undefined if the image has no `cat`, or the container is gone.
 */
export async function listenersIn(
  api: EngineApi,
  container: string,
  signal: AbortSignal,
): Promise<readonly Listener[] | undefined> {
  const lines: string[] = [];
  const argv = ["cat", "/proc/net/tcp", "/proc/net/tcp6"];
  await run(api, container, argv, {
    signal,
    output: (line) => lines.push(line),
  });
  // Without IPv6, the second table is missing, and `cat` fails.
  return lines.some((line) => line.includes("local_address"))
    ? listenersOf(lines)
    : undefined;
}

/**
 * Reads the kernel's table: https://www.kernel.org/doc/html/latest/networking/proc_net_tcp.html. A socket that listens has the
 * state 0A. Addresses are words of four bytes in the order of the processor, which is little-endian.
 */
export function listenersOf(lines: readonly string[]): readonly Listener[] {
  const found = lines.flatMap((line) => {
    const [, address = "", port = ""] =
      /^\s*\d+: ([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) 0+:0000 0A /.exec(
        line,
      ) ?? [];
    if (address === "") return [];
    return [{ address: addressOf(address), port: parseInt(port, 16) }];
  }).filter(({ address }) => address !== DNS);
  const byText = new Map(found.map((one) => [textOf(one), one]));
  return [...byText.values()];
}

function addressOf(words: string): string {
  const bytes = words.match(/.{8}/g)!.flatMap((word) =>
    word.match(/../g)!.toReversed()
  );
  if (bytes.length === 4) {
    return bytes.map((byte) => parseInt(byte, 16)).join(".");
  }
  const hex = bytes.join("").toLowerCase();
  // An address of IPv4 in a socket of IPv6.
  if (/^0{20}ffff/.test(hex)) return addressOf(words.slice(24));
  return new URL(`http://[${hex.match(/.{4}/g)!.join(":")}]`).hostname
    .slice(1, -1);
}

/** As a person would write it. */
export function textOf({ address, port }: Listener): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

function isLoopback({ address }: Listener): boolean {
  return address.startsWith("127.") || address === "::1";
}

/**
 * Whether other containers cannot reach a port, in words that follow the name of its service: only the loopback of the
 * container has it. Undefined where they may, or where nothing listens yet.
 *
 * @param port without it, each port counts
 */
export function loopbackOnly(
  listeners: readonly Listener[],
  port?: number,
): string | undefined {
  const own = listeners.filter((one) =>
    port === undefined || one.port === port
  );
  return own.length > 0 && own.every(isLoopback)
    ? `listens on ${own.map(textOf).join(" and ")} only: bind 0.0.0.0`
    : undefined;
}

/**
 * Why a port does not answer, by the ports on which the container listens, in words that follow the name of its service;
 * undefined if the port is listened on.
 *
 * @param wanted a clause about the port; by default it is the published one
 */
export function whyUnreachable(
  listeners: readonly Listener[],
  port: number,
  wanted = `the published port is ${port}`,
): string | undefined {
  const wide = listeners.filter((one) => !isLoopback(one));
  if (wide.some((one) => one.port === port)) return undefined;
  const own = loopbackOnly(listeners, port);
  if (own !== undefined) return own;
  if (wide.length > 0) {
    const ports = [...new Set(wide.map(({ port }) => port))].join(", ");
    return `listens on port ${ports}, but ${wanted}`;
  }
  return listeners.length > 0
    ? `listens on ${listeners.map(textOf).join(" and ")} only, but ${wanted}`
    : `listens on no TCP port; ${wanted}`;
}
