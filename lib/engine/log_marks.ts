/**
 * Remembers how far a log was read, so that reading can continue after a lost connection without losing or repeating
 * anything.
 *
 * The engine is asked for all messages since the beginning of a second, and as many messages are skipped as were read
 * since then. Times alone are not enough: messages of stdout and stderr can share one, and can come out of order.
 *
 * @module
 */

import type { Messages } from "./log_messages.ts";

/** The place in a log up to which it was read. */
interface Marks extends Messages {
  /**
   * Skips the known messages from now on.
   *
   * @returns the time, in seconds since 1970, from which the engine must repeat the log; undefined for all of it
   */
  resume(): number | undefined;
}

/** A second of a log, and the number of messages since its beginning. */
interface Mark {
  /** The time of its first message; empty for the beginning of the log. */
  second: Uint8Array;
  count: number;
}

/** The bytes of a time up to its second. */
const SECOND = "2024-06-07T08:09:10".length;

const NOTHING = new Uint8Array(0);

/** Passes messages on, and remembers which. */
export function marks(to: Messages): Marks {
  // The second before the newest: a message comes at most a second late.
  let before: Mark = { second: NOTHING, count: 0 };
  let newest: Mark = { second: NOTHING, count: 0 };
  /** Bytes of the last message. */
  let taken = 0;
  /** The number of messages to skip, and then of bytes of the last known message. */
  let skip = 0;
  let skipBytes = 0;
  const count = (time: Uint8Array | undefined) => {
    const order = time ? compare(time, newest.second) : 0;
    if (order > 0) {
      before = newest;
      newest = { second: time!.slice(), count: 0 };
    }
    if (order >= 0) newest.count++;
    if (order >= 0 || compare(time!, before.second) >= 0) before.count++;
  };
  return {
    begin: (stream, time) => {
      if (skip > 0 && time && compare(time, newest.second) > 0) {
        // The engine has dropped some of the known messages.
        skip = 0;
      }
      if (skip > 0) {
        skip--;
        skipBytes = skip > 0 ? Infinity : taken;
        return;
      }
      skipBytes = 0;
      taken = 0;
      count(time);
      to.begin(stream, time);
    },
    content: (bytes) => {
      if (skipBytes >= bytes.length) {
        skipBytes -= bytes.length;
        return;
      }
      const rest = skipBytes > 0 ? bytes.subarray(skipBytes) : bytes;
      skipBytes = 0;
      taken += rest.length;
      to.content(rest);
    },
    problem: (words) => to.problem(words),
    resume: () => {
      skip = before.count;
      skipBytes = 0;
      if (before.second.length === 0) return undefined;
      const time = Date.parse(new TextDecoder().decode(before.second));
      return Math.floor(time / 1000);
    },
  };
}

/** Whether a time is after (above 0), within (0) or before (below 0) the second of another; every time is after none. */
function compare(time: Uint8Array, second: Uint8Array): number {
  if (second.length === 0) return 1;
  for (let at = 0; at < SECOND; at++) {
    const difference = time[at]! - second[at]!;
    if (difference !== 0) return difference;
  }
  return 0;
}
