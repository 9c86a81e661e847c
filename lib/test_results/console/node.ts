/**
 * Reads the output of `node --test` as its reporter "spec" writes it:
 * https://nodejs.org/api/test.html#test-reporters.
 *
 * @module
 */

import {
  blocksOf,
  type Groups,
  groupsOf,
  numberIn,
  type Runner,
} from "./runner.ts";

/** The line above a title in the list of failures; only there stands one. */
const PLACE = /^test at (?<file>\S.*):(?<line>\d+):\d+$/;

/** The title of a failure: one that is marked as "todo" has "⚠", or a comment behind its time. */
const TITLE = /^✖ (?<name>\S.*?)(?: \(\d[\d.]*ms\)(?<toDo> # .*|$)|$)/;

/** Node itself. */
export const NODE: Runner = {
  by: "Node's test runner",
  mark: /^test at \S.*:\d+:\d+\n✖ /m,
  read: (lines) =>
    blocksOf(lines, {
      head: (line, at): Groups | undefined => {
        const place = groupsOf(PLACE, lines[at - 1] ?? "");
        const title = place && groupsOf(TITLE, line);
        return title && !title.toDo ? { ...place, ...title } : undefined;
      },
      end: /^\S/,
    }).map(({ at, head: { name = "", file, line }, body }) => ({
      ...{ at, name, file },
      line: numberIn(line),
      // Node quotes a reason of its own.
      body: body.map((line) => line.replace(/^ {2}(?:'(.*)'$)?/, "$1")),
    })),
};
