/**
 * Reads the console output of Maven Surefire and Failsafe:
 * https://maven.apache.org/surefire/maven-surefire-plugin/.
 *
 * @module
 */

import {
  type Block,
  blocksOf,
  type Failure,
  groupsOf,
  type Runner,
  type Section,
  sectionsOf,
  takeLast,
} from "./runner.ts";

const END =
  /^(?:\[ERROR\] )?Tests run: \d+, (?:Failures: [1-9]\d*, Errors: \d+|Failures: 0, Errors: [1-9]\d*), Skipped: \d+(?:, Flakes: \d+)?$/;

/** The title of a failure. */
const TITLE =
  /^(?:\[ERROR\] )?(?<title>\S.*)(?: --| ) Time elapsed: [\d.]+ s(?:ec)? {1,2}<<< (?:FAILURE|ERROR)!$/;

/** A line of the list of failures: class and method, lines, and the message behind them. */
const LISTED =
  /^(?:\[ERROR\] )? {2}(?<suite>[A-Z][\w$]*)\.(?<name>[^\s:(]+)(?:\([^()]*\))?(?::\S*)? (?:» )?(?<message>\S.*)$/;

/** The Surefire plugin, and Failsafe. */
export const SUREFIRE: Runner = {
  by: "Maven Surefire",
  mark: new RegExp(END, "m"),
  read: (lines) =>
    sectionsOf(lines, { begin: /^(?:\[INFO\] )? T E S T S$/, end: END })
      .flatMap((section) => {
        const blocks = blocksOf(lines, {
          section,
          head: (line) => groupsOf(TITLE, line)?.title,
          end: /^(?:\[\w+\] |Running |Tests run: |Results ?:)/,
        }).map(failureOf);
        return [...blocks, ...listedOnly(blocks, { lines, section })];
      }),
};

/** The failures of the list whose titles have been cut off. */
function listedOnly(
  blocks: readonly Failure[],
  { lines, section: { from, to } }: {
    lines: readonly string[];
    section: Section;
  },
): Failure[] {
  const take = takeLast(
    blocks,
    ({ suite, name }) => `${suite?.split(".").at(-1)}.${bare(name)}`,
  );
  const classes = new Set(
    blocks.filter(({ suite }) => suite === undefined)
      .map(({ name }) => name.split(".").at(-1)),
  );
  return lines.slice(from, to).flatMap((line, i) => {
    const { suite, name, message } = groupsOf(LISTED, line) ?? {};
    if (suite === undefined || name === undefined) return [];
    return [{ at: from + i, suite, name, message, body: [] }];
  }).toReversed().filter(({ suite, name }) =>
    !classes.has(suite) && !take(`${suite}.${bare(name)}`)
  );
}

/** The name of a method, without its parameters. */
function bare(name: string): string {
  return name.replace(/[({[].*$/, "");
}

function failureOf({ at, head, body }: Block<string>): Failure {
  return { at, ...named(head), body: reasonFirst(body) };
}

/** The class and the method of a title: before version 3, the class stands in parentheses behind the method. */
function named(title: string): Pick<Failure, "suite" | "name"> {
  const { name, suite } = groupsOf(
    /^(?<name>.+)\((?<suite>[\w.$]+)\)$/,
    title,
  ) ?? {};
  if (name !== undefined) return { name, suite };
  const [path = ""] = /^[\w.$]+/.exec(title) ?? [];
  const dot = path.lastIndexOf(".");
  const method = title.slice(dot + 1);
  // A class whose set-up has failed has no name of a test.
  return dot < 0 || /^[A-Z]/.test(method)
    ? { name: title }
    : { suite: title.slice(0, dot), name: method };
}

/** The lines with the message behind the exception, where it stands below. */
function reasonFirst([first = "", ...body]: readonly string[]): string[] {
  const plain = first.replace(/^(?:[\w$]+\.)+(?=[\w$]+(?::|$))/, "").trim();
  const [next = ""] = body.filter((line) => line.trim());
  return /^[\w$]+:$/.test(plain) && !/^(?:\s|expected: )/.test(next)
    ? [`${plain} ${next}`, ...body]
    : [plain, ...body];
}
