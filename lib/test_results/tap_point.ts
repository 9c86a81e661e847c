/**
 * One test point of TAP: its line, and what the lines below it say.
 *
 * @module
 */

import { messageIn } from "./failure_text.ts";
import { placeIn } from "./places.ts";
import type { TestCase } from "./cases.ts";
import {
  type Ends,
  endsOf,
  MAX_DETAIL,
  MAX_MESSAGE,
  MAX_NAME,
  shortened,
} from "./limits.ts";

const POINT = /^(not )?ok(?:\s+\d+)?(?=\s|$)(?:\s+-(?=\s|$))?(.*)$/s;
const DIRECTIVE = /(?:^|\s)#\s*(skip|todo)\S*(?:\s+(.*))?$/is;

/** The time that node-tap, vitest and the report formatter of bats write behind a name. */
const TIME = /\s#\s*(?:time=([\d.]+)(ms|s|m)|in (\d+) ms)$/;

/** The suffix that `bats --timing` adds to every name. */
const TIMING = / in (\d+)ms$/;

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000 };

/** A test point: the data of its line, the lines that explain it, and the points inside it. */
export interface Point {
  /** The spaces before it. */
  indent: number;
  ok: boolean;
  name: string;
  directive: string | undefined;
  reason: string;
  /** Milliseconds. */
  ms: number | undefined;
  /** Whether its line has a time as node-tap and vitest write it. */
  isTimed: boolean;
  /** Whether its YAML block is one of Node's, and whether Node says there that it is no test. */
  isNode: boolean;
  isSuite: boolean;
  /** Whether its subtests follow in braces. */
  opens: boolean;
  notes: Ends;
  parent: Point | undefined;
  /** How many points are directly inside it. */
  parts: number;
  /** The first point inside it, at any depth, that failed and has no failed one inside. */
  cause: Point | undefined;
}

/** Reads the line of a point; undefined for any other line. */
export function readPoint(line: string, indent: number): Point | undefined {
  const [matched, not, all = ""] = POINT.exec(line) ?? [];
  if (matched === undefined) return undefined;
  const braced = all.trimEnd().replace(/\s\{$/, "");
  const [suffix = "", time, unit = "", ms] = TIME.exec(braced) ?? [];
  const rest = braced.slice(0, braced.length - suffix.length);
  const [mark = "", directive, reason = ""] = DIRECTIVE.exec(rest) ?? [];
  const name = rest.slice(0, rest.length - mark.length).trim();
  return {
    indent,
    ok: !not,
    name: shortened(name.replace(/\\([\\#])/g, "$1"), MAX_NAME),
    directive: directive?.toLowerCase(),
    // mocha gives no reason.
    reason: shortened(reason.trim().replace(/^-$/, ""), MAX_MESSAGE),
    ms: suffix ? whole(ms ?? Number(time) * UNITS[unit]!) : undefined,
    isTimed: time !== undefined,
    isNode: false,
    isSuite: false,
    opens: braced.length < all.trimEnd().length,
    notes: endsOf(MAX_DETAIL),
    parent: undefined,
    parts: 0,
    cause: undefined,
  };
}

/** Adds a line that explains a point. */
export function explain(point: Point, line: string): void {
  point.isNode ||= /^duration_ms: /.test(line);
  point.isSuite ||= /^type: '?suite'?$/.test(line);
  point.notes.add(`${line}\n`);
}

/** Whether a point failed, and may not. */
export function hasFailed({ ok, directive }: Point): boolean {
  return !ok && directive === undefined;
}

/** Whether every point has the time of `bats --timing` in its name; a single name may end so by chance. */
export function areTimed(points: readonly Point[]): boolean {
  return points.length > 0 && points.every(({ name }) => TIMING.test(name));
}

/** How a point becomes a case. */
interface CaseOptions {
  /** Counted from 1; names a point that has no name. */
  number: number;
  suite: string;
  /** Whether its name ends with a time. */
  timed: boolean;
  /** Whether the points inside it are no cases of their own, so that it tells why they failed. */
  sumsUp: boolean;
  /** Whether a test that is marked as "todo" is skipped even if it works. */
  skipsToDo: boolean;
}

/** The case of a point. */
export function caseOf(point: Point, options: CaseOptions): TestCase {
  const { number, suite, timed } = options;
  const result = resultOf(point, options);
  const own = detailOf(point);
  const ms = point.ms ?? whole(
    timed
      ? TIMING.exec(point.name)?.[1]
      : /^duration_ms: *([\d.]+)$/m.exec(own)?.[1],
  );
  const common = {
    suite,
    name: point.name.replace(timed ? TIMING : "", "") || `test ${number}`,
    result,
    ...(ms !== undefined && { ms }),
  } as const;
  if (result === "passed") return common;
  const { reason } = point;
  if (result === "skipped") {
    return {
      ...common,
      ...(reason && { message: reason }),
      ...(own && { detail: own }),
      ...placeIn(own),
    };
  }
  const cause = options.sumsUp ? point.cause : undefined;
  const why = cause ? detailOf(cause) : own;
  const message = [cause?.name, reason || reasonIn(why)]
    .filter(Boolean).join(": ");
  const detail = cause ? [why, own].filter(Boolean).join("\n") : own;
  return {
    ...common,
    ...(message && { message: shortened(message, MAX_MESSAGE) }),
    ...(detail && { detail }),
    ...(placeIn(why) ?? placeIn(own)),
  };
}

function resultOf(
  { ok, directive }: Point,
  { skipsToDo }: CaseOptions,
): TestCase["result"] {
  const isSkipped = directive === "skip" ||
    (directive === "todo" && (skipsToDo || !ok));
  return isSkipped ? "skipped" : ok ? "passed" : "failed";
}

/** A time in whole milliseconds; undefined if the text is no number. */
function whole(ms: string | number | undefined): number | undefined {
  const rounded = Math.round(Number(ms));
  return Number.isSafeInteger(rounded) ? rounded : undefined;
}

/** The lines that explain a point. Deno writes one line of JSON, of which the message is the text. */
function detailOf({ notes }: Point): string {
  const text = notes.text().trimEnd();
  if (!text.startsWith('{"message":')) return text;
  try {
    return String(JSON.parse(text).message);
  } catch {
    return text;
  }
}

/** The message or error of a YAML block, in one line or below; otherwise the reason that the lines give. */
function reasonIn(detail: string): string | undefined {
  const keys = [...detail.matchAll(/^( *)(?:message|error):[ \t]*(.*)$/gm)]
    .toSorted(([, one = ""], [, other = ""]) => one.length - other.length);
  for (const { 0: all, 1: indent = "", 2: value = "", index } of keys) {
    if (/^[|>][+-]?\d?$/.test(value)) {
      return messageIn(blockBelow(detail, index + all.length + 1, indent));
    }
    // vitest ends a value of several lines further below.
    const one = value.replace(/^(['"])(.*)\1$/, "$2").replace(/^"/, "");
    if (one) return one;
  }
  const [expected, actual] = ["expected", "actual"].map((key) =>
    new RegExp(`^ *${key}: +([^|>].*)$`, "m").exec(detail)?.[0].trim()
  );
  return expected && actual ? `${expected}, ${actual}` : messageIn(detail);
}

/** The lines from an offset on that are indented more than a key. */
function blockBelow(text: string, start: number, indent: string): string {
  const lines = text.slice(start).split("\n");
  const end = lines.findIndex((line) =>
    line.trim() !== "" && !line.startsWith(`${indent} `)
  );
  return lines.slice(0, end < 0 ? lines.length : end).join("\n");
}
