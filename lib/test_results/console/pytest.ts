/**
 * Reads the output of pytest: https://docs.pytest.org/en/stable/how-to/output.html.
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

const BEGIN = /^=+ (?:ERRORS|FAILURES|short test summary info) =+$/;

const END =
  /^(?:=+ )?(?=.*\b\d+ (?:failed|errors?)\b)\d+ [a-z].* in \d[\d.]*s\b/;

const SUMMARY = /^=+ short test summary info =+$/;

/** The title of a failure; "_ _ _" separates the frames of its stack. */
const TITLE = /^_+ (?!_ )(?:ERROR (?:at \w+ of|collecting) )?(?<name>.+) _+$/;

/** A line of the summary; of a subtest, its description stands in the middle. */
const LISTED =
  /^(?:FAILED|ERROR|SUBFAILED(?<subtest>[[(].*[\])])?) (?<rest>[^\s:]+(?:::.+)?)$/;

/** A line of the reason. */
const REASON = /^E(?: {3}|$)/;

/** Programs whose summary has the form of pytest's. */
export const PYTEST: Runner = {
  by: "pytest",
  mark: new RegExp(END, "m"),
  read: (lines) =>
    sectionsOf(lines, { begin: BEGIN, end: END })
      .flatMap((section) => failuresIn(lines, section)),
};

function failuresIn(lines: readonly string[], section: Section): Failure[] {
  const { from, to } = section;
  const found = lines.slice(from, to).findIndex((line) => SUMMARY.test(line));
  const blocks = blocksOf(lines, {
    section: { from, to: found < 0 ? to : from + found },
    head: (line) => groupsOf(TITLE, line)?.name,
    end: /^=+ .* =+$|^-+ Captured .* -+$/,
  });
  const take = takeLast(blocks, ({ head }) => head);
  const listed = lines.slice(from + Math.max(0, found), to)
    .map((line) => groupsOf(LISTED, line)).filter((groups) => !!groups)
    .toReversed()
    .map(({ rest = "", subtest }) => joined(rest, { subtest, take, at: to }))
    .toReversed();
  const used = new Set(listed.map(({ at }) => at));
  const others = blocks.filter(({ at }) => !used.has(at)).map(failureOf);
  return [...listed, ...others];
}

/** A line of the summary together with the block about the same test. */
function joined(
  rest: string,
  { subtest, take, at }: {
    subtest: string | undefined;
    take: (key: string) => Block<string> | undefined;
    at: number;
  },
): Failure {
  // A parameter may have " - " in it, which otherwise precedes the message.
  const ends = [...rest.matchAll(/ - /g)].slice(0, 9).map(({ index }) => index);
  const ids = [...ends, rest.length].map((end) => rest.slice(0, end));
  for (const id of ids) {
    const key = id.split("::").slice(id.includes("::") ? 1 : 0).join(".");
    const block = take(subtest ? `${key} ${subtest}` : key);
    if (!block) continue;
    return {
      ...failureOf(block),
      name: subtest ? `${id} ${subtest}` : id,
      file: id.split("::")[0],
    };
  }
  const id = ids.find(isBalanced) ?? ids[0]!;
  return {
    at,
    name: subtest ? `${id} ${subtest}` : id,
    body: [],
    message: rest.slice(id.length + " - ".length),
    file: id.split("::")[0],
  };
}

function failureOf({ at, head, body }: Block<string>): Failure {
  // The last of several errors is the test's.
  const start = body.findLastIndex((line, i) =>
    REASON.test(line) && !REASON.test(body[i - 1] ?? "")
  );
  const message = body[start]?.slice(1).trim();
  const source = body.slice(0, start)
    .findLast((line) => /^[> ] +assert /.test(line))?.slice(1).trim();
  return {
    ...{ at, name: head, body },
    // pytest compares the values only in files of tests.
    message: message === "AssertionError" && source
      ? `${message}: ${source}`
      : message || undefined,
  };
}

/** Whether all brackets of parameters end. */
function isBalanced(id: string): boolean {
  return id.split("[").length === id.split("]").length;
}
