/**
 * Reads the output of Python's unittest, which Django's runner writes, too:
 * https://docs.python.org/3/library/unittest.html.
 *
 * @module
 */

import { blocksOf, groupsOf, type Runner, sectionsOf } from "./runner.ts";

const LINE = /^={70}$/;

const END =
  /^FAILED \((?=.*\b(?:failures|errors|unexpected successes)=)[a-z =\d,]+\)$/;

const TITLE =
  /^(?<kind>FAIL|ERROR|UNEXPECTED SUCCESS): (?<name>\S+)(?: \((?<suite>[^()\s]+)\))?(?<subtest>.*)$/;

/** The group of a module that could not be imported. */
const LOADER = "unittest.loader._FailedTest";

/** Programs that print the results of unittest. */
export const UNITTEST: Runner = {
  by: "unittest and Django",
  mark: new RegExp(END, "m"),
  read: (lines) =>
    sectionsOf(lines, { begin: LINE, end: END }).flatMap((section) =>
      blocksOf(lines, {
        section,
        head: (line, at) =>
          LINE.test(lines[at - 1] ?? "") || line.startsWith("UNEXPECTED")
            ? groupsOf(TITLE, line)
            : undefined,
        end: /^={70}$|^Ran \d+ tests? in /,
      })
    ).map(({ at, head, body }) => {
      const { kind, name = "", suite = "", subtest = "" } = head;
      // Since Python 3.11, the group ends with the name.
      const group = suite.endsWith(`.${name}`)
        ? suite.slice(0, -name.length - 1)
        : suite;
      return {
        at,
        suite: group === LOADER ? "" : group,
        name: name + subtest,
        body,
        message: kind === "UNEXPECTED SUCCESS" ? kind.toLowerCase() : undefined,
        file: fileOf(group),
      };
    }),
};

/** The file of a class, such as "shop/tests.py" of "shop.tests.ShopTests"; the group of a function is its module. */
function fileOf(group: string): string | undefined {
  const parts = group.split(".");
  return group === LOADER || parts.length < 2
    ? undefined
    : `${parts.slice(0, -1).join("/")}.py`;
}
