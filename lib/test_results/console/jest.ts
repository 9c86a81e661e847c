/**
 * Reads the output of Jest: https://jestjs.io.
 *
 * @module
 */

import {
  blocksOf,
  dedented,
  type Failure,
  groupsOf,
  type Runner,
  type Section,
  sectionsOf,
} from "./runner.ts";

const END = /^Test Suites: .*\b\d+ failed\b.* total$/;

/** The title of a file: behind "FAIL", the name of its project may stand. */
const FILE =
  /^ ?(?<result>FAIL|PASS) +(?:\S.* )?(?<file>\S+\.\w+)(?: \(\S+ m?s\))?$/;

const TITLE = /^ {2}● (?<name>\S.*)$/;

/** Titles of other things. */
const NO_TEST = /^(?:Console|Cannot log after tests are done)\b/;

/** Titles that are known to be of a test, where the title of the file is cut off. */
const SURE = / › |^Test suite failed to run$/;

/** Programs that print the results of Jest. */
export const JEST: Runner = {
  by: "Jest",
  mark: new RegExp(END, "m"),
  read: (lines) =>
    sectionsOf(lines, { end: END })
      .flatMap((section) => failuresIn(lines, section)),
};

function failuresIn(lines: readonly string[], section: Section): Failure[] {
  let suite: string | undefined;
  const blocks = blocksOf(lines, {
    section,
    head: (line) => {
      const { result, file } = groupsOf(FILE, line) ?? {};
      if (result) suite = result === "FAIL" ? file : undefined;
      const name = groupsOf(TITLE, line)?.name;
      return name === undefined ? undefined : { name, suite };
    },
    end: /^ ?(?:FAIL|PASS) +\S|^Summary of all failing tests$/,
  });
  return blocks.filter(({ head }) => isTest(head))
    .map(({ at, head: { name, suite }, body }) => ({
      ...{ at, name, body: dedented(body) },
      suite: suite?.replace(/^\.\//, ""),
      file: suite,
    }));
}

function isTest(
  { name, suite }: { name: string; suite: string | undefined },
): boolean {
  return suite === undefined ? SURE.test(name) : !NO_TEST.test(name);
}
