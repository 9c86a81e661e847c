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
];

/** Output of a build's own commands, such as "#7 0.123 …". In it, only a full disk is a fault of the machine. */
const BUILD_OUTPUT = /^#\d+ \d/;

/** The fault in the lines; the last line that has one is the nearest to the cause. */
export function faultIn(lines: readonly string[]): Fault | undefined {
  for (const line of lines.toReversed()) {
    const [kind] = SIGNS.find(([, sign]) => sign.test(line)) ?? [];
    if (kind !== "disk-full" && BUILD_OUTPUT.test(line)) continue;
    if (kind) return { kind, detail: line.trim() };
  }
  return undefined;
}

/** Whether the fault may pass soon, because another run ends and frees a port or a network. */
export function mayPass({ kind }: Fault): boolean {
  return kind === "port-taken" || kind === "no-address-pool";
}
