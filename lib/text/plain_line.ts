/**
 * Makes a line of untrusted text fit to be shown: it can neither move the cursor nor command a CI system.
 *
 * @module
 */

import { COMMANDS, show } from "./untrusted.ts";

/** UTF-16 units that are shown of a line. */
export const MAX_LINE = 8_192;

/** The end of a line that has colors. */
const RESET = "\x1b[0m";

/** How {@linkcode plainLine} works. */
interface Plain {
  /** Whether colors may stay. */
  color: boolean;
}

/**
 * One line that may be written anywhere. Of an overwritten line the last text stays, as on a terminal; colors stay if
 * `color` is set; characters that reorder text become visible, such as "<U+202e>"; a space breaks up commands of CI
 * systems.
 */
export function plainLine(text: string, { color }: Plain): string {
  const line = text.replace(/[\r\n]+$/, "");
  const shown = line.slice(line.lastIndexOf("\r") + 1);
  const kept = shown.slice(0, MAX_LINE).replaceAll("\n", " ");
  const plain = noCommand(show(kept, {
    color: (sequence) => color ? sequence : "",
    control: () => "",
    mark: (char) => `<U+${hex(char)}>`,
  }));
  const reset = plain.includes("\x1b") ? RESET : "";
  const rest = shown.length - MAX_LINE;
  return plain + reset + (rest > 0 ? ` … (${rest} more characters)` : "");
}

function hex(char: string): string {
  return char.codePointAt(0)!.toString(16).padStart(4, "0");
}

/** The lines of an untrusted text, each as {@linkcode plainLine} makes it, without colors. */
export function plainLines(text: string): string[] {
  return text.split(/\r*\n/).map((line) => plainLine(line, { color: false }));
}

/** The replacements of the characters that {@linkcode COMMANDS} finds. */
const BROKEN: Readonly<Record<string, string>> = {
  ":": ": ",
  "#": "# ",
  "_": " ",
};

/** The line without commands of CI systems; for a line that was put together or broken after {@linkcode plainLine}. */
export function noCommand(line: string): string {
  return line.replace(COMMANDS, (char) => BROKEN[char]!);
}
