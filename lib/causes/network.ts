/**
 * Causes: a name does not resolve, a port refuses connections, or is in use in the container.
 *
 * @module
 */

import { levenshteinDistance } from "@std/text/levenshtein-distance";
import { type Facts, type Neighbor, serviceAt } from "./facts.ts";
import { at, type Row, type Told } from "./row.ts";

const HOST = "(?<host>[\\w.-]{1,100})";

/** The words of programs for a name that does not resolve. */
const UNRESOLVED: readonly RegExp[] = [
  // Node, curl, PostgreSQL, MySQL, Redis, Go, Java, PHP, Ruby, Python's clients, busybox and glibc's tools.
  "getaddrinfo (?:ENOTFOUND|EAI_AGAIN) HOST",
  "Could not resolve host:? HOST",
  'could not translate host name \\\\?"HOST\\\\?" to address',
  "Unknown (?:MySQL )?server host \\\\?'HOST",
  "(?:connecting to |Redis at |connect to )HOST:\\d{1,5}[.:] (?:Name or service not known|Temporary failure in name resolution|nodename nor servname)",
  "lookup HOST(?: on \\S{1,60})?: (?:no such host|server misbehaving|Temporary failure)",
  "UnknownHostException: HOST",
  "getaddrinfo for HOST failed",
  "getaddrinfo\\(HOST\\)",
  "Failed to resolve '?HOST",
  "HOST: (?:Name or service not known|Temporary failure in name resolution|Name does not resolve|nodename nor servname provided)",
  "bad address '?HOST",
  'host not found in upstream "HOST',
].map((words) => new RegExp(words.replace("HOST", HOST)));

const AT = "(?<host>[\\w.-]{1,100}|\\[?[\\da-f:]{2,40}\\]?):(?<port>\\d{1,5})";

/** The words of programs for a port that refuses connections. */
const REFUSED: readonly RegExp[] = [
  "ECONNREFUSED AT",
  'server at \\\\?"(?<host>[^"\\\\]{1,100})\\\\?".{0,60}, port (?<port>\\d{1,5}) failed: Connection refused',
  "dial tcp AT: (?:connect: )?connection refused",
  "Failed to connect to (?<host>\\S{1,100}) port (?<port>\\d{1,5})",
  "(?:connecting to |Redis at |[Cc]onnect(?:ion)? to )AT[.:]? ?\\S{0,20} ?(?:failed: )?[Cc]onnection refused",
  "\\|(?<host>[\\d.]{7,15})\\|:(?<port>\\d{1,5})\\.\\.\\. failed: Connection refused",
  "AT\\b.{0,60}[Cc]onnection refused",
  "Can't connect to (?:MySQL )?server on '(?<host>[\\w.-]{1,100})(?::(?<port>\\d{1,5}))?' \\((?:1(?:11|15)|\\[Errno 111)",
  '\\(111: Connection refused\\).{0,300}upstream: "\\w{1,9}://AT',
  "host='(?<host>[\\w.-]{1,100})', port=(?<port>\\d{1,5})\\).{0,300}[Cc]onnection refused",
].map((words) => new RegExp(words.replace("AT", AT)));

/** Words of a client that has not reached its server, without a name. */
const UNREACHED =
  /ECONNREFUSED|[Cc]onnection refused|fetch failed|Failed to connect|ERR_CONNECTION_REFUSED|502 Bad Gateway|HTTP Error 502/;

/** The words of programs for a port that is in use. */
const IN_USE: readonly RegExp[] = [
  /EADDRINUSE.{0,40}[:\s](?<port>\d{1,5})$/,
  /bind\(\) to \S{0,60}:(?<port>\d{1,5}) failed \(98/,
  /listen tcp\d? \S{0,60}:(?<port>\d{1,5}): bind: address already in use/,
  /(?:port |:)(?<port>\d{2,5})\b.{0,60}(?:already in use|in use by)/i,
];

/** The rows of causes that name a host or a port. */
export const NETWORK_ROWS: readonly Row[] = [
  ...UNRESOLVED.map((words): Row => ({
    words,
    cause: ({ host = "" }, { facts }) => unresolved(host, facts),
  })),
  ...REFUSED.map((words): Row => ({
    words,
    cause: ({ host = "", port }, { facts }) =>
      facts && refused(bare(host), numberOf(port), facts),
  })),
  ...IN_USE.map((words): Row => ({
    words,
    cause: ({ port }, { facts }) => taken(`port ${port}`, facts),
  })),
];

/** The rows of causes whose words name nothing. */
export const NAMELESS_NETWORK_ROWS: readonly Row[] = [
  {
    words: /Errno 98\]|EADDRINUSE|[Aa]ddress already in use/,
    cause: (_, { facts }) => taken("its port", facts),
  },
  {
    words: UNREACHED,
    cause: (_, { facts }) => {
      const closed =
        facts?.services.filter(({ unreachable, service }) =>
          unreachable !== undefined && service !== facts.service
        ) ?? [];
      const [first] = closed;
      return first && closed.length === 1 ? notHere(first, facts!) : undefined;
    },
  },
];

/** A port that is in use where the program wants to listen: by another one, or by itself. */
function taken(port: string, facts?: Facts): string {
  return facts?.onHost
    ? `${port} of this machine is in use already: the container uses the machine's network`
    : `${port} is in use in the same container already`;
}

