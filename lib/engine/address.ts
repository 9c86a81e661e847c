/**
 * The URL of a port that a container publishes.
 *
 * @module
 */

/**
 * The URL of a published port: an address of all interfaces becomes the host of the engine. Undefined if the port is
 * published on the loopback of another machine, which is unreachable from here.
 */
export function urlOf(
  address: string,
  path: string,
  endpoint: string,
): URL | undefined {
  const [, published = "", port = ""] = address.match(/^(.*):(\d+)$/) ?? [];
  const engine = hostOf(endpoint);
  const host = ["0.0.0.0", "[::]", "::"].includes(published)
    ? engine
    : isLoopback(published)
    ? isLoopback(engine) ? "localhost" : undefined
    : published;
  return host === undefined
    ? undefined
    : new URL(path, `http://${host}:${port}`);
}

function isLoopback(host: string): boolean {
  return /^(localhost|127\..*|\[?::1\]?)$/.test(host);
}

/** A socket or a named pipe means an engine on this machine. */
function hostOf(endpoint: string): string {
  const { protocol, host, hostname } = new URL(endpoint);
  const isRemote = ["tcp:", "ssh:", "http:", "https:"].includes(protocol);
  return isRemote && host !== "" ? hostname : "localhost";
}
