/**
 * Finds in the text of a failed test where it failed, and why in one line. Each test program writes this in its own form.
 *
 * @module
 */

/** A line of a file as the program named it, which may be a path inside a container; lines are counted from 1. */
interface Place {
  file: string;
  line: number;
}

/** A form of the line that names a place; its groups are the file and the line. */
interface Form {
  pattern: RegExp;
  /** Which of several such lines names the place where the test failed. */
  which: "first" | "last";
}

const FORMS: readonly Form[] = [
  // bats
  { pattern: /\bin test file (.+), line (\d+)/, which: "first" },
  // A Python traceback, and pytest's
  { pattern: /^\s*File "(.+)", line (\d+)/, which: "last" },
  { pattern: /^([^\s:]+\.py):(\d+):/, which: "last" },
  // Go: t.Error, whose form t.Log shares but comes earlier; and the stack of a panic
  { pattern: /^\s+(\S+\.go):(\d+):/, which: "last" },
  { pattern: /^\s+(\S+\.go):(\d+)(?: \+0x|$)/, which: "first" },
  // A JavaScript stack, and a YAML block's "at:" and "location:"
  {
    pattern: /^\s*(?:at:?|location:) (?:.*\()?([^(]+?):(\d+):\d+['")]*$/,
    which: "first",
  },
];

/** Paths of code that the project has not written itself. */
const FOREIGN =
  /^(?:node|ext|npm|jsr|https?):|^<|[\\/](?:node_modules|site-packages|dist-packages|deno-dir|npm[\\/][\w-]+\.[\w.-]+)[\\/]|\/lib\/python\d|^\/usr\/(?:local|lib)\/go|\/pkg\/mod\//;

/** Longer lines name no place, and would be slow to match. */
const MAX_LINE = 1000;

/** The most UTF-16 units of each end of a text that are read. */
const MAX_END = 100_000;

function linesOf(text: string): string[] {
  const ends = text.length > 2 * MAX_END
    ? `${text.slice(0, MAX_END)}\n${text.slice(-MAX_END)}`
    : text;
  return ends.split(/\r?\n/).filter(({ length }) => length <= MAX_LINE);
}

/** The path in a line of a stack, without the text around it. */
function pathOf(text: string): string {
  const path = text.replace(/^async |^['"]/, "");
  if (!path.startsWith("file://")) return path;
  try {
    return decodeURIComponent(path.slice("file://".length));
  } catch {
    return path.slice("file://".length);
  }
}

/** Whether a file is one that the project has not written itself, such as one of a standard library. */
export function isForeign(file: string): boolean {
  return FOREIGN.test(pathOf(file));
}

function placeOf(line: string, pattern: RegExp): Place | undefined {
  const [, file, number] = pattern.exec(line) ?? [];
  if (!file || isForeign(file)) return undefined;
  const place = { file: pathOf(file), line: Number(number) };
  return Number.isSafeInteger(place.line) && place.line > 0 ? place : undefined;
}

/**
 * The innermost place in the project's own code that the text of a failure names. With `file`, the place is in this file,
 * of which the text may have only a part of the path.
 */
export function placeIn(text: string, file?: string): Place | undefined {
  const lines = linesOf(text);
  const end = file?.replace(/^\.?\//, "");
  for (const { pattern, which } of FORMS) {
    const places = lines.flatMap((line) => placeOf(line, pattern) ?? [])
      .filter((place) =>
        end === undefined || place.file === end ||
        place.file.endsWith(`/${end}`)
      );
    const place = which === "first" ? places[0] : places.at(-1);
    if (place) return place;
  }
  return undefined;
}

/** Lines of Go, bats and Python that only say what runs, or where. */
const NO_REASON =
  /^\s*(?:=== |--- (?:FAIL|SKIP)|\(?(?:from function .* in (?:test )?|in test )file |Traceback \(most recent)/;

/** Messages of Go that give no reason: "Failed", or the whole output. */
const NO_MESSAGE = /^(?:Failed$|=== RUN)/;

/** Why a test failed or was skipped: the report's own message, or else the most telling line of the text. */
export function messageIn(text: string, message = ""): string | undefined {
  if (message.trim() && !NO_MESSAGE.test(message)) return message.trimEnd();
  const lines = linesOf(message.startsWith("=== ") ? message : text);
  const go = lines.findLast((line) => /^\s+\S+\.go:\d+:/.test(line))
    ?.replace(/^\s+\S+\.go:\d+:\s*/, "");
  // testify writes the reason below.
  const below = lines.find((line) => /^\s+Error:\s+\S|^panic: /.test(line))
    ?.replace(/^\s+Error:\s+/, "");
  // Python writes the reason under the stack; the last of several errors is the test's.
  const stack = lines.findLastIndex((line) => /^Traceback \(most/.test(line));
  const raised = stack < 0
    ? undefined
    : lines.slice(stack + 1).find((line) => /^\S/.test(line));
  const first = lines.find((line) => line.trim() && !NO_REASON.test(line));
  return (go || below || raised || first || message).trim() || undefined;
}
