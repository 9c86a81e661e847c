/**
 * How much of tests is kept: their programs may write without end, and all of it is in memory, in three files and in
 * events.
 *
 * @module
 */

import type { TestCase } from "./cases.ts";

/** UTF-16 units of the name of a test, or of what it is grouped by. */
export const MAX_NAME = 500;

/** UTF-16 units of a path; what is longer is no path. */
const MAX_PATH = 1_000;

/** UTF-16 units of why a test failed, in short. */
export const MAX_MESSAGE = 2_000;

/** UTF-16 units of all that is told of a failure. */
export const MAX_DETAIL = 20_000;

/** What there still is room for in a run. */
export interface Room {
  cases: number;
  /** UTF-16 units of names and paths. */
  names: number;
  /** UTF-16 units of messages and details. */
  details: number;
  /** Cases for which there was none. */
  beyond: number;
}

/** The room of a run. */
export function newRoom(): Room {
  return { cases: 10_000, names: 6_000_000, details: 4_000_000, beyond: 0 };
}

/** UTF-16 units of a message that is kept when there is no room for details. */
const SHORT = 200;

/** Takes the room that a case needs, without its detail if need be; resolves to whether there was some. */
export function takes(room: Room, one: TestCase): boolean {
  const { suite, name, file = "" } = one;
  const names = suite.length + name.length + file.length + SHORT;
  if (room.cases < 1 || room.names < names) {
    room.beyond++;
    return false;
  }
  room.cases--;
  room.names -= names;
  const { message = "", detail = "" } = one;
  if (message.length + detail.length > room.details) {
    delete one.detail;
    if (message) one.message = shortened(message, SHORT);
  } else {
    room.details -= message.length + detail.length;
  }
  return true;
}

/** The text, or its beginning. */
export function shortened(text: string, length: number): string {
  return detached(text.length <= length ? text : `${text.slice(0, length)}…`);
}

/** What may be a path. */
export function pathOf(text: string | undefined): string | undefined {
  return text === undefined || text.length > MAX_PATH
    ? undefined
    : detached(text);
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** The text without the much longer one that it may be a part of, which V8 would keep for it. */
function detached(text: string): string {
  return text.length < 13 ? text : decoder.decode(encoder.encode(text));
}

/** Milliseconds for which a text is read without a look at what else there is to do, and lines between two looks at the clock. */
const TURN = 20;
const LOOK_EVERY = 1_000;

/**
 * Calls back for each line of a text, with where it begins and ends, until that says to stop; what waits for the event loop
 * gets its turn meanwhile.
 */
export async function eachLine(
  text: string,
  take: (start: number, end: number) => void | "stop",
): Promise<void> {
  let since = performance.now();
  let count = 0;
  for (let start = 0; start < text.length;) {
    const newline = text.indexOf("\n", start);
    const next = newline < 0 ? text.length : newline;
    const end = text[next - 1] === "\r" && next > start ? next - 1 : next;
    if (take(start, end) === "stop") return;
    start = next + 1;
    if (++count % LOOK_EVERY === 0 && performance.now() - since > TURN) {
      await turn();
      since = performance.now();
    }
  }
}

/** Lets the event loop go round, signals included. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

/** A text that grows, of which both ends are kept. */
export interface Ends {
  add(piece: string): void;
  text(): string;
}

/** Both ends of a text of which pieces come. */
export function endsOf(length: number): Ends {
  const half = Math.floor(length / 2);
  let [head, tail, count] = ["", "", 0];
  return {
    add: (piece) => {
      count += piece.length;
      const more = half - head.length;
      head += piece.slice(0, more);
      tail += piece.slice(more);
      // Seldom, so that many small pieces cost little.
      if (tail.length > 4 * half) tail = detached(tail.slice(-half));
    },
    text: () => {
      const lost = count - 2 * half;
      return detached(
        lost > 0
          ? `${head}\n… ${lost} characters are left out here …\n${
            tail.slice(-half)
          }`
          : head + tail,
      );
    },
  };
}

/** A text, or its two ends. */
export function inEnds(text: string, length: number): string {
  const ends = endsOf(length);
  ends.add(text);
  return ends.text();
}
