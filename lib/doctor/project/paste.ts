/**
 * Text to paste into Compose files.
 *
 * @module
 */

/** Words that YAML 1.1 or 1.2 does not read as text. */
const KEYWORD = /^(y|n|yes|no|on|off|true|false|null|\.inf|\.nan)$/i;

/** Words that some parsers of YAML 1.1 read as a number without digits before its exponent. */
const EXPONENT = /^-?e[-+]?[\d_]+$/i;

/** A word of YAML, in quotes where it needs them. */
export function yamlWord(word: string): string {
  // A word that begins with a dot or a sign may be a number, such as -0_ in YAML 1.1, unless a letter or a slash
  // follows.
  return /^(--?(?=[a-z])|\.{1,2}(?=\/))?[a-z_/][\w./=+-]*$/i.test(word) &&
      !KEYWORD.test(word) && !EXPONENT.test(word)
    ? word
    : JSON.stringify(word);
}

/** Words as a list in one line; Compose takes "$" for the start of a variable unless it is doubled. */
export function yamlList(words: readonly string[]): string {
  return `[${words.map((word) => yamlWord(escaped(word))).join(", ")}]`;
}

/** Text as Compose reads it, for a value of YAML. */
export function escaped(text: string): string {
  return text.replaceAll("$", "$$$$");
}

/** A line that the user should remove, as a comment. */
export function withoutLine(line: string): string {
  return `# ${line}   # remove this line`;
}

/** The lines, indented. */
export function indented(text: string, by = "  "): string {
  return text.replace(/^(?=.)/gm, by);
}
