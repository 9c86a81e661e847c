/**
 * Reads TAP, the Test Anything Protocol.
 *
 * @module
 */

import type { TestCase } from "./cases.ts";
import { eachLine, MAX_MESSAGE, newRoom, type Room, takes } from "./limits.ts";
import { explain, type Point, readPoint } from "./tap_point.ts";
import {
  addPoint,
  casesOf,
  closeBraces,
  isBehind,
  newTree,
  type Test,
  testsIn,
  type Tree,
} from "./tap_tree.ts";
import { plainText } from "../text/untrusted.ts";

/** The most UTF-16 units of a text. */
export const MAX_TAP = 2_000_000;

/** The most UTF-16 units of a line that are read. */
const MAX_LINE = 10_000;

/** The spaces of a level of subtests, and the most of a line that is read as one. */
const LEVEL = 4;
const MAX_INDENT = 100;

const VERSION = /^TAP version \d+\s*$/;
const PLAN = /^1\.\.(\d+)\s*(?:#.*)?$/;

/** The state of reading. */
interface Stream {
  versioned: boolean;
  planned: number | undefined;
  /** The points that are not complete. */
  tree: Tree;
  tests: Test[];
  /** How many tests were read; fewer may have been kept. */
  count: number;
  /** How many points are not indented, as the plan counts. */
  tops: number;
  bailed: string | undefined;
  /** The point that the next line may explain. */
  current: Point | undefined;
  /** The indentation of the YAML block that the next line is in; undefined until its first line was read. */
  yaml: { indent: number | undefined } | undefined;
  /** How many tests are kept at most. */
  most: number;
}

/**
 * The cases of a TAP text, version 12 to 14, as a program wrote it:
 * https://testanything.org/tap-version-14-specification.html, and https://bats-core.readthedocs.io for bats. Undefined
 * if the text is not TAP: it has neither a version line nor a plan together with a test.
 *
 * Lines that are not TAP are ignored. Which subtests are tests depends on the program: there are as many cases as it counts
 * itself. A failed test that is marked as "todo" counts as skipped. "Bail out!", or fewer tests than the plan promised, is
 * a failed case of its own. The suite is "", or the names of the points around a subtest.
 *
 * @param room the remaining room of the run; the cases use it up
 */
export async function parseTap(
  text: string,
  room: Room = newRoom(),
): Promise<TestCase[] | undefined> {
  // Most containers write no TAP, but much else.
  if (!/^(?:TAP version |1\.\.)\d/m.test(text)) return undefined;
  const stream: Stream = {
    versioned: false,
    planned: undefined,
    tree: newTree(),
    tests: [],
    count: 0,
    tops: 0,
    bailed: undefined,
    current: undefined,
    yaml: undefined,
    most: room.cases,
  };
  const plain = plainText(text);
  await eachLine(plain, (start, end) => {
    readLine(plain.slice(start, Math.min(end, start + MAX_LINE)), stream);
    return stream.bailed === undefined ? undefined : "stop";
  });
  endTree(stream);
  const { versioned, planned, tests, count, tops } = stream;
  if (!versioned && (planned === undefined || tops === 0)) return undefined;
  room.beyond += count - tests.length;
  // The case for tests that did not run must not be the one without room.
  const more = failureOf(stream).filter((one) => takes(room, one));
  const cases = casesOf(tests).filter((one) => takes(room, one));
  return [...cases, ...more];
}

/** The failure of the program itself, if there is one. */
function failureOf({ bailed, planned = 0, tops }: Stream): TestCase[] {
  if (bailed !== undefined) return [failed("Bail out!", bailed)];
  const missing = planned - tops;
  if (missing <= 0) return [];
  const tests = missing === 1 ? "1 test" : `${missing} tests`;
  return [failed(`${tests} did not run`, `the plan was 1..${planned}`)];
}

function failed(name: string, message: string): TestCase {
  return { suite: "", name, result: "failed", ...(message && { message }) };
}

/** Takes over the tests of the tree, and begins the next one. */
function endTree(stream: Stream): void {
  const { tests, count } = testsIn(stream.tree);
  stream.count += count;
  stream.tests.push(...tests.slice(0, stream.most - stream.tests.length));
  stream.tree = newTree();
}

function readLine(line: string, stream: Stream): void {
  if (stream.yaml && inYaml(line, stream)) return;
  if (line === "") return;
  const indent = indentOf(line);
  const isLevel = indent % LEVEL === 0 && indent <= MAX_INDENT;
  const text = line.slice(indent);
  const point = isLevel ? readPoint(text, indent) : undefined;
  if (point) readTest(point, stream);
  else if (isLevel && PLAN.test(text)) readPlan(text, indent, stream);
  else if (indent === 0 && VERSION.test(line)) {
    stream.versioned = true;
    stream.current = undefined;
  } else if (line.startsWith("Bail out!")) {
    stream.bailed = line.slice("Bail out!".length).trim()
      .slice(0, MAX_MESSAGE);
  } else if (text === "}") {
    closeBraces(stream.tree);
    stream.current = undefined;
  } else if (/^---\s*$/.test(text) && indent > 0) {
    stream.yaml = { indent: undefined };
  } else readNote(text, indent, stream);
}

function readTest(point: Point, stream: Stream): void {
  if (isBehind(stream.tree, point)) endTree(stream);
  addPoint(stream.tree, point, stream.most);
  stream.current = point;
  if (point.indent === 0) stream.tops++;
}

function readPlan(text: string, indent: number, stream: Stream): void {
  stream.current = undefined;
  if (indent > 0) return;
  // The output of two programs has two plans.
  const [, tests] = PLAN.exec(text)!;
  stream.planned = (stream.planned ?? 0) + Number(tests);
}

/** Reads a line of a YAML block; returns false if the block has ended without a mark. */
function inYaml(line: string, stream: Stream): boolean {
  const { current, yaml } = stream;
  const indent = indentOf(line);
  const text = line.slice(indent);
  const isInside = text === "" || indent > (current?.indent ?? 0);
  if (!isInside || /^\.\.\.\s*$/.test(text)) {
    stream.yaml = undefined;
    return isInside;
  }
  yaml!.indent ??= indent;
  if (current) explain(current, line.slice(Math.min(indent, yaml!.indent)));
  return true;
}

/** Reads a comment, or a line that belongs to a failed test because it is indented more, as mocha writes it. */
function readNote(
  text: string,
  indent: number,
  { current }: Stream,
): void {
  if (!current || indent < current.indent) return;
  if (text.startsWith("#")) {
    if (/^#(?: bats warning:| Subtest\b)/.test(text)) return;
    explain(current, text.replace(/^# ?/, ""));
  } else if (!current.ok && indent > current.indent) {
    explain(current, " ".repeat(indent - current.indent - 1) + text);
  }
}

/** How many spaces a line begins with. */
function indentOf(line: string): number {
  return line.length - line.replace(/^ +/, "").length;
}
