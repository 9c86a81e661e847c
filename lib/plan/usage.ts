/**
 * The memory and processor time that a container has used, as far as it was measured.
 *
 * @module
 */

import { mebibytes } from "../text/units.ts";
import type { Event } from "./events.ts";

/** The use of a container. */
export type Usage = Omit<Extract<Event, { kind: "usage" }>, "kind">;

/** The share of its limit from which on a container may soon run out of memory. */
const NEAR = 0.8;

/** Whether a container came near its limit of memory; false without a limit. */
export function isNearLimit(
  { peakMemory, limit }: Pick<Usage, "peakMemory" | "limit">,
): boolean {
  return limit !== undefined && peakMemory >= NEAR * limit;
}

/** The peak of a container and its limit, such as "118 of 128 MiB". */
export function memoryText(
  { peakMemory, limit }: Pick<Usage, "peakMemory" | "limit">,
): string {
  const peak = mebibytes(peakMemory);
  return limit === undefined
    ? `${peak} MiB`
    : `${peak} of ${mebibytes(limit)} MiB`;
}
