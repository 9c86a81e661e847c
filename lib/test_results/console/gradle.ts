/**
 * Reads the console output of Gradle's tests: https://docs.gradle.org/current/userguide/java_testing.html.
 *
 * @module
 */

import { blocksOf, groupsOf, numberIn, type Runner } from "./runner.ts";

/** The title of a failure: groups and name. */
const TITLE = /^(?<suite>[^\s>].*) > (?<name>\S.*) FAILED$/;

/** Without more output, the exception and the place of the failure. */
const SHORT =
  /^ {4}(?:[\w$]+\.)*(?<message>[\w$]+) at (?<file>[^\s:]+):(?<line>\d+)$/;

/** With all output, the exception and its message. */
const LONG = /^ {4}(?:[\w$]+\.)*(?<message>[\w$]+(?:: .*)?)$/;

/** Gradle itself. */
export const GRADLE: Runner = {
  by: "Gradle",
  mark: /^\d+ tests? completed, [1-9]\d* failed/m,
  read: (lines) =>
    blocksOf(lines, {
      head: (line, at) =>
        line.endsWith(" FAILED") && /^ {4}\S/.test(lines[at + 1] ?? "")
          ? groupsOf(TITLE, line)
          : undefined,
      end: /^(?:\S.*|)$/,
    }).flatMap(({ at, head: { suite = "", name = "" }, body }) => {
      const [first = ""] = body;
      const short = groupsOf(SHORT, first);
      const message = short?.message ?? groupsOf(LONG, first)?.message;
      if (message === undefined) return [];
      return {
        ...{ at, suite, name, body, message, file: short?.file },
        line: numberIn(short?.line),
        folder: folderOf(suite),
      };
    }),
};

/** The folder of a class with its package. */
function folderOf(suite: string): string | undefined {
  const parts = suite.split(" > ")[0]!.split(".").slice(0, -1);
  return parts.length > 0 ? parts.join("/") : undefined;
}
