/**
 * Where a port is reached that a container publishes.
 *
 * @module
 */

/** A published port. */
interface Published {
  /** Where it is reached from here. */
  hostname: string;
  port: number;
  /** The host in the printed URL. */
  shown: string;
}

/**
 * The published port among addresses such as "0.0.0.0:32768"; an address of all interfaces becomes the host of the engine.
 * Undefined if the port is published on the loopback of another machine, which is unreachable from here.
 */
export function publishedAt(
  addresses: readonly string[],
  endpoint: string,
): Published | undefined {
  const engine = hostOf(endpoint);
  const all = addresses.flatMap((address) => {
    const [, host = "", port = ""] = address.match(/^(.*):(\d+)$/) ?? [];
    return port === "" ? [] : [{ host, port: Number(port) }];
  });
  // Docker lists the address of each kind of network that has one.
  const { host, port } = all.find(({ host }) => !host.includes(":")) ??
    all[0] ?? { host: "", port: 0 };
  const bare = bareOf(host);
  const isAny = ["0.0.0.0", "::", ""].includes(bare);
  if (!isAny && !isLoopback(host)) {
    return { hostname: bare, port, shown: host };
  }
  // An engine that is reached by its address may be another machine, even if that is a loopback's.
  if (isAny && engine !== "localhost") {
    return { hostname: bareOf(engine), port, shown: engine };
  }
  if (!isLoopback(engine)) return undefined;
  const own = bare === "::" || bare === "::1" ? "::1" : "127.0.0.1";
  const hostname = bare.startsWith("127.") ? bare : own;
  return { hostname, port, shown: "localhost" };
}

/** An address of IPv6 without its brackets. */
function bareOf(host: string): string {
  return host.replace(/^\[(.*)\]$/, "$1");
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
