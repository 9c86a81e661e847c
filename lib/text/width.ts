/**
 * Measures the width of texts on a terminal, and makes them fit. The texts have no control characters.
 *
 * @module
 */

import { eastAsianWidth } from "get-east-asian-width";

/** Characters that are drawn onto the one before them, or not at all. The variation selector may make that one wide. */
const NONE = /(?!\ufe0f)[\p{Mn}\p{Me}\u200b-\u200f\u2060-\u2064\ufeff]/u;

/**
 * Where terminals differ, such as on a sequence of emoji that is one picture, the wider one counts: a line that is too
 * short does no harm, one that is too long breaks into two.
 */
function cellsOf(char: string): number {
  if (char >= " " && char <= "~") return 1;
  return NONE.test(char) ? 0 : eastAsianWidth(char.codePointAt(0)!);
}

/** Width of a text in cells. */
export function cells(text: string): number {
  return [...text].reduce((sum, char) => sum + cellsOf(char), 0);
}

/** The text in rows of at most `width` cells. */
export function rows(text: string, width: number): string[] {
  const found: string[] = [];
  let row = "";
  let used = 0;
  for (const char of text) {
    const own = cellsOf(char);
    if (used + own > width && row) {
      found.push(row);
      row = "";
      used = 0;
    }
    row += char;
    used += own;
  }
  return [...found, row];
}

/** The text, cut to `width` cells; "…" stands for the missing part. */
export function cut(text: string, width: number): string {
  if (cells(text) <= width) return text;
  const [start = ""] = rows(text, width - 1);
  return (cells(start) < width ? start : "") + "…".slice(0, width);
}

/** The text with spaces behind it, `width` cells wide. */
export function pad(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - cells(text)));
}

/** The text in rows of at most `width` cells, broken at spaces if possible. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line ? `${line} ${word}` : word;
    if (cells(longer) <= width) {
      line = longer;
      continue;
    }
    if (line) lines.push(line);
    const parts = rows(word, width);
    line = parts.pop()!;
    lines.push(...parts);
  }
  return [...lines, line];
}

/** The text in rows of at most `width` cells, broken at spaces only: a longer word, such as a path, has a row of its own. */
export function wrapWords(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.pop();
    if (last === undefined) lines.push(word);
    else {
      const longer = `${last} ${word}`;
      // The spaces that a line begins with stay with its first word.
      const isOne = last.trim() === "" || cells(longer) <= width;
      lines.push(...(isOne ? [longer] : [last, word]));
    }
  }
  return lines;
}
