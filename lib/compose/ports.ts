/**
 * The ports that a service publishes.
 *
 * @module
 */

import type { RawService } from "./raw_service.ts";

/** The ports of a service. */
export interface Ports {
  /** Container ports that are published, TCP only. */
  ports: readonly number[];
  /** Ports of the engine's machine that are published by number, such as "8080/tcp". */
  published: readonly string[];
  /** The addresses of the engine's machine on which TCP ports are published by number. */
  addresses: readonly {
    hostname: string;
    port: number;
    /** The port of the container. */
    target: number;
  }[];
}

/** Reads the ports of a service. */
export function portsOf({ ports = [] }: Pick<RawService, "ports">): Ports {
  const all = ports.map(({ protocol = "tcp", ...port }) => ({
    ...port,
    protocol,
  }));
  const tcp = all.filter(({ protocol }) => protocol === "tcp");
  // The engine chooses the port of a range, and of a mapping that names none.
  const fixed = (port: { published?: string }) =>
    /^[1-9]\d*$/.test(`${port.published}`);
  return {
    ports: tcp.map(({ target }) => target),
    published: all.filter(fixed)
      .map(({ published, protocol }) => `${published}/${protocol}`),
    addresses: tcp.filter(fixed)
      .map(({ target, published, host_ip: hostname = "0.0.0.0" }) => ({
        hostname,
        port: Number(published),
        target,
      })),
  };
}
