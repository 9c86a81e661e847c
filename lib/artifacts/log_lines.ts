/**
 * Splits the messages of a log into lines: whole lines with their times go to a file, lines of bounded length go to the
 * reporter.
 *
 * @module
 */

import { concat } from "../text/bytes.ts";
import type { LogFile } from "./log_file.ts";
import type { Messages, Stream } from "../engine/log_messages.ts";

/**
 * Hides secrets in one line, which comes in chunks without its line end; `last` marks its last chunk. It may hold back bytes
 * until then. A secret of several lines is hidden line by line. The chunk and the result are valid only until the next call.
 */
export type Redact = (chunk: Uint8Array, last: boolean) => Uint8Array;

/** Where the lines of a log go. */
interface LineOptions {
  /** The file of the lines; without it, lines only go to `tell`. */
  file?: LogFile | undefined;
  /** Takes a line without its line end. Lines come in the order in which they end. */
  tell?: ((line: string) => void) | undefined;
  /** The file in which a line that is too long to be shown can be read, such as "logs/app.log". */
  name: string;
  /** Makes a function that hides secrets in a line; default: nothing is hidden. */
  redact?: (() => Redact) | undefined;
  /** Takes the engine's message that it cannot read a part of the log. */
  problem: (words: string) => void;
}

/** Takes the messages of a log. */
export interface Lines extends Messages {
  /** Replaces the function that takes lines, or removes it. */
  tell(to: ((line: string) => void) | undefined): void;
  /** Ends the log, and with it lines that have no line end. */
  end(): void;
}

/** The most bytes of a line that are shown. */
const MAX_TOLD = 64 * 1024;

const LINE_END = new Uint8Array([10]);
const SPACE = new Uint8Array([32]);
const NOTHING = new Uint8Array(0);

/** The current line of a stream. */
interface Line {
  stream: Stream;
  isOpen: boolean;
  redact: Redact | undefined;
  /** The beginning of the line, which is shown. */
  told: Told;
}

/** Begins to split a log into lines. */
export function logLines(options: LineOptions): Lines {
  const { file, name, redact } = options;
  let { tell } = options;
  const put = ordered(file);
  const line = (stream: Stream): Line => ({
    stream,
    isOpen: false,
    redact: redact?.(),
    told: told(name),
  });
  const lines = [line(0), line(1)] as const;
  let current = lines[0];
  /** A part of the current line without its line end. */
  const part = (line: Line, bytes: Uint8Array, isLast: boolean) => {
    const clean = line.redact ? line.redact(bytes, isLast) : bytes;
    if (clean.length > 0) put(line.stream, clean);
    if (isLast) put(line.stream, LINE_END);
    if (tell) line.told.take(clean);
    if (isLast && tell) tell(line.told.end());
    line.isOpen = !isLast;
    if (isLast) line.redact = redact?.();
  };
  return {
    begin: (stream, time) => {
      current = lines[stream];
      // A line that is open continues with this message.
      if (current.isOpen || !time) return;
      put(stream, time);
      put(stream, SPACE);
      current.isOpen = true;
    },
    content: (bytes) => {
      for (let at = 0; at < bytes.length;) {
        const found = bytes.indexOf(LINE_END[0]!, at);
        const end = found < 0 ? bytes.length : found;
        part(current, bytes.subarray(at, end), found >= 0);
        at = end + 1;
      }
    },
    problem: options.problem,
    tell: (to) => {
      tell = to;
      lines.forEach(({ told }) => told.end());
    },
    end: () => {
      // First the line that is being written: the lines of the other stream wait for its end.
      const open = lines.filter(({ isOpen }) => isOpen)
        .toSorted((a, b) => Number(put.waits(a)) - Number(put.waits(b)));
      for (const line of open) {
        const rest = line.redact?.(NOTHING, true) ?? NOTHING;
        if (rest.length > 0) put(line.stream, rest);
        line.told.take(rest);
        line.isOpen = false;
        tell?.(line.told.end());
      }
      if (file?.holds()) put.endLine();
    },
  };
}

/**
 * Writes the bytes of both streams to a file so that no line is broken by the other stream: while one stream has an open
 * line, the bytes of the other one are held.
 */
function ordered(file: LogFile | undefined) {
  let owner: Stream | undefined;
  /** Whether the last held line has no line end yet. */
  let isOpen = false;
  const release = () => {
    if (!file) return;
    const other: Stream = owner === 0 ? 1 : 0;
    owner = file.holds() && isOpen ? other : undefined;
    file.release();
  };
  const put = (stream: Stream, bytes: Uint8Array) => {
    if (!file) return;
    const ends = bytes[bytes.length - 1] === LINE_END[0];
    if (owner !== undefined && owner !== stream) {
      file.hold(bytes);
      isOpen = !ends;
      return;
    }
    file.write(bytes);
    owner = stream;
    if (!ends) return;
    if (file.holds()) release();
    else owner = undefined;
  };
  return Object.assign(put, {
    /** Whether the stream's bytes are held. */
    waits: ({ stream }: Line) => owner !== undefined && owner !== stream,
    /** Ends the open line, which held bytes wait for. */
    endLine: () => {
      file?.write(LINE_END);
      release();
    },
  });
}

/** Collects a line that is to be shown; only the beginning of a long one. */
interface Told {
  take(bytes: Uint8Array): void;
  /** The line; the next bytes begin a new one. */
  end(): string;
}

function told(name: string): Told {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  let parts: Uint8Array[] = [];
  let kept = 0;
  let more = 0;
  return {
    take: (bytes) => {
      const fits = bytes.subarray(0, MAX_TOLD - kept);
      if (fits.length > 0) parts.push(fits.slice());
      kept += fits.length;
      more += bytes.length - fits.length;
    },
    end: () => {
      const [first = NOTHING, ...others] = parts;
      const bytes = others.length === 0 ? first : concat(parts);
      const whole = more > 0 ? withoutHalf(bytes) : bytes;
      const text = decoder.decode(whole);
      const rest = more + bytes.length - whole.length;
      parts = [];
      kept = 0;
      more = 0;
      return rest > 0
        ? `${text}… (${rest} more bytes, see ${name})`
        : text.replace(/\r$/, "");
    },
  };
}

/** The bytes without an incomplete character at their end. */
function withoutHalf(bytes: Uint8Array): Uint8Array {
  let first = bytes.length - 1;
  while (first > 0 && (bytes[first]! & 0xc0) === 0x80) first--;
  const lead = bytes[first] ?? 0;
  const needs = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
  return first + needs > bytes.length ? bytes.subarray(0, first) : bytes;
}
