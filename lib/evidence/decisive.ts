/**
 * Chooses the lines of a log that show why its program failed: error-like lines with their surroundings, the end of the
 * last stack trace, and the last lines.
 *
 * @module
 */

import { plainLine } from "../text/plain_line.ts";
import { weightOf } from "./error_line.ts";
import { type Folded, folded } from "./fold.ts";
import { plainOf } from "./json_line.ts";
import { isNoise, withoutLayers } from "./noise.ts";
import { shortTraces } from "./trace.ts";

/** The most lines of a log that are looked at: its last ones. */
const LOOKED_AT = 20_000;

/** How to choose. */
export interface Choice {
  /** The most lines. */
  most: number;
  /** Whether a line is about a request that only todoflow has made, to find out whether the program is ready. */
  isProbe?: (line: string) => boolean;
}

/** Lines of a log, chosen. */
export interface Chosen {
  lines: string[];
  /** Whether they are the end of the log, without a gap. */
  isEnd: boolean;
}

/** Stands for lines that were left out. */
const GAP = "…";

/** Chooses the decisive lines; each is fit to be shown. */
export function decisive(
  log: readonly string[],
  choice: Choice,
): Chosen {
  const { most } = choice;
  const all = folded(telling(log, choice));
  const picked = picks(all, most);
  const lines: string[] = [];
  let before = -1;
  for (const i of picked) {
    if (i > before + 1 && before >= 0) lines.push(GAP);
    lines.push(...rowsOf(all[i]!));
    before = i;
  }
  const isEnd = picked.every((i, n) => i === all.length - picked.length + n);
  return { lines: lines.slice(-most), isEnd };
}

/** The lines that say what went wrong, without others: for a container that is not the failed one. */
export function errorsIn(
  log: readonly string[],
  choice: Choice,
): string[] {
  const { most } = choice;
  const bad = folded(
    telling(log, choice).filter((line) => weightOf(line) >= 2),
  );
  const worst = bad.filter(({ line }) => weightOf(line) === 3);
  const shown = worst.length > 0 ? worst : bad;
  return shown.flatMap(rowsOf).slice(-most);
}

/** The last lines, fit to be shown. */
function readable(log: readonly string[]): string[] {
  return log.slice(-LOOKED_AT)
    .map((line) => withoutLayers(plainOf(plainLine(line, { color: false }))))
    .map((line) => line.trimEnd()).filter(Boolean);
}

/** The lines whose place is their only use are left out after traces were recognized by them. */
function telling(log: readonly string[], { isProbe = () => false }: Choice) {
  const all = readable(log).filter((line) => !isProbe(line));
  const short = shortTraces(all).filter((line) => !isNoise(line));
  return short.length > 0 ? short : all;
}

function rowsOf({ line, more }: Folded): string[] {
  return more === 0 ? [line] : [line, `… ${more} more like this`];
}

/** The indexes of the lines to show, in order; with gaps and folds they take at most `most` rows. */
function picks(all: readonly Folded[], most: number): number[] {
  const weights = all.map(({ line }) => weightOf(line));
  const picked = new Set<number>();
  for (const i of wishes(weights)) {
    if (i < 0 || i >= all.length || picked.has(i)) continue;
    picked.add(i);
    if (rowCount(picked, all) > most) picked.delete(i);
  }
  return [...picked].sort((a, b) => a - b);
}

function rowCount(picked: ReadonlySet<number>, all: readonly Folded[]): number {
  const sorted = [...picked].sort((a, b) => a - b);
  return sorted.reduce(
    (sum, i, n) =>
      sum + rowsOf(all[i]!).length +
      (n > 0 && i > sorted[n - 1]! + 1 ? 1 : 0),
    0,
  );
}

/** Indexes, the most wanted first. */
function wishes(weights: readonly number[]): number[] {
  const last = weights.length - 1;
  const worst = Math.max(0, ...weights);
  const bad = (weight: number) =>
    weights.flatMap((one, i) => one === weight ? [i] : []);
  const ends = worst >= 2 ? bad(worst) : [];
  const [first = -1] = ends;
  const final = ends.at(-1) ?? -1;
  const around = (i: number, reach: readonly number[]) =>
    i < 0 ? [] : reach.map((by) => i + by);
  return [
    final,
    last,
    ...around(final, [-1, -2, 1]),
    first,
    last - 1,
    ...around(first, [1, -1]),
    last - 2,
    last - 3,
    ...ends.slice(-4).toReversed(),
    ...(worst > 2 ? bad(2).slice(0, 3) : []),
    ...around(final, [2, 3, -3]),
    ...Array.from({ length: 12 }, (_, i) => last - i),
    ...bad(1).slice(-3),
  ];
}
