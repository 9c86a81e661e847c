/**
 * Reads the output of bats with its formatter "pretty": https://bats-core.readthedocs.io.
 *
 * @module
 */

import { blocksOf, groupsOf, type Runner, sectionsOf } from "./runner.ts";

const END =
  /^\d+ tests?, [1-9]\d* failures?(?:, \d+ skipped)?(?: in \d+ seconds?)?$/;

/** The title of a failure, with its time. */
const TITLE = /^ ✗ (?<name>\S.*?)(?: \[\d+\])?$/;

/** Bats itself. */
export const BATS: Runner = {
  by: "bats",
  mark: new RegExp(END, "m"),
  read: (lines) => {
    let suite = "";
    return sectionsOf(lines, { begin: /^\S+\.bats$/, end: END })
      .flatMap((section) =>
        blocksOf(lines, {
          section,
          head: (line, at) => {
            if (/^\S+\.bats$/.test(line)) suite = line;
            const name = groupsOf(TITLE, line)?.name;
            return name === undefined || !lines[at + 1]?.startsWith("   ")
              ? undefined
              : { suite, name };
          },
          end: /^(?: ?\S|$)/,
        })
      ).map(({ at, head, body }) => ({ at, ...head, body }));
  },
};
