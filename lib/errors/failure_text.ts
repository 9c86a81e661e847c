/**
 * A failure on one screen: headline, causes, failed tests, evidence, what has changed, and the command to type next.
 *
 * @module
 */

import { plainLine, plainLines } from "../text/plain_line.ts";
import { type Style, style } from "../text/color.ts";
import { cut, wrap } from "../text/width.ts";
import type { Evidence, FailedTest } from "./evidence.ts";
import type { Explanation } from "./explanation.ts";

/** Rows of a failure, if its lines are not longer than that: with the result above it, they fit on a screen of 24. */
const SCREEN = 22;

/** Rows of evidence: the most of all, of each but the first, and the fewest that the first gets in any case. */
const EVIDENCE = 12;
const OTHERS = 4;
const LEAST = 5;

/** The most rows of one line of evidence. */
const ROWS = 3;

/** The most failed tests, and the most changes, that the screen names. */
const TESTS = 3;
const CHANGES = 4;

/** Stands before a line of evidence, so that a CI system cannot take the evidence for a command. */
const BAR = "  | ";

/** How to show a failure. */
interface FailureText {
  style?: Style;
  /** Cells within which prose and evidence stay; by default lines have any length. */
  width?: number;
}

/** A failure as a block of text; each line ends with a line end. Commands to paste are never broken. */
export function failureText(
  { headline, why, tests = [], evidence = [], changed, next }: Explanation,
  { style: paint = style(false), width = Infinity }: FailureText = {},
): string {
  const field = (name: string, [first = "", ...rest]: readonly string[]) => [
    paint.bold(name) + INDENT.slice(name.length) + first,
    ...rest.map((line) => INDENT + line),
  ];
  const block = (title: string, rows: readonly string[]) => [
    ...wrap(`${plainLines(title).join(" ")}:`, width).map(paint.bold),
    ...rows.map((row) => paint.dim(BAR) + row),
  ];
  const title = wrap(`todoflow: ${plainLines(headline).join(" ")}`, width);
  const reasons = plainLines(why ?? "")
    .flatMap((line) => wrap(line, width - INDENT.length));
  const above = [
    ...title.map((line) => paint.red(line)),
    ...(why ? field("Why:", reasons) : []),
    ...(tests.length > 0
      ? block(
        tests.length === 1 ? "failed test" : `${tests.length} failed tests`,
        testRows(tests, width - BAR.length),
      )
      : []),
  ];
  const below = [
    ...(changed
      ? block(changed.title, changeRows(changed.lines, width - BAR.length))
      : []),
    ...(next ? field("Next:", plainLines(next)) : []),
  ];
  const shown = evidence.filter(({ lines }) => lines.length > 0);
  const shares = sharesOf(shown.length, SCREEN - above.length - below.length);
  return [
    ...above,
    ...shown.flatMap(({ lines, ...about }, i) =>
      block(titleOf(about), evidenceRows(lines, { width, most: shares[i]! }))
    ),
    ...evidence.filter(({ lines }) => lines.length === 0)
      .flatMap(({ logs }) => logs ? field("Logs:", plainLines(logs)) : []),
    ...below,
  ].map((line) => `${line.trimEnd()}\n`).join("");
}

/** The width of the labels. */
const INDENT = "      ";

/** The title of some evidence, with the file that has all of it. */
function titleOf({ title, logs }: Omit<Evidence, "lines">): string {
  return logs === undefined ? title : `${title} (${logs})`;
}

/** How many rows each piece of evidence gets, besides its title. */
function sharesOf(count: number, room: number): number[] {
  const others = Math.max(0, count - 1);
  const first = Math.min(
    EVIDENCE,
    Math.max(LEAST, room - 1 - others * (OTHERS + 1)),
  );
  const rest = others === 0 ? 0 : Math.floor((room - 1 - first) / others) - 1;
  return Array.from(
    { length: count },
    (_, i) => i === 0 ? first : Math.max(2, Math.min(OTHERS, rest)),
  );
}

/** The failed tests that the text of a failure names. */
export function namedTests({ tests = [] }: Explanation): readonly FailedTest[] {
  return tests.slice(0, TESTS);
}

/** Tells a failed test from others, as far as people can: its name and its message. */
export function testKey(test: FailedTest): string {
  const { name, message } = describeTest(test);
  return `${name}\n${message}`;
}

/** A line of one test each for its name, message and place; the first tests, and how many more there are. */
function testRows(tests: readonly FailedTest[], room: number): string[] {
  const more = tests.length - TESTS;
  return [
    ...tests.slice(0, TESTS).map(describeTest).flatMap((
      { name, message, place },
    ) => [
      cut(name, room),
      ...[message, place].filter(Boolean).map((text) =>
        "  " + cut(text, room - 2)
      ),
    ]),
    ...(more > 0 ? [`… and ${more} more`] : []),
  ];
}

function changeRows(lines: readonly string[], room: number): string[] {
  const more = lines.length - CHANGES;
  return [
    ...lines.slice(0, CHANGES).flatMap(plainLines)
      .map((line) => cut(line, room)),
    ...(more > 0 ? [`… and ${more} more`] : []),
  ];
}

/** As many lines as fit, the last ones; long ones are cut only as far as needed. */
function evidenceRows(
  lines: readonly string[],
  { width, most }: { width: number; most: number },
): string[] {
  const room = width - BAR.length;
  const plain = lines.slice(-EVIDENCE).flatMap(plainLines)
    .map((line) => line.replaceAll("\t", "  "));
  if (width === Infinity) return plain.slice(-most);
  let shown: string[] = [];
  for (let each = ROWS; each > 0; each--) {
    shown = plain.flatMap((line) => indented(cut(line, each * room), room));
    if (shown.length <= most) break;
  }
  return shown.slice(-most);
}

/** A line in rows of at most `width` cells, each as far to the right as the line. */
function indented(line: string, width: number): string[] {
  const [spaces = ""] = /^ {0,20}/.exec(line) ?? [];
  return wrap(line.slice(spaces.length), width - spaces.length)
    .map((row) => spaces + row);
}

/** A failed test in words; each field is one line. */
interface Described {
  name: string;
  message: string;
  /** Such as "tests/a_test.ts:12"; "" if unknown. */
  place: string;
}

/** Describes a failed test. */
export function describeTest(
  { suite, name, message = "", file, line }: FailedTest,
): {
  name: string;
  message: string; /** Such as "tests/a_test.ts:12"; "" if unknown. */
  place: string;
} {
  const one = (text: string) =>
    plainLine(text.trim().split("\n")[0]!, { color: false });
  return {
    name: one(suite && !name.startsWith(suite) ? `${suite}: ${name}` : name),
    message: one(message),
    place: file === undefined
      ? ""
      : one(file.replace(/^\.\//, "") + (line === undefined ? "" : `:${line}`)),
  };
}
