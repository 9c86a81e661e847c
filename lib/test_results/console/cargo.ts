/**
 * Reads the output of `cargo test`: https://doc.rust-lang.org/rustc/tests/.
 *
 * @module
 */

import {
  blocksOf,
  type Failure,
  groupsOf,
  type Runner,
  type Section,
  sectionsOf,
} from "./runner.ts";

const END = /^test result: FAILED\. /;

/** The title of the output of a test. */
const TITLE = /^---- (?<name>\S.*) std(?:out|err) ----$/;

const LIST = /^failures:$/;

/** The line above the tests of a file. */
const FILE =
  /^ +(?:Running (?:unittests )?(?<file>\S+)(?: \(\S+\))?|(?<docs>Doc-tests \S+))$/;

/** The line above the reason. */
const PANIC = /\bpanicked at [^'].*:\d+:\d+:$/;

/** Cargo, and the programs that it makes. */
export const CARGO: Runner = {
  by: "cargo test",
  mark: new RegExp(END, "m"),
  read: (lines) => {
    let [suite, next]: [string | undefined, number] = [undefined, 0];
    return sectionsOf(lines, { begin: LIST, end: END }).flatMap((section) => {
      for (; next < section.to; next++) {
        const { file, docs } = groupsOf(FILE, lines[next]!) ?? {};
        suite = file ?? docs ?? suite;
      }
      return failuresIn(lines, section)
        .map((one) => ({ ...one, suite }));
    });
  },
};

function failuresIn(
  lines: readonly string[],
  { from, to }: Section,
): Failure[] {
  const found = lines.slice(from, to).findLastIndex((line) => LIST.test(line));
  const list = Math.max(from, from + found);
  const names = new Set(
    lines.slice(list, to).filter((line) => /^ {4}\S/.test(line))
      .map((line) => line.trim()),
  );
  const blocks = blocksOf(lines, {
    section: { from, to: list },
    head: (line) => {
      const name = groupsOf(TITLE, line)?.name;
      return name !== undefined && names.has(name) ? name : undefined;
    },
  });
  const bodies = new Map(blocks.map((block) => [block.head, block]));
  return [...names].map((name) => {
    const { at = list, body = [] } = bodies.get(name) ?? {};
    const panic = body.findIndex((line) => PANIC.test(line));
    return { at, name, body: panic < 0 ? body : body.slice(panic) };
  });
}
