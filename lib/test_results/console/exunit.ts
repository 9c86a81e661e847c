/**
 * Reads the output of ExUnit: https://hexdocs.pm/ex_unit.
 *
 * @module
 */

import {
  blocksOf,
  groupsOf,
  numberIn,
  type Runner,
  sectionsOf,
} from "./runner.ts";

const END =
  /^(?:\d+ doctests?, )?(?:\d+ propert(?:y|ies), )?\d+ tests?, [1-9]\d* failures?\b/;

const TITLE = /^ {2}\d+\) (?:test )?(?<name>\S.*) \((?<suite>[\w.]+)\)$/;

/** The line below the title. */
const PLACE = /^ {5}(?<file>[^\s:]+\.exs?):(?<line>\d+)$/;

/** Elixir's own. */
export const EXUNIT: Runner = {
  by: "ExUnit",
  mark: new RegExp(END, "m"),
  read: (lines) =>
    sectionsOf(lines, { begin: TITLE, end: END }).flatMap((section) =>
      blocksOf(lines, {
        section,
        head: (line, at) => {
          const place = groupsOf(PLACE, lines[at + 1] ?? "");
          const test = place && groupsOf(TITLE, line);
          return test && { ...test, ...place };
        },
        end: /^Finished in /,
      })
    ).map(({ at, head, body: [, ...body] }) => ({
      ...{ at, suite: head.suite, name: head.name!, file: head.file },
      line: numberIn(head.line),
      // The mark of an exception is no part of it.
      body: body.map((line) => line.replace(/^ +\*\* \((\S+)\)/, "$1:")),
    })),
};
