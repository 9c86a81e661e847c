/**
 * Causes: the heap of a language is full, which is smaller than the memory of the container.
 *
 * @module
 */

import type { Facts } from "./facts.ts";
import type { Row } from "./row.ts";

/** The rows. */
export const MEMORY_ROWS: readonly Row[] = [
  {
    words: /JavaScript heap out of memory/,
    cause: (_, { facts }) =>
      full("JavaScript", `NODE_OPTIONS=${heapOf(facts)}`, facts),
  },
  {
    words: /java\.lang\.OutOfMemoryError: (?:Java heap space|GC overhead)/,
    cause: (_, { facts }) =>
      full("Java", "-Xmx or -XX:MaxRAMPercentage", facts),
  },
];

/** Three quarters of the container's memory: the rest is for buffers and code. */
function heapOf({ memory = 0 }: Partial<Facts> = {}): string {
  const mebibytes = Math.floor(memory * 3 / 4 / 2 ** 20) || 4_096;
  return `--max-old-space-size=${mebibytes}`;
}

function full(language: string, option: string, facts?: Facts): string {
  const { memory = 0 } = facts ?? {};
  const limit = memory > 0
    ? `; the container's limit is ${Math.round(memory / 2 ** 20)} MiB`
    : "; the container has no limit";
  return `the heap of ${language} is full: ${option} sets its size` +
    (facts ? limit : "");
}
