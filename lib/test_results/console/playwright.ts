/**
 * Reads the output of Playwright Test: https://playwright.dev/docs/test-reporters.
 *
 * @module
 */

import {
  blocksOf,
  dedented,
  type Failure,
  type Groups,
  groupsOf,
  numberIn,
  type Runner,
  takeLast,
} from "./runner.ts";

/** A line of the totals. */
const COUNT = /^ {2}\d+ (?<kind>failed|flaky|skipped|passed|interrupted)\b/;

/** The title of a failure, or its line in the list below the count: project, place and names, in front of a rule. */
const TITLE =
  /^ {2}(?:(?<number>\d+)\)| ) (?<project>\[[^\]]+\] › )?(?<file>\S+):(?<line>\d+):\d+ › (?<name>\S.*)$/;

/** Playwright itself. */
export const PLAYWRIGHT: Runner = {
  by: "Playwright",
  mark: /^ {2}[1-9]\d* failed\n {4}\S.*:\d+:\d+ › /m,
  read: (lines) => {
    let kind: string | undefined;
    const titles = blocksOf(lines, {
      head: (line): Groups | undefined => {
        kind = groupsOf(COUNT, line)?.kind ?? kind;
        const title = groupsOf(TITLE, line);
        return title && { ...title, kind };
      },
      end: COUNT,
    }).map((
      { at, head: { number, project = "", name = "", ...head }, body },
    ) => ({
      isListed: !number && head.kind === "failed",
      failure: {
        ...{ at, body: dedented(body), suite: head.file, file: head.file },
        name: project + name.replace(/ ─+$/, ""),
        line: numberIn(head.line),
      },
    }));
    const take = takeLast(
      titles.filter(({ isListed }) => !isListed).map(({ failure }) => failure),
      keyOf,
    );
    return titles.filter(({ isListed }) => isListed)
      .map(({ failure }) => take(keyOf(failure)) ?? failure);
  },
};

function keyOf({ suite, name, line }: Failure): string {
  return `${suite}:${line} ${name}`;
}
