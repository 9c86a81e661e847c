/**
 * Reads the output of RSpec: https://rspec.info.
 *
 * @module
 */

import {
  blocksOf,
  type Failure,
  groupsOf,
  numberIn,
  type Runner,
  sectionsOf,
  takeLast,
} from "./runner.ts";

const BEGIN = /^(?:Failures:|An error occurred (?:while loading|in an?) .*)$/;

const END =
  /^\d+ examples?, (?:[1-9]\d* failures?\b|.*\b[1-9]\d* errors? occurred)/;

const TITLE =
  /^(?: {2}\d+\) (?<name>\S.*)|An error occurred (?<outside>(?:while loading|in an?) \S+))/;

/** A line of the list below the end. */
const LISTED =
  /^rspec (?:'?)(?<file>[^\s:[]+)(?::(?<line>\d+)|\[[\d:]+\]'?) # (?<name>.+)$/;

/** Programs that print the results of RSpec. */
export const RSPEC: Runner = {
  by: "RSpec",
  mark: new RegExp(`${END.source}|^rspec \\S+ # `, "m"),
  read: (lines) => {
    const blocks = sectionsOf(lines, { begin: BEGIN, end: END })
      .flatMap((section) =>
        blocksOf(lines, {
          section,
          head: (line) => groupsOf(TITLE, line),
          end: /^(?:Finished in |Failures:|Pending:)/,
        })
      ).map(({ at, head, body }): Failure => ({
        at,
        name: head.name ?? `error ${head.outside!.replace(/\.$/, "")}`,
        body,
        message: messageBelow(body),
      }));
    const take = takeLast(blocks, ({ name }) => name);
    const listed = lines.flatMap((line, at) => {
      const { file, line: number, name } = groupsOf(LISTED, line) ?? {};
      return name === undefined ? [] : [{ at, file, number, name }];
    }).toReversed().map(({ at, file, number, name }): Failure => ({
      ...(take(name) ?? { at, name, body: [] }),
      file,
      line: numberIn(number),
    }));
    const used = new Set(listed.map(({ at }) => at));
    return [...listed, ...blocks.filter(({ at }) => !used.has(at))];
  },
};

/** The message below the failed line of source; of an error, its class stands in a line of its own. */
function messageBelow(body: readonly string[]): string | undefined {
  const at = body.findIndex((line) => /^ *Failure\/Error:/.test(line));
  if (at < 0) return undefined;
  const isShort = /Failure\/Error: *\S/.test(body[at]!);
  const gap = body.findIndex((line, i) => i > at && !line.trim());
  const below = body.slice(isShort || gap < 0 ? at + 1 : gap)
    .map((line) => line.trim()).filter(Boolean);
  const [first, second] = below;
  if (first === undefined || first.startsWith("# ")) return undefined;
  if (/^expected\b.*:/.test(first) && second?.startsWith("got:")) {
    return `${first}, ${second}`;
  }
  return /^[A-Z][\w:]*:$/.test(first) && second ? `${first} ${second}` : first;
}
