/**
 * A failure on one screen: headline, causes, evidence, the path of the log, and the command to type next.
 *
 * @module
 */

import type { Explanation } from "../errors/explanation.ts";
import { plainLines } from "../text/plain_line.ts";
import { type Style, style } from "../text/color.ts";
import { cut, rows, wrap } from "../text/width.ts";

/** Rows of evidence: together with the rest of a failure they fit on a screen of 24. */
const EVIDENCE = 12;

/** The most rows of one line of evidence. */
const ROWS = 3;

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

/** The last lines, as many as fit. */
function evidenceRows(lines: readonly string[], width: number): string[] {
  const room = width - BAR.length;
  return lines.slice(-EVIDENCE).flatMap(plainLines).flatMap((line) => {
    const text = line.replaceAll("\t", "  ");
    return width === Infinity ? [text] : rows(cut(text, ROWS * room), room);
  }).slice(-EVIDENCE);
}
