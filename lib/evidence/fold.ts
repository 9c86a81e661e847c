/**
 * Folds lines that repeat.
 *
 * @module
 */

/** How many lines that differ in numbers only are folded; equal ones are folded from the second on. */
const ALIKE = 4;

/** The most UTF-16 units by which lines are compared. */
const COMPARED = 400;

/** A line, and how many lines like it follow it. */
export interface Folded {
  line: string;
  more: number;
}

/**
 * The lines, the first of each kind in its place. A kind is lines that are equal but for times, or, if they are at least
 * {@linkcode ALIKE}, equal but for numbers.
 */
export function folded(lines: readonly string[]): Folded[] {
  const equal = Map.groupBy(lines, (line) => withoutTime(line));
  const alike = Map.groupBy(equal.keys(), withoutNumbers);
  const keyOf = (line: string) => {
    const own = withoutTime(line);
    const numbered = withoutNumbers(own);
    return alike.get(numbered)!.length >= ALIKE ? `#${numbered}` : own;
  };
  const found = new Map<string, Folded>();
  for (const [i, line] of lines.entries()) {
    // How far the program came is in its last line.
    const key = i === lines.length - 1 ? withoutTime(line) : keyOf(line);
    const before = found.get(key);
    if (before) before.more++;
    else found.set(key, { line, more: 0 });
  }
  return [...found.values()];
}

/** Dates, times and durations. */
const TIME =
  /\d{4}[-/]\d\d[-/]\d\d(?:[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z| ?[+-]\d\d:?\d\d)?)?|\d{1,2}\/[A-Z][a-z]{2}\/\d{4}(?::\d\d){3}(?: [+-]\d{4})?|\b\d\d:\d\d:\d\d(?:[.,]\d+)?|\b1[6-9]\d{8}(?:\.?\d{3})?\b/g;

function withoutTime(line: string): string {
  return line.slice(0, COMPARED).replace(TIME, "").trim();
}

function withoutNumbers(line: string): string {
  return line.replace(/\b(?=[0-9a-f]*\d)[0-9a-f]{6,}\b|\d+/gi, "0");
}
