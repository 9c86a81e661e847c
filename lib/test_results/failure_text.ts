/**
 * Finds in the text of a failed test why it failed, in one line. Each test program writes this in its own form.
 *
 * @module
 */

import { linesOf, MAX_LINE } from "./places.ts";

/** Lines that only say what runs or failed, or where. */
const NO_REASON = new RegExp(
  [
    // Go
    "=== |--- (?:FAIL|SKIP)",
    // bats
    "\\(?(?:from function .* in (?:test )?|in test )file ",
    // Python
    "Traceback \\(most recent",
    // Test::More
    "Failed (?:\\(TODO\\) )?test\\b|at .+ line \\d+\\.$",
    // Rust, whose reason is below unless it is quoted
    "thread '.*' (?:\\(\\d+\\) )?panicked at (?!')\\S.*:\\d+:\\d+:?$",
    // googletest
    "unknown file$|[^\\s:]+\\.\\w+:\\d+(?::\\d+)?:?$",
  ].map((one) => `^\\s*(?:${one})`).join("|"),
);

/** Messages of Go that give no reason: "Failed", or the whole output. */
const NO_MESSAGE = /^(?:Failed$|=== RUN)/;

/** Whether a line is the name of the test, as PHPUnit writes it above the reason. */
function isName(line: string, name: string): boolean {
  return name !== "" && /^[\w\\]+::/.test(line) && line.includes(`::${name}`);
}

/** Whether a line that is not empty gives a reason. A long one does, because it would be slow to match. */
function isTelling(line: string, name: string): boolean {
  return line.length > MAX_LINE ||
    (!isName(line, name) && !NO_REASON.test(line));
}

/** The message from its first telling line on; "" if it has none. */
function tellingPart(message: string, name: string): string {
  if (NO_MESSAGE.test(message)) return "";
  for (let start = 0; start < message.length;) {
    const newline = message.indexOf("\n", start);
    const end = newline < 0 ? message.length : newline;
    const line = message.slice(start, end);
    if (line.trim() && isTelling(line, name)) {
      return message.slice(start).trimEnd();
    }
    start = end + 1;
  }
  return "";
}

/** Why a test failed or was skipped: the report's own message, or else the most telling line of the text. */
export function messageIn(
  text: string,
  { message = "", name = "" } = {},
): string | undefined {
  const own = tellingPart(message, name);
  if (own) return own;
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
  const first = lines.find((line) => line.trim() && isTelling(line, name));
  return (go || below || raised || first || message).trim() || undefined;
}
