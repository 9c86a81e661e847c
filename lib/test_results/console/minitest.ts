/**
 * Reads the output of minitest, as itself and as Rails writes it: https://docs.seattlerb.org/minitest/.
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
  /^\d+ runs, \d+ assertions, (?:[1-9]\d* failures, \d+ errors|0 failures, [1-9]\d* errors), /;

const KIND = /^(?: +\d+\) )?(?:Failure|Error):$/;

/** The line below the kind; a failure has its place there. */
const TITLE =
  /^(?<suite>\S[^#]*)#(?<name>.+?)(?: \[(?<file>[^\s:[\]]+):(?<line>\d+)\])?:$/;

/** Programs that print the results of minitest. */
export const MINITEST: Runner = {
  by: "minitest",
  mark: new RegExp(END, "m"),
  read: (lines) =>
    sectionsOf(lines, { begin: /^# Running:$/, end: END })
      .flatMap((section) =>
        blocksOf(lines, {
          section,
          head: (line, at) =>
            KIND.test(lines[at - 1] ?? "") ? groupsOf(TITLE, line) : undefined,
          end: /^(?: +\d+\) \S+:$|(?:bin\/)?rails test |Finished in )/,
        })
      ).map(({ at, head, body }) => ({
        ...{ at, suite: head.suite, name: head.name!, body, file: head.file },
        line: numberIn(head.line),
      })),
};