/** The host and the port that refuse connections, by the last words that name them. */
export function refusedIn(
  lines: readonly string[],
): { host: string; port: number } | undefined {
  for (const line of lines.toReversed()) {
    for (const words of REFUSED) {
      const { host, port } = words.exec(line)?.groups ?? {};
      if (host) return { host: bare(host), port: numberOf(port) };
    }
  }
  return undefined;
}

/** Whether the words are those of a client that has not reached its server. */
export function isUnreached(lines: readonly string[]): boolean {
  return lines.some((line) => UNREACHED.test(line));
}

/** Only the clients of MySQL leave out the port, which is then their default. */
function numberOf(port = "3306"): number {
  return Number(port);
}

/** An address of IPv6 without its brackets. */
function bare(host: string): string {
  return host.replace(/^\[(.*)\]$/, "$1");
}

function isAddress(host: string): boolean {
  return /^[\d.]+$/.test(host) || host.includes(":");
}

/** Whether a host is the container itself. */
export function isLoopback(host: string): boolean {
  return /^(?:localhost|127\.[\d.]+|::1)$/.test(host);
}

/** Why a name does not resolve. */
function unresolved(host: string, facts?: Facts): Told {
  if (isAddress(host) || isLoopback(host)) return undefined;
  const plain = `the name "${host}" does not resolve`;
  if (host === "host.docker.internal") {
    return `${plain}: extra_hosts: ["host.docker.internal:host-gateway"] adds it`;
  }
  if (!facts) return plain;
  const found = serviceAt(facts, host);
  return found
    ? unresolvedService(found, facts)
    : at(unknownName(host, facts), facts, { word: host });
}

/** A name that is no service's. */
function unknownName(host: string, { services }: Facts): string {
  const plain = `the name "${host}" does not resolve`;
  const near = services.map(({ service }) => ({
    service,
    distance: levenshteinDistance(service, host),
  })).filter(({ distance }) => distance <= 2 && distance < host.length / 2)
    .toSorted((a, b) => a.distance - b.distance);
  if (near[0]) {
    return `${plain}: no service is called so, but one is called "${
      near[0].service
    }"`;
  }
  return host.includes(".")
    ? plain
    : `${plain}: no service of the Compose file is called so`;
}

/** Why the name of a service does not resolve: the engine knows running containers of common networks only. */
function unresolvedService(
  { service, state, isPart, networks }: Neighbor,
  facts: Facts,
): Told {
  const plain = `the name "${service}" does not resolve`;
  if (!isPart) return `${plain}: this run does not start that service`;
  if (!networks.some((one) => facts.networks.includes(one))) {
    const why = `${plain}: "${service}" is on the network ${
      networks.join(", ") || "of another container"
    }, and "${facts.service}" on ${facts.networks.join(", ") || "none"}`;
    return at(why, facts, { path: ["networks"] });
  }
  if (state === "exited" || state === "dead") {
    return `${plain}: "${service}" has ended`;
  }
  return facts.needs.has(service) ? plain : at(
    `${plain}: "${facts.service}" does not wait until "${service}" runs (depends_on)`,
    facts,
    { path: ["depends_on"] },
  );
}

/** Why a port refuses connections. */
function refused(
  host: string,
  port: number,
  facts: Facts,
): Told {
  if (isLoopback(host)) return refusedHere(host, port, facts);
  const found = serviceAt(facts, host);
  if (!found) return undefined;
  const { service, state, unreachable } = found;
  if (state === "exited" || state === "dead") {
    return `"${service}" has ended, so that its port ${port} refuses connections`;
  }
  if (unreachable !== undefined) return notHere(found, facts, port);
  const isAwaited = facts.needs.get(service) !== undefined &&
    facts.needs.get(service) !== "service_started";
  const why = `"${service}" did not listen on port ${port} at that time`;
  return isAwaited || service === facts.service ? why : at(
    `${why}: "${facts.service}" does not wait for its health (service_healthy)`,
    facts,
    { path: ["depends_on"] },
  );
}

/** A service that listens elsewhere: the caller names a wrong port, or the service a wrong address. */
function notHere(
  { service, unreachable }: Neighbor,
  facts: Facts,
  port?: number,
): Told {
  const why = `"${service}" ${unreachable}`;
  const [, address] = /^listens on (\S+):\d+ only/.exec(unreachable ?? "") ??
    [];
  if (address !== undefined) return { why, place: { service, word: address } };
  return port === undefined ? why : at(why, facts, { word: `${port}` });
}

/** A port of the container itself. */
function refusedHere(
  host: string,
  port: number,
  facts: Facts,
): Told {
  if (facts.onHost) return undefined;
  const own = facts.services.find(({ service }) => service === facts.service);
  const others = facts.services.filter((one) =>
    one !== own && one.isPart && one.ports.includes(port)
  );
  const [other] = others;
  if (other && others.length === 1 && !own?.ports.includes(port)) {
    return at(
      `127.0.0.1 is the container of "${facts.service}" itself; port ${port} is that of "${other.service}": connect to ${other.service}:${port}`,
      facts,
      { word: host },
    );
  }
  return own?.unreachable === undefined
    ? `nothing listened on port ${port} in the container of "${facts.service}" itself`
    : notHere(own, facts, port);
}
