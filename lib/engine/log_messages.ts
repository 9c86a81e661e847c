/**
 * Reads the stream of a container's log: messages, each with the engine's time, of stdout and stderr. A line of more than
 * 16 KiB is several messages, of which only the last one ends with a line end.
 * https://docs.docker.com/reference/api/engine/version/v1.45/#tag/Container/operation/ContainerAttach
 *
 * @module
 */

import { concat } from "../text/bytes.ts";
import { frameReader, STDERR, SYSTEM_ERROR } from "./frames.ts";

/** Takes messages piece by piece, so that none has to be in memory as a whole. */
export interface Messages {
  /** A message begins. The time, as the engine writes it, is valid during the call; a message may have none. */
  begin(stream: Stream, time: Uint8Array | undefined): void;
  /** More of the message, valid during the call. */
  content(bytes: Uint8Array): void;
  /** The engine could not read a part of the log, and says why. */
  problem(words: string): void;
}

/** 0 is stdout, or the terminal of a container that has one; 1 is stderr. */
export type Stream = 0 | 1;

/** Takes the bytes of a log in pieces of any size. */
interface Reader {
  /** @throws {Error} if the bytes are not the log of a container */
  read(bytes: Uint8Array): void;
  /** The log has ended and is complete. */
  end(): void;
}

const LF = 10;
const SPACE = 32;

/** The shortest and the longest time: 2024-06-07T08:09:10Z and 2024-06-07T08:09:10.123456789+02:00. */
const MIN_TIME = 20;
const MAX_TIME = 35;

/** How many bytes of an engine error are kept. */
const MAX_PROBLEM = 1_000;

/** Whether a byte may be part of a time. */
function isOfTime(byte: number): boolean {
  // Digits, and one of "+-.:TZ".
  return (byte >= 48 && byte <= 58) || byte === 43 || byte === 45 ||
    byte === 46 || byte === 84 || byte === 90;
}

/** Takes the time from the beginning of a message. */
function timeTaker(
  then: (time: Uint8Array | undefined, noTime: Uint8Array) => void,
) {
  const time = new Uint8Array(MAX_TIME);
  let length = 0;
  const end = (isTime: boolean) => {
    const taken = time.subarray(0, length);
    length = 0;
    if (isTime) then(taken, NOTHING);
    else then(undefined, taken);
  };
  return {
    /**
     * Takes a byte; returns whether it was part of the time. The time ends with a space or a byte that is no part of
     * it.
     */
    take: (byte: number): boolean => {
      if (isOfTime(byte) && length < MAX_TIME) {
        time[length++] = byte;
        return true;
      }
      const isTime = byte === SPACE && length >= MIN_TIME;
      end(isTime);
      return isTime;
    },
    /** The message has ended within its time. */
    end: () => {
      if (length > 0) end(false);
    },
  };
}

const NOTHING = new Uint8Array(0);

/** Reads the frames in which the engine sends the log of a container without a terminal. */
export function framedReader(to: Messages): Reader {
  let part: "time" | "content" | "error" = "time";
  let words = "";
  let stream: Stream = 0;
  const time = timeTaker((time, noTime) => {
    part = "content";
    to.begin(stream, time);
    if (noTime.length > 0) to.content(noTime);
  });
  const read = frameReader({
    begin: (type) => {
      part = type === SYSTEM_ERROR ? "error" : "time";
      stream = type === STDERR ? 1 : 0;
    },
    content: (piece) => {
      let at = 0;
      while (part === "time" && at < piece.length && time.take(piece[at]!)) {
        at++;
      }
      if (at === piece.length) return;
      const rest = piece.subarray(at);
      if (part === "content") to.content(rest);
      else words = (words + decode(rest)).slice(0, MAX_PROBLEM);
    },
    end: () => {
      if (part === "time") time.end();
      if (part === "error") {
        to.problem(words.trim());
        words = "";
      }
    },
  });
  return { read, end: () => {} };
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/**
 * Reads the log of a container with a terminal, which has no frames: a message begins with each line, and within a line
 * wherever the line's own time, to the nanosecond, stands again.
 */
export function terminalReader(to: Messages): Reader {
  let part: "time" | "content" = "time";
  /** The time of the line and a space; empty where it has none. */
  let stamp: Uint8Array<ArrayBuffer> = NOTHING;
  /** The bytes at the end of the input that may begin the stamp. */
  let held: Uint8Array = NOTHING;
  const time = timeTaker((time, noTime) => {
    part = "content";
    stamp = new Uint8Array(time ? time.length + 1 : 0);
    if (time) {
      stamp.set(time);
      stamp[time.length] = SPACE;
    }
    to.begin(0, time);
    if (noTime.length > 0) to.content(noTime);
  });
  /** Passes on the content up to `end`, the end of a line or of the input. */
  const content = (bytes: Uint8Array, from: number, end: number) => {
    let at = from;
    for (;;) {
      const found = stamp.length > 0 ? search(bytes, stamp, { at, end }) : end;
      if (found > at) to.content(bytes.subarray(at, found));
      if (found + stamp.length > end || stamp.length === 0) return found;
      to.begin(0, stamp.subarray(0, -1));
      at = found + stamp.length;
    }
  };
  const read = (more: Uint8Array) => {
    const bytes = held.length > 0 ? concat([held, more]) : more;
    held = NOTHING;
    let at = 0;
    while (at < bytes.length) {
      if (part === "time") {
        if (time.take(bytes[at]!)) at++;
        continue;
      }
      const line = bytes.indexOf(LF, at);
      const end = line < 0 ? bytes.length : line + 1;
      const given = content(bytes, at, end);
      at = end;
      if (line >= 0) part = "time";
      else held = bytes.slice(given, end);
    }
  };
  const end = () => {
    time.end();
    if (held.length > 0) to.content(held);
    held = NOTHING;
  };
  return { read, end };
}

/**
 * The offset of `what` in a part of the bytes; otherwise that of its beginning at the end of the part; otherwise the
 * end of the part.
 */
function search(
  bytes: Uint8Array,
  what: Uint8Array,
  { at, end }: { at: number; end: number },
): number {
  for (let from = bytes.indexOf(what[0]!, at); from >= 0 && from < end;) {
    const length = Math.min(what.length, end - from);
    let same = 1;
    while (same < length && bytes[from + same] === what[same]) same++;
    if (same === length) return from;
    from = bytes.indexOf(what[0]!, from + 1);
  }
  return end;
}
