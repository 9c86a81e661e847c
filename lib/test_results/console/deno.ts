/**
 * Reads the output of `deno test`: https://docs.deno.com/runtime/fundamentals/testing/.
 *
 * @module
 */

import {
  blocksOf,
  type Failure,
  groupsOf,
  numberIn,
  type Runner,
  type Section,
  sectionsOf,
} from "./runner.ts";

const END = /^FAILED \| \d+ passed\b/;

const LIST = /^ FAILURES ?$/;

/** The line that names a failure, with the place of its test; it stands above the failure, and in the list below. */
const TITLE =
  /^(?<name>\S.*) => (?<file>\S+):(?<line>\d+):\d+$|^(?<module>\S+) \((?<why>uncaught error)\)$/;

/** Deno itself. */
export const DENO: Runner = {
  by: "Deno",
  mark: new RegExp(END, "m"),
  read: (lines) =>
    sectionsOf(lines, { begin: /^ ERRORS ?$/, end: END })
      .flatMap((section) => failuresIn(lines, section)),
};

function failuresIn(
  lines: readonly string[],
  { from, to }: Section,
): Failure[] {
  const found = lines.slice(from, to).findIndex((line) => LIST.test(line));
  const list = found < 0 ? from : from + found;
  const listed = lines.slice(list, to).filter((line) => TITLE.test(line));
  const titles = new Set(listed);
  const blocks = blocksOf(lines, {
    section: { from, to: list },
    head: (line) => titles.has(line) ? line : undefined,
  });
  const bodies = new Map(blocks.map((block) => [block.head, block]));
  return listed.map((title) => {
    const { name, file, line, module, why = "" } = groupsOf(TITLE, title)!;
    const path = (file ?? module)?.replace(/^\.\//, "");
    const { at = list, body = [] } = bodies.get(title) ?? {};
    return {
      ...{ at, suite: path, name: name ?? why, file: path },
      line: numberIn(line),
      body: body.map((one) => one.replace(/^error: (?:\(in promise\) )?/, "")),
    };
  });
}
