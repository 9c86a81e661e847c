/**
 * Makes a line that somebody else wrote fit to be shown: it can neither move the cursor nor command a CI system.
 *
 * @module
 */

/** UTF-16 units that are shown of a line. */
export const MAX_LINE = 8_192;

/**
 * What a terminal obeys (ECMA-48): colors first, which may stay; other CSI sequences; strings such as titles, links and
 * the clipboard, with their content; short escapes; then every control character that is left. One alternative or another
 * takes each of them, so that what is removed cannot bring together a new sequence.
 */
const OBEYED = new RegExp(
  [
    "(?<sgr>\x1b\\[[0-9;:]*m)",
    "(?:\x1b\\[|\x9b)[0-?]*[ -/]*[@-~]",
    "(?:\x1b[\\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\\\|\x9c)",
    "\x1b[ -/]*[0-~]",
    "(?!\t)\\p{Cc}",
    "(?<hidden>[\u2028\u2029\u202a-\u202e\u2066-\u2069])",
  ].join("|"),
  "gu",
);

/** The end of a line that has colors. */
const RESET = "\x1b[0m";

/**
 * One line that may be written anywhere. Of an overwritten line the last text stays, as on a terminal; colors stay if
 * `color` is set; characters that could show a line's parts in another order than they have
 * (https://trojansource.codes) become visible. What CI systems obey wherever it stands in a line is broken up:
 *
 * - `##[…]`, the old form of GitHub's commands (`ActionCommand.TryParse` in https://github.com/actions/runner), and
 *   `##vso[…]`, Azure's;
 * - `section_start:…`, GitLab's sections, although those need a carriage return, too.
 */
export function plainLine(text: string, { color }: Plain): string {
  const line = text.replace(/[\r\n]+$/, "");
  const shown = line.slice(line.lastIndexOf("\r") + 1);
  const kept = shown.slice(0, MAX_LINE).toWellFormed();
  const plain = kept
    .replaceAll("\n", " ")
    .replace(OBEYED, (...match) => {
      const { sgr, hidden } = match.at(-1) as Record<string, string>;
      if (hidden) return `<U+${hidden.codePointAt(0)!.toString(16)}>`;
      return sgr && color ? sgr : "";
    })
    .replace(/#(?=#\w*\[)/g, "# ")
    .replace(/section_(?=(?:start|end):)/g, "section ");
  const reset = plain.includes("\x1b") ? RESET : "";
  const rest = shown.length - MAX_LINE;
  return plain + reset + (rest > 0 ? ` … (${rest} more characters)` : "");
}

/** How {@linkcode plainLine} works. */
export interface Plain {
  /** Whether colors may stay. */
  color: boolean;
}

/** The lines of a text that somebody else wrote, each as {@linkcode plainLine} makes it, without colors. */
export function plainLines(text: string): string[] {
  return text.split(/\r*\n/).map((line) => plainLine(line, { color: false }));
}

/**
 * A line without a prefix of its own, which must not be a command of a CI system as a whole:
 * https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
 */
export function noCommand(line: string): string {
  return line.replace(/^(\s*):(?=:)/, "$1: ");
}
