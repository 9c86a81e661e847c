/**
 * The critical path of a run in one line.
 *
 * @module
 */

import { criticalPath } from "../plan/critical.ts";
import { seconds } from "../text/units.ts";
import { cells } from "../text/width.ts";
import type { Row } from "./rows.ts";

/** Steps of less than this time (ms) are left out. */
const LEAST = 100;

/** A step in the line, or steps that are left out. */
type Part = string | undefined;

/**
 * Such as "ready db 3.1 s → run migrate 0.7 s = 4.9 s of 5.2 s", narrower than `width`: "…" stands for the shortest steps
 * if there is no room for all. Undefined if less than two steps decided on the duration.
 */
export function pathLine(
  rows: readonly Row[],
  { ms, width }: { ms: number; width: number },
): string | undefined {
  const path = criticalPath(rows);
  const shown = path.filter((row) => row.ms >= LEAST);
  if (shown.length < 2) return undefined;
  const sum = path.reduce((sum, row) => sum + row.ms, 0);
  const total = ` = ${seconds(sum)} of ${seconds(ms)}`;
  const bySize = shown.toSorted((a, b) => b.ms - a.ms);
  for (let most = Math.min(shown.length, width); most > 0; most--) {
    const kept = new Set(bySize.slice(0, most));
    const line = joined(
      shown.map((row) =>
        kept.has(row) ? `${row.step} ${seconds(row.ms)}` : undefined
      ),
    ) + total;
    if (cells(line) < width) return line;
  }
  return undefined;
}

/** The parts with arrows; several in a row that are left out are one "…". */
function joined(parts: readonly Part[]): string {
  return parts
    .filter((part, i) => part !== undefined || parts[i - 1] !== undefined)
    .map((part) => part ?? "…").join(" → ");
}
