/**
 * Reads the output of PHPUnit: https://docs.phpunit.de.
 *
 * @module
 */

import {
  blocksOf,
  type Failure,
  groupsOf,
  type Runner,
  type Section,
  sectionsOf,
} from "./runner.ts";

const KIND = /^There (?:was|were) \d+ (?<kind>\w+)/;

/** The kinds that fail a run; the others follow them. */
const FAILS = /^(?:error|failure)s?$/;

/** The kinds of which a run fails only if it is told to. */
const OTHERS =
  /\b(?:Warnings|Risky|Incomplete|Skipped|\w*Deprecations|\w*Notices): /;

const END = /^Tests: \d+, Assertions: \d+.*\b(?:Errors|Failures): \d/;

const TITLE = /^\d+\) (?<suite>[\w\\]+)::(?<name>\S.*)$/;

/** The title of a failure with `--testdox`, which ends with its time, and the sign in front of the lines below. */
const SENTENCE = /^ ✘ (?<name>.+?)(?: \[\d[\d.]* m?s\])?$/;
const FRAME = /^ {3}[│┐├┊╵┴](?: |$)/;

/** Programs that print the results of PHPUnit. */
export const PHPUNIT: Runner = {
  by: "PHPUnit",
  mark: new RegExp(END, "m"),
  read: (lines) =>
    sectionsOf(lines, { begin: /^PHPUnit \d/, end: END })
      .flatMap((section) => [
        ...numbered(lines, section),
        ...sentences(lines, section),
      ]),
};

/** Failures that have a number; those of some kinds, such as "risky", fail nothing. */
function numbered(lines: readonly string[], section: Section): Failure[] {
  let fails = failsAtFirst(lines, section);
  return blocksOf(lines, {
    section,
    head: (line) => {
      const { kind } = groupsOf(KIND, line) ?? {};
      if (kind) fails = FAILS.test(kind);
      return fails ? groupsOf(TITLE, line) : undefined;
    },
    end: /^(?:--|There (?:was|were) \d+ .*|\d+\) .*|[A-Z]+!)$/,
  }).map(({ at, head, body }) => ({
    ...{ at, suite: head.suite, name: head.name!, body },
  }));
}

/** Whether failures above all titles of kinds fail the run: only in a log whose beginning is cut off there are any. */
function failsAtFirst(
  lines: readonly string[],
  { from, to }: Section,
): boolean {
  const next = lines.slice(from, to).map((line) => groupsOf(KIND, line)?.kind)
    .find(Boolean);
  return next === undefined
    ? !OTHERS.test(lines[to] ?? "")
    : FAILS.test(next) || next === "risky";
}

/** Failures below the sentences of `--testdox`. */
function sentences(lines: readonly string[], section: Section): Failure[] {
  let suite: string | undefined;
  return blocksOf(lines, {
    section,
    head: (line, at) => {
      if (/^\S/.test(line)) suite = line;
      if (!FRAME.test(lines[at + 1] ?? "")) return undefined;
      const name = groupsOf(SENTENCE, line)?.name;
      return name === undefined ? undefined : { name, suite };
    },
    end: /^(?: \S|\S|$)/,
  }).map(({ at, head, body }) => ({
    ...{ at, ...head },
    body: body.map((line) => line.replace(FRAME, "")),
  }));
}
