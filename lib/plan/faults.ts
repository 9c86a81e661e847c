/**
 * Recognizes, in what docker has written, failures that are the machine's and not the application's.
 *
 * @module
 */

import type { Fault } from "../errors/failure.ts";

/** As the engine, containerd, Compose, BuildKit and our own `docker` word them. */
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
];

/** What a build's own commands write: "#7 0.123 …". Only a full disk is the machine's, whoever says so. */
const BUILD_OUTPUT = /^#\d+ \d/;

/** The fault that the lines tell; the last line that does is the nearest to the cause. */
export function faultIn(lines: readonly string[]): Fault | undefined {
  for (const line of lines.toReversed()) {
    const [kind] = SIGNS.find(([, sign]) => sign.test(line)) ?? [];
    if (kind !== "disk-full" && BUILD_OUTPUT.test(line)) continue;
    if (kind) return { kind, detail: line.trim() };
  }
  return undefined;
}

/** Whether it may be over in a moment: somebody else's run ends and frees a port or a network. */
export function mayPass({ kind }: Fault): boolean {
  return kind === "port-taken" || kind === "no-address-pool";
}
