/**
 * Reads the output of Vitest: https://vitest.dev/guide/reporters.
 *
 * @module
 */

import {
  blocksOf,
  type Failure,
  groupsOf,
  type Runner,
  sectionsOf,
} from "./runner.ts";

const END = /^ *Test Files .*\b\d+ failed\b/;

/** The title of a failure, behind the name of its project: groups and name, or a file that cannot be loaded. */
const TITLE = /^ FAIL {2}(?:\|[^|]+\| )?(?<name>\S.*(?: > .*| \[ \S+ \]))$/;

/** Programs that print the results of Vitest. */
export const VITEST: Runner = {
  by: "Vitest",
  mark: new RegExp(END, "m"),
  read: (lines) => {
    const blocks = sectionsOf(lines, { end: END })
      .flatMap((section) =>
        blocksOf(lines, {
          section,
          head: (line) => groupsOf(TITLE, line)?.name,
          end: /^⎯{4}/,
        })
      );
    // Tests with the same error have it together, below the last of them.
    let below: readonly string[] = [];
    return blocks.toReversed().map(({ at, head, body }) => {
      if (body.some((line) => line.trim())) below = body;
      return { at, ...named(head), body: below };
    });
  },
};

/** The file and the name of a test. A file that cannot be loaded is named twice. */
function named(title: string): Pick<Failure, "suite" | "name" | "file"> {
  const [file = "", ...names] = title.split(" > ");
  if (names.length > 0) return { suite: file, name: names.join(" > "), file };
  const name = title.replace(/ \[ .+ \]$/, "");
  return { name, file: name };
}
