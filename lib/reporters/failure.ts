/**
 * A failure on one screen: what failed, why, what shows it, where all of it is, and what to type.
 *
 * @module
 */

import type { Explanation } from "../errors/failure.ts";
import { plainLines } from "../text/plain_line.ts";
import { type Style, style } from "../text/color.ts";
import { cut, rows, wrap } from "../text/width.ts";

/** Rows of evidence: with all else that a failure has, they fit on a screen of 24. */
const EVIDENCE = 12;

/** Rows of one line of evidence. */
const ROWS = 3;

/** A line of evidence stands behind this, so that nothing at its beginning is at the beginning of a line. */
const BAR = "  | ";

/** How {@linkcode failureText} works. */
interface FailureText {
  style?: Style;
  /** Cells in which prose and evidence stay; where nobody knows them, lines are as long as they are. */
  width?: number;
}

/** A failure as a block of text; each line ends with a line end. What is to be pasted is never broken. */
export function failureText(
  { headline, why, evidence, logs, next }: Explanation,
  { style: paint = style(false), width = Infinity }: FailureText = {},
): string {
  const field = (name: string, [first = "", ...rest]: readonly string[]) => [
    paint.bold(name) + INDENT.slice(name.length) + first,
    ...rest.map((line) => INDENT + line),
  ];
  const title = wrap(`todoflow: ${plainLines(headline).join(" ")}`, width);
  const reasons = plainLines(why ?? "")
    .flatMap((line) => wrap(line, width - INDENT.length));
  return [
    ...title.map((line) => paint.red(line)),
    ...(why ? field("Why:", reasons) : []),
    ...(evidence?.lines.length
      ? [
        paint.bold(`${plainLines(evidence.title).join(" ")}:`),
        ...evidenceRows(evidence.lines, width)
          .map((row) => paint.dim(BAR) + row),
      ]
      : []),
    ...(logs ? field("Logs:", plainLines(logs)) : []),
    ...(next ? field("Next:", plainLines(next)) : []),
  ].map((line) => `${line.trimEnd()}\n`).join("");
}

/** The width of the labels. */
const INDENT = "      ";

/** The last lines, as many as there is room for. */
function evidenceRows(lines: readonly string[], width: number): string[] {
  const room = width - BAR.length;
  return lines.slice(-EVIDENCE).flatMap(plainLines).flatMap((line) => {
    const text = line.replaceAll("\t", "  ");
    return width === Infinity ? [text] : rows(cut(text, ROWS * room), room);
  }).slice(-EVIDENCE);
}
