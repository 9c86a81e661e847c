/**
 * Finds the tests that a program has told twice, in a report and as TAP: bats and Node write TAP to stdout as well as a report.
 *
 * @module
 */

import type { TestCase } from "./cases.ts";

/** A case that may be that of another text, and its keys. */
interface Entry {
  one: TestCase;
  keys: ReadonlySet<string>;
}

/** The entries that were not taken, by their keys. */
type Pool = Map<string, Set<Entry>>;

/** The most cases of one name among which the same one is looked for. */
const MAX_NAMESAKES = 100;

/**
 * The cases of TAP without those that reports of the same service have, too. Tests of other programs may have the same names:
 * they are the same tests only if the reports have all of TAP's, or if TAP has all of a report's.
 */
export function withoutRepeated(
  tap: readonly TestCase[],
  reports: readonly (readonly TestCase[])[],
): readonly TestCase[] {
  if (takeAll(poolOf(reports.flat()), tap)) return [];
  const pool = poolOf(tap);
  const repeated = new Set<TestCase>();
  for (const report of reports) {
    for (const { one } of takeAll(pool, report) ?? []) repeated.add(one);
  }
  return tap.filter((one) => !repeated.has(one));
}

function poolOf(cases: readonly TestCase[]): Pool {
  const pool: Pool = new Map();
  for (const one of cases) putBack(pool, { one, keys: keysOf(one) });
  return pool;
}

function putBack(pool: Pool, entry: Entry): void {
  for (const key of entry.keys) {
    const entries = pool.get(key) ?? new Set();
    pool.set(key, entries.add(entry));
  }
}

/** Takes the same cases out of the pool; if it lacks one of them, it stays as it is. */
function takeAll(
  pool: Pool,
  cases: readonly TestCase[],
): Entry[] | undefined {
  const taken: Entry[] = [];
  for (const one of cases) {
    const entry = take(pool, one);
    if (!entry) {
      for (const entry of taken) putBack(pool, entry);
      return undefined;
    }
    taken.push(entry);
  }
  return taken;
}

function take(pool: Pool, one: TestCase): Entry | undefined {
  for (const key of keysOf(one)) {
    for (const entry of pool.get(key)?.values().take(MAX_NAMESAKES) ?? []) {
      if (isElsewhere(entry.one, one)) continue;
      for (const own of entry.keys) pool.get(own)?.delete(entry);
      return entry;
    }
  }
  return undefined;
}

/** The words of a name, with and without the group, and the result. Programs separate words and groups differently. */
function keysOf({ suite, name, result }: TestCase): Set<string> {
  return new Set(
    [`${suite} ${name}`, name].map((text) =>
      `${result} ${text.match(/[\p{L}\p{N}]+/gu)?.join(" ") ?? text}`
    ),
  );
}

/** Whether two tests have failed in files of different names. */
function isElsewhere(one: TestCase, other: TestCase): boolean {
  const name = ({ file }: TestCase) => file?.split(/[\\/]/).at(-1);
  const [own, its] = [name(one), name(other)];
  return own !== undefined && its !== undefined && own !== its;
}
