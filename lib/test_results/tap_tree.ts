/**
 * The points of TAP that are tests. Programs use subtests differently: for some they are tests, for others parts of one.
 *
 * @module
 */

import type { TestCase } from "./cases.ts";
import { MAX_NAME, shortened } from "./limits.ts";
import { areTimed, caseOf, hasFailed, type Point } from "./tap_point.ts";

/** How a program uses subtests. */
interface Manner {
  /** Whether a point is a test of its own, given that it is not only the sum of those inside it. */
  isTest: (point: Point) => boolean;
  /** Whether the points inside a test are no tests of their own. */
  sumsUp: boolean;
  /** Whether a test that is marked as "todo" is skipped even if it works. */
  skipsToDo: boolean;
}

/** Test::More and most others: prove counts only the points that are not indented. */
const SUMS: Manner = {
  isTest: ({ indent }) => indent === 0,
  sumsUp: true,
  skipsToDo: false,
};

/** Node counts tests with subtests and their subtests, but not the blocks of `describe`. */
const NODE: Manner = {
  isTest: ({ isSuite }) => !isSuite,
  sumsUp: false,
  skipsToDo: true,
};

/** node-tap and vitest count only the points without others inside. */
const LEAVES: Manner = {
  isTest: ({ opens, parts }) => !opens && parts === 0,
  sumsUp: false,
  skipsToDo: true,
};

/** How the program uses subtests that has written these points. */
function mannerOf(tree: readonly Point[]): Manner {
  if (tree.some(({ isTimed }) => isTimed)) return LEAVES;
  return tree.some(({ isNode }) => isNode) ? NODE : SUMS;
}

/** A point that is a test, and how its program counts. */
export interface Test {
  point: Point;
  manner: Manner;
}

/** A point that is not indented, with those inside it, which may stand before it or behind it. */
export interface Tree {
  points: Point[];
  /** How many there are; fewer may have been kept. */
  count: number;
  /** Whether the point that is not indented was read. */
  hasTop: boolean;
  /** Those without a parent so far. */
  free: Point[];
  /** Those whose subtests follow in braces that are still open. */
  open: Point[];
}

/** A tree without points. */
export function newTree(): Tree {
  return { points: [], count: 0, hasTop: false, free: [], open: [] };
}

/** Whether a point belongs to the next tree. */
export function isBehind({ hasTop, open }: Tree, { indent }: Point): boolean {
  return hasTop && (indent === 0 || open.length === 0);
}

/** Adds a point, and puts the points that are inside it and stand before it there. Keeps `most` of those that are indented. */
export function addPoint(tree: Tree, point: Point, most: number): void {
  tree.count++;
  if (point.indent > 0 && tree.points.length >= most) return;
  tree.points.push(point);
  tree.hasTop ||= point.indent === 0;
  if (point.opens) tree.open.push(point);
  else adopt(tree, point);
  tree.free.push(point);
}

/** Ends the innermost braces. */
export function closeBraces(tree: Tree): void {
  const point = tree.open.pop();
  if (point) adopt(tree, point);
}

/** Puts the points that are indented more than a later one, or than braces that end, inside it. */
function adopt({ free }: Tree, point: Point): void {
  const inner = free.findLastIndex(({ indent }) => indent <= point.indent) + 1;
  for (const child of free.splice(inner)) {
    child.parent = point;
    point.parts++;
    const isCause = hasFailed(child) && point.cause === undefined;
    if (isCause) point.cause = child.cause ?? child;
  }
}

/** The tests among the points, and how many there are; of some there may be only the count. */
export function testsIn(tree: Tree): { tests: Test[]; count: number } {
  const { points, count } = tree;
  const manner = mannerOf(points);
  const tests = points
    .filter((point) => manner.isTest(point) || failsAlone(point, manner))
    .map((point) => ({ point, manner }));
  const unread = manner.sumsUp ? 0 : count - points.length;
  return { tests, count: tests.length + unread };
}

/** Whether a suite has failed although nothing inside it has, such as in a hook. */
function failsAlone(point: Point, { sumsUp }: Manner): boolean {
  return !sumsUp && hasFailed(point) && point.cause === undefined;
}

/** The cases of tests. */
export function casesOf(tests: readonly Test[]): TestCase[] {
  const timed = areTimed(tests.map(({ point }) => point));
  // vitest writes a test that is to do like any other program does.
  const skipsToDo = tests.some(({ manner }) => manner.skipsToDo);
  return tests.map(({ point, manner }, i) =>
    caseOf(point, {
      skipsToDo,
      sumsUp: manner.sumsUp,
      number: i + 1,
      suite: manner.sumsUp ? "" : suiteOf(point),
      timed,
    })
  );
}

/** The names of the points around one. */
function suiteOf({ parent }: Point): string {
  const names: string[] = [];
  for (let at = parent; at; at = at.parent) names.unshift(at.name);
  return shortened(names.join(" > "), MAX_NAME);
}
