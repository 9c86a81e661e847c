/**
 * Recognizes failures of the machine, as opposed to the application, in the output of docker.
 *
 * @module
 */

import type { Fault } from "../errors/failure.ts";

/** The words of the engine, containerd, Compose, BuildKit and our own `docker`. */
const SIGNS: readonly [Fault["kind"], RegExp][] = [
  ["docker-killed", /docker was killed \(SIG[A-Z]+\)/],
  [
    "foreign-volume",
    /^\s*volume \S+ was there already, and no run of todoflow/,
  ],
  ["disk-full", /no space left on device|disk quota exceeded/i],
  [
    "no-address-pool",
    /could not find an available, non-overlapping IPv4 address pool|all predefined address pools have been fully subnetted/,
  ],
  [
    "port-taken",
    /port is already allocated|bind: address already in use|failed to bind host port|ports are not available/i,
  ],
  [
    "network-gone",
    /^(Error response from daemon|failed to set up container networking)\b.*\bnetwork \S+ not found/,
  ],
];

/**
 * The words of the network, or of a registry that is restarting, for a passing fault: those of Go's net package, and
 * statuses of HTTP.
 */
export const PASSING =
  /[Cc]onnection (refused|reset)|broken pipe|\bEOF\b|i\/o timeout|handshake timeout|no such host|server misbehaving|failure in name resolution|(network|host) is unreachable|no route to host|use of closed network connection|deadline exceeded|Client\.Timeout|request canceled|toomanyrequests|\b(?:429|5\d\d) [A-Z][a-z]+/;

/** Words of TLS for a registry that this machine does not trust, or cannot talk to. */
const UNTRUSTED = /\b(x509|tls): /;

/** The words with which the engine, containerd and BuildKit tell of a request to a registry. */
const REGISTRY =
  /\b(Get|Head|Put|Post|Patch) "?https?:\/\/|failed to (resolve|do request|authorize|fetch|copy)|\bdial tcp\b|unexpected (HTTP )?status|toomanyrequests/;

/** How many of the last lines may tell of a registry: an earlier fault has passed. */
const LAST = 3;

/**
 * Output of a build's own commands, such as "#7 0.123 …", which BuildKit repeats as "0.123 …". In it, only a full disk is
 * a fault of the machine.
 */
const BUILD_OUTPUT = /^(#\d+ )?\d+(\.\d+)? /;

/** The fault in the lines; the last line that has one is the nearest to the cause. */
export function faultIn(lines: readonly string[]): Fault | undefined {
  const said = lines.map((line) => line.trim()).filter(Boolean);
  for (const [i, line] of said.toReversed().entries()) {
    const [kind] = SIGNS.find(([, sign]) => sign.test(line)) ??
      (i < LAST && isRegistrys(line) ? ["no-registry" as const] : []);
    if (kind !== "disk-full" && BUILD_OUTPUT.test(line)) continue;
    if (kind) return { kind, detail: line.replace(BUILD_OUTPUT, "") };
  }
  return undefined;
}

function isRegistrys(line: string): boolean {
  return REGISTRY.test(line) && (PASSING.test(line) || UNTRUSTED.test(line));
}

/** The pauses (ms) before further attempts at a step with this fault, which another run or a registry may end. */
export function pausesFor({ kind, detail }: Fault): readonly number[] {
  switch (kind) {
    case "port-taken":
    case "no-address-pool":
    case "network-gone":
      return [1_000, 1_000];
    case "no-registry":
      return PASSING.test(detail) ? [1_000, 2_000, 4_000, 8_000, 15_000] : [];
    default:
      return [];
  }
}
