/**
 * Words and commands as shell text that a person could paste.
 *
 * @module
 */

import { CHARACTERS, COMMANDS } from "./untrusted.ts";

/**
 * Quotes one word for a POSIX shell if it needs quoting. Characters that a terminal or a CI system would obey become
 * `printf` escapes, because the word is shown before it is pasted.
 */
export function quote(word: string): string {
  const isPlain = [CHARACTERS, COMMANDS].every((all) => word.search(all) < 0);
  if (isPlain && /^[\w@%+=:,./-]+$/.test(word)) return word;
  if (isPlain) return `'${word.replaceAll("'", `'\\''`)}'`;
  // A command substitution drops trailing newlines.
  const [, text = "", ends = ""] = /^([^]*?)(\n*)$/.exec(word) ?? [];
  const octal = (char: string) =>
    [...new TextEncoder().encode(char)]
      .map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("");
  const format = text.replace(/^-|[\\']/g, octal).replaceAll("%", "%%")
    .replace(COMMANDS, octal).replace(CHARACTERS, octal);
  return `"$(printf '${format}')${ends}"`;
}

/** An argv as one line of POSIX shell. */
export function toShell(argv: readonly string[]): string {
  return argv.map(quote).join(" ");
}
