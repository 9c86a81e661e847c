/**
 * Reads TAP, the Test Anything Protocol.
 *
 * @module
 */

import { messageIn } from "./failure_text.ts";
import { placeIn } from "./places.ts";
import type { TestCase } from "./cases.ts";
import {
  eachLine,
  type Ends,
  endsOf,
  MAX_DETAIL,
  MAX_MESSAGE,
  MAX_NAME,
  newRoom,
  type Room,
  shortened,
  takes,
} from "./limits.ts";
import { plainText } from "../text/untrusted.ts";

/** The most UTF-16 units of a text. */
export const MAX_TAP = 2_000_000;

/** The most UTF-16 units of a line that are read. */
const MAX_LINE = 10_000;

const VERSION = /^TAP version \d+\s*$/;
const PLAN = /^1\.\.(\d+)\s*(?:#.*)?$/;
const POINT = /^(not )?ok(?:\s+\d+)?(?=\s|$)(?:\s+-(?=\s|$))?(.*)$/s;
const DIRECTIVE = /(?:^|\s)#\s*(skip|todo)\S*(?:\s+(.*))?$/is;
/** The suffix that `bats --timing` adds to every name. */
const TIMING = / in (\d+)ms$/;

/** A test point: the data of its line, and the lines that explain it. */
interface Point {
  ok: boolean;
  name: string;
  directive: string | undefined;
  reason: string;
  notes: Ends;
}

/** The state of reading. */
interface Stream {
  versioned: boolean;
  planned: number | undefined;
  points: Point[];
  /** How many points were read; fewer may have been kept. */
  count: number;
  bailed: string | undefined;
  /** The point that the next line may explain. */
  current: Point | undefined;
  /** Whether the next line is inside its YAML block. */
  yaml: boolean;
  /** How many points are kept at most. */
  most: number;
}

/**
 * The cases of a TAP text, version 12 to 14, as a program wrote it:
 * https://testanything.org/tap-version-14-specification.html, and https://bats-core.readthedocs.io for bats. Undefined
 * if the text is not TAP: it has neither a version line nor a plan together with a test.
 *
 * Lines that are not TAP are ignored. Of subtests, only the test that sums them up is a case. A failed test that is marked
 * as "todo" counts as skipped. "Bail out!", or fewer tests than the plan promised, is a failed case of its own. The suite
 * is "", because TAP has none.
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
    points: [],
    count: 0,
    bailed: undefined,
    current: undefined,
    yaml: false,
    most: room.cases,
  };
  const plain = plainText(text);
  await eachLine(plain, (start, end) => {
    readLine(plain.slice(start, Math.min(end, start + MAX_LINE)), stream);
    return stream.bailed === undefined ? undefined : "stop";
  });
  const { versioned, planned, points, count, bailed } = stream;
  const isTap = versioned || (planned !== undefined && count > 0);
  if (!isTap) return undefined;
  const timed = points.length > 0 &&
    points.every(({ name }) => TIMING.test(name));
  const cases = points.map((point, i) => caseOf(point, { number: i, timed }));
  room.beyond += count - points.length;
  const missing = (planned ?? 0) - count;
  const tests = missing === 1 ? "1 test" : `${missing} tests`;
  const more = bailed !== undefined
    ? [failed("Bail out!", bailed)]
    : missing > 0
    ? [failed(`${tests} did not run`, `the plan was 1..${planned}`)]
    : [];
  // The case for tests that did not run must not be the one without room.
  const kept = more.filter((one) => takes(room, one));
  return [...cases.filter((one) => takes(room, one)), ...kept];
}

function failed(name: string, message: string): TestCase {
  return { suite: "", name, result: "failed", ...(message && { message }) };
}

function readLine(line: string, stream: Stream): void {
  const { current } = stream;
  if (stream.yaml && /^\s|^$/.test(line)) {
    if (/^\s+\.\.\.\s*$/.test(line)) stream.yaml = false;
    else current?.notes.add(`${line.slice(2)}\n`);
    return;
  }
  stream.yaml = false;
  if (line === "") return;
  const point = POINT.exec(line);
  const plan = PLAN.exec(line);
  const bailed = /^Bail out!\s*(.*)/.exec(line);
  if (point) {
    stream.current = pointOf(point);
    stream.count++;
    if (stream.points.length < stream.most) stream.points.push(stream.current);
  } else if (plan) {
    // The output of two programs has two plans.
    stream.planned = (stream.planned ?? 0) + Number(plan[1]);
    stream.current = undefined;
  } else if (VERSION.test(line)) {
    stream.versioned = true;
    stream.current = undefined;
  } else if (bailed) {
    stream.bailed = (bailed[1] ?? "").slice(0, MAX_MESSAGE);
  } else if (/^\s+---\s*$/.test(line)) {
    stream.yaml = current !== undefined;
  } else if (/^#(?! bats warning:| Subtest\b)/.test(line)) {
    current?.notes.add(`${line.replace(/^# ?/, "")}\n`);
  }
}

function pointOf([, not, rest = ""]: RegExpExecArray): Point {
  const [whole = "", directive, reason = ""] = DIRECTIVE.exec(rest) ?? [];
  const name = rest.slice(0, rest.length - whole.length).trim();
  return {
    ok: !not,
    name: shortened(name.replace(/\\([\\#])/g, "$1"), MAX_NAME),
    directive: directive?.toLowerCase(),
    reason: shortened(reason.trim(), MAX_MESSAGE),
    notes: endsOf(MAX_DETAIL),
  };
}

function caseOf(
  { ok, name, directive, reason, notes }: Point,
  { number, timed }: { number: number; timed: boolean },
): TestCase {
  const result = directive === "skip" || (directive === "todo" && !ok)
    ? "skipped"
    : ok
    ? "passed"
    : "failed";
  const detail = notes.text().trimEnd();
  const duration = timed
    ? TIMING.exec(name)?.[1]
    : /^duration_ms: *([\d.]+)$/m.exec(detail)?.[1];
  const ms = Math.round(Number(duration));
  const common = {
    suite: "",
    name: name.replace(timed ? TIMING : "", "") || `test ${number + 1}`,
    result,
    ...(Number.isSafeInteger(ms) && { ms }),
  } as const;
  if (result === "passed") return common;
  const message = reason || (result === "skipped" ? "" : reasonIn(detail));
  return {
    ...common,
    ...(message && { message: shortened(message, MAX_MESSAGE) }),
    ...(detail && { detail }),
    ...placeIn(detail),
  };
}

/** The message or error of a YAML block, in one line or below; otherwise the reason that the lines give. */
function reasonIn(detail: string): string | undefined {
  const [, value = ""] = /^(?:message|error): *(.*)$/m.exec(detail) ?? [];
  const below = detail.replace(/^[\w-]+:.*\n?/gm, "");
  if (/^[^|>]/.test(value)) return value.replace(/^(['"])(.*)\1$/, "$2");
  return messageIn(value ? below : detail);
}
