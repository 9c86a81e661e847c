/**
 * Reads the failures that JUnit's console launcher writes below its tree:
 * https://docs.junit.org/current/user-guide/#running-tests-console-launcher.
 *
 * @module
 */

import { blocksOf, groupsOf, type Runner, sectionsOf } from "./runner.ts";

/** The engine, the groups and the name of a test. */
const TITLE = /^ {2}(?<engine>[^\s:][^:]*):(?<name>\S.*)$/;

/** The line below a title. */
const SOURCE = /^ {4}\w+Source \[(?:className = '(?<type>[\w.$]*)')?/;

/** The exception, without its package. */
const REASON = /^ {4}=> (?:[\w$]+\.)*(?<message>\S.*)$/;

/** The console launcher itself. */
export const JUNIT_CONSOLE: Runner = {
  by: "the console launcher of JUnit",
  mark: /^Test run finished after \d+ ms$/m,
  read: (lines) =>
    sectionsOf(lines, {
      begin: /^Failures \(\d+\):$/,
      end: /^Test run finished after \d+ ms$/,
    }).flatMap((section) =>
      blocksOf(lines, {
        section,
        head: (line, at) => {
          const source = groupsOf(SOURCE, lines[at + 1] ?? "");
          return source && { ...groupsOf(TITLE, line), ...source };
        },
      })
    ).flatMap(({ at, head: { name, type = "" }, body }) => {
      if (name === undefined) return [];
      const reason = body.map((line) => groupsOf(REASON, line)).find(Boolean);
      return {
        ...{ at, suite: type, body, message: reason?.message },
        name: withoutClasses(name, type),
      };
    }),
};

/** The name without those of the classes in front of it. */
function withoutClasses(name: string, type: string): string {
  const classes = type.split(".").at(-1)!.split("$");
  return classes.reduce(
    (rest, one) =>
      one && rest.startsWith(`${one}:`) ? rest.slice(one.length + 1) : rest,
    name,
  );
}
