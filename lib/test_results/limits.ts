/**
 * Limits of the test results that a run keeps: test programs may write without end, and the results are held in memory, in
 * three files and in events.
 *
 * @module
 */

import type { TestCase } from "./cases.ts";

/** The most UTF-16 units of the name of a test, or of its group. */
export const MAX_NAME = 500;

/** The most UTF-16 units of a path; a longer text is not a path. */
const MAX_PATH = 1_000;

/** The most UTF-16 units of the message of a failed test. */
export const MAX_MESSAGE = 2_000;

/** The most UTF-16 units of the details of a failure. */
export const MAX_DETAIL = 20_000;

/** The room that is left in a run. */
export interface Room {
  cases: number;
  /** UTF-16 units of names and paths. */
  names: number;
  /** UTF-16 units of messages and details. */
  details: number;
  /** Cases for which there was no room. */
  beyond: number;
}

/** The room of a run at its beginning. */
export function newRoom(): Room {
  return { cases: 10_000, names: 6_000_000, details: 4_000_000, beyond: 0 };
}

/** The most UTF-16 units of a message if there is no room left for details. */
const SHORT = 200;

/** Takes the room that a case needs, and drops its detail if necessary; returns whether there was room. */
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

/** The text if it may be a path. */
export function pathOf(text: string | undefined): string | undefined {
  return text === undefined || text.length > MAX_PATH
    ? undefined
    : detached(text);
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** A copy of the text: as a part of a longer one, it would keep V8 from freeing that. */
function detached(text: string): string {
  return text.length < 13 ? text : decoder.decode(encoder.encode(text));
}

/** Milliseconds for which a text is read without a turn of the event loop, and lines between two looks at the clock. */
const TURN = 20;
const LOOK_EVERY = 1_000;

/**
 * Calls back with the start and the end of each line of a text, until the callback returns "stop". Gives the event loop its
 * turns in the meantime.
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

/** Gives the event loop a turn, so that it handles signals and everything else that waits. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

/** Keeps both ends of a text that grows. */
export interface Ends {
  add(piece: string): void;
  text(): string;
}

/** Begins a text that comes in pieces, and keeps its ends, `length` UTF-16 units together. */
export function endsOf(length: number): Ends {
  const half = Math.floor(length / 2);
  let [head, tail, count] = ["", "", 0];
  return {
    add: (piece) => {
      count += piece.length;
      const more = half - head.length;
      head += piece.slice(0, more);
      tail += piece.slice(more);
      // Rarely, so that many small pieces cost little.
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

/** The text, or the two ends of a long one. */
export function inEnds(text: string, length: number): string {
  const ends = endsOf(length);
  ends.add(text);
  return ends.text();
}
