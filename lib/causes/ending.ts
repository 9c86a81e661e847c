/**
 * Finds the lines in which a program says why it ends.
 *
 * @module
 */

import { show } from "../text/untrusted.ts";

/** How many different lines at the end count, without the frames and details between them. */
const MOST = 10;

/** How many UTF-16 units of a line are read. */
const MAX_LINE = 1_000;

/**
 * Lines that belong to one above: frames of a stack, fields of an object, a function above its place. The end of a
 * crash consists of them.
 */
const DETAIL =
  /^(?:\s|$|[\])}]+[,;]?$|Node\.js v\d|\d+: 0x[\da-f]|[\w./*()-]{1,200}\(\S{0,200}\)$)/;

/** Lines of tests that have passed: their names, and what they expect, are no causes. */
const PASSED =
  /^\s*(?:ok \d+|✓|✔|√|PASS(?:ED)?\b|--- PASS)|\bPASSED\b|\.\.\. ok$/;

/** Lines of a program that works: the trouble that it told of before has passed. */
const WORKS =
  /\b(?:connected|connection established|listening|is ready|ready to accept|started|running on|serving|succeeded)\b/i;

/** Words with which a line is about trouble, whatever else it says. */
const TROUBLE =
  /fail|error|refused|denied|\b(?:cannot|can't|not|un\w{3,20})\b/i;

/**
 * The last words of a program: a line counts only near the end, or in the trace with which the program ends, because what
 * went wrong long before has passed. Lines that repeat, such as those of a health check, count once.
 */
export function ending(lines: readonly string[]): string[] {
  const plain = lines.map(plainText);
  const told = new Set<string>();
  let start = plain.length;
  while (start > 0 && told.size < MOST) {
    const line = plain[--start]!;
    if (!DETAIL.test(line)) told.add(line.replaceAll(/\d+/g, "0"));
  }
  const last = plain.slice(start);
  const works = last.findLastIndex((line) =>
    WORKS.test(line) && !DETAIL.test(line) && !TROUBLE.test(line)
  );
  return last.slice(Math.max(0, works))
    .filter((line) => !PASSED.test(line));
}

/** The lines without the frames and details between them; all lines if they are nothing else. */
export function topLines(lines: readonly string[]): readonly string[] {
  const top = lines.filter((line) => !DETAIL.test(line));
  return top.length > 0 ? top : lines;
}

function plainText(line: string): string {
  const shown = show(line.slice(0, MAX_LINE), {
    control: (char) => char === "\r" ? char : "",
    mark: () => "",
  });
  return shown.trimEnd();
}
