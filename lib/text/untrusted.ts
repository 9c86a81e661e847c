/**
 * The dangerous parts of untrusted text, and the ways to show it. This is the only list of them: text of containers, files,
 * git and docker goes through here before it reaches a terminal, a CI system, XML or a page.
 *
 * - `plainLine` in `plain_line.ts`: a line for a terminal or a CI system, without them;
 * - {@linkcode plainText}: text for XML, with U+FFFD in their place;
 * - {@linkcode visibleText}: text for a page, with a visible character in their place;
 * - {@linkcode jsonText}: data for a program, with escapes in their place.
 *
 * @module
 */

/**
 * Characters that could show the parts of a line in another order (https://trojansource.codes), and two line ends that
 * only some programs know. Right-to-left scripts are readable without them; U+200D, which joins emoji, is not among them.
 */
const MARKS = "\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069";

/** Each control character and each mark, tabs and line ends included. */
export const CHARACTERS = new RegExp(`[\\p{Cc}${MARKS}]`, "gu");

/**
 * Sequences that a terminal obeys (ECMA-48), and control characters and marks that are not a part of one. Each alternative
 * takes all that belongs together, so that removing it cannot join a new sequence. A string ends on its line; it contains
 * no control character that could begin another one, so that matching takes linear time.
 */
const OBEYED = new RegExp(
  [
    // Colors, which may stay on a terminal.
    "(?<color>\x1b\\[[0-9;:]*m)",
    // Other control sequences, such as those that move the cursor.
    "(?:\x1b\\[|\x9b)[0-?]*[ -/]*[@-~]",
    // Strings such as titles, links and the clipboard, with their content.
    "(?:\x1b[\\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\n\x80-\x9f]*(?:\x07|\x1b\\\\|\x9c)",
    // Short escapes.
    "\x1b[ -/]*[0-OQ-WYZ`-~]",
    "(?<control>(?![\t\n])\\p{Cc})",
    `(?<mark>[${MARKS}])`,
  ].join("|"),
  "gu",
);

/** The replacements of dangerous text. */
interface Shown {
  /** For a sequence that sets a color; default: nothing, as for every other sequence. */
  color?: (sequence: string) => string;
  /** For a control character that is neither a tab nor "\n". */
  control: (char: string) => string;
  /** For a mark. */
  mark: (char: string) => string;
}

/** The text, well-formed, with the dangerous parts replaced. Tabs and "\n" stay. */
export function show(text: string, shown: Shown): string {
  return text.toWellFormed().replace(OBEYED, (...match) => {
    const { color, control, mark } = match.at(-1) as Record<string, string>;
    if (control) return shown.control(control);
    if (mark) return shown.mark(mark);
    return color && shown.color ? shown.color(color) : "";
  });
}

/** GitHub's commands: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands */
const NAMES = [
  ...["debug", "notice", "warning", "error", "group", "endgroup", "echo"],
  ...["add-mask", "add-matcher", "remove-matcher", "add-path", "set-env"],
  ...["set-output", "save-state", "stop-commands", "internal-set-repo-path"],
].join("|");

/**
 * One character of each command that a CI system reads, wherever it stands in a line: without this character, the rest is
 * no command.
 *
 * - `::name …::` of GitHub, which is read at the beginning of a line only (`ActionCommand.TryParseV2` in
 *   https://github.com/actions/runner). Within a line only the names that the runner knows count, and only behind a space:
 *   `Foo::bar::baz`, `use ::std::vec;` and `'1'::text::int` stay;
 * - `##[…]`, GitHub's old form (`TryParse` there), and `##vso[…]`, Azure's;
 * - `section_start:…`, GitLab's sections, although those need a carriage return, too.
 */
export const COMMANDS = new RegExp(
  [
    "(?<=^\\s*):(?=:.*::)",
    `(?<=\\s|\x1b\\[[0-9;:]*m):(?=:(?:${NAMES})(?: .*?)?::)`,
    "#(?=#\\w*\\[)",
    "(?<=section)_(?=(?:start|end):)",
  ].join("|"),
  "gim",
);

/**
 * A value as JSON in which an escape stands in the place of each dangerous character, and of one character of each command.
 * A program reads the value unchanged; a terminal or a CI system on the way obeys nothing.
 *
 * @param indent spaces for each level; default: all on one line
 */
export function jsonText(value: unknown, indent = 0): string {
  return JSON.stringify(value, null, indent)
    .replace(COMMANDS, escaped)
    .replace(CHARACTERS, (char) => char === "\n" ? char : escaped(char));
}

function escaped(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** U+FFFE and U+FFFF, which XML forbids beyond control characters. */
const NO_XML = /[\uFFFE\uFFFF]/g;

const REPLACEMENT = "\uFFFD";

/**
 * The text for XML: sequences are removed, other dangerous characters and those that XML forbids or discourages
 * (https://www.w3.org/TR/xml/#charsets) become U+FFFD. Commands stay: no CI system reads these files.
 */
export function plainText(text: string): string {
  return show(text, {
    control: (char) => char === "\r" ? char : REPLACEMENT,
    mark: () => REPLACEMENT,
  }).replace(NO_XML, REPLACEMENT);
}

/**
 * The text for a page: sequences are removed, other control characters become visible ("␀"), marks become U+FFFD. Commands
 * stay: no CI system reads these files.
 */
export function visibleText(text: string): string {
  return show(text.replaceAll("\r\n", "\n"), {
    control: picture,
    mark: () => REPLACEMENT,
  });
}

/** A picture of a control character, where Unicode has one. */
function picture(char: string): string {
  const code = char.charCodeAt(0);
  if (code === 0x7f) return "\u2421";
  return code < 0x20 ? String.fromCharCode(0x2400 + code) : REPLACEMENT;
}
