/**
 * The URL of a port that a container publishes.
 *
 * @module
 */

/**
 * The URL of a published port: the engine's host stands for every address of the engine. Undefined where it is published
 * on the loopback of another machine, which nobody here reaches.
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

/** A socket or a named pipe is this machine's. */
function hostOf(endpoint: string): string {
  const { protocol, host, hostname } = new URL(endpoint);
  const isRemote = ["tcp:", "ssh:", "http:", "https:"].includes(protocol);
  return isRemote && host !== "" ? hostname : "localhost";
}
