/**
 * Reads the failures that most reporters of Mocha write: https://mochajs.org/#reporters.
 *
 * @module
 */

import {
  blocksOf,
  dedented,
  type Failure,
  groupsOf,
  type Runner,
} from "./runner.ts";

const COUNT = /^ {2}(?<count>[1-9]\d*) failing$/;

const NUMBER = /^ {2}(?<number>\d+)\) (?<title>\S.*)$/;

/** A frame that only Mocha's tests have. */
const FRAME = /^ +at (?:async )?Context\./;

/** The most lines of a title: a group each. */
const MAX_TITLE = 20;

/** Programs that print the results of Mocha. */
export const MOCHA: Runner = {
  by: "Mocha",
  mark: new RegExp(`${COUNT.source}|${FRAME.source}`, "m"),
  read: (lines) => {
    // Failures have consecutive numbers, up to their count.
    let [count, last]: [number | undefined, number] = [undefined, 0];
    return blocksOf(lines, {
      head: (line) => {
        const counted = groupsOf(COUNT, line)?.count;
        if (counted) [count, last] = [Number(counted), 0];
        const { number, title } = groupsOf(NUMBER, line) ?? {};
        if (!title) return undefined;
        const isNext = count === undefined ||
          (Number(number) === last + 1 && last < count);
        if (!isNext) return undefined;
        last = Number(number);
        return { title, isSure: count !== undefined };
      },
    }).flatMap(({ at, head: { title, isSure }, body }) => {
      const own = titled(title, body);
      return own && (isSure || body.some((line) => FRAME.test(line)))
        ? [{ at, ...own }]
        : [];
    });
  },
};

/** The groups and the name of a test, which stand below one another and end with a colon; the rest is about the failure. */
function titled(
  title: string,
  body: readonly string[],
): Pick<Failure, "suite" | "name" | "body"> | undefined {
  const all = [title, ...body.slice(0, MAX_TITLE)];
  const end = all.findIndex((line) => line.endsWith(":"));
  const gap = all.findIndex((line) => !line.trim());
  if (end < 0 || (gap >= 0 && gap < end)) return undefined;
  const names = all.slice(0, end + 1).map((line) => line.trim());
  const name = names.pop()!.slice(0, -1);
  return {
    suite: names.join(" "),
    name,
    body: dedented(ended(body.slice(end))),
  };
}

/** The lines up to the end of the stack, or to a gap: below the last failure stands other output. */
function ended(body: readonly string[]): readonly string[] {
  const isFrame = (line: string) => /^ +at /.test(line);
  const end = body.findIndex((line, i) =>
    (i > 0 && isFrame(body[i - 1]!) && !isFrame(line)) ||
    (line === "" && body[i + 1] === "")
  );
  return end < 0 ? body : body.slice(0, end);
}
