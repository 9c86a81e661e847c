/**
 * Reads answers of HTTP/1.1 from a connection: head, then a body that is chunked, has a length or lasts until the end.
 *
 * @module
 */

import { concat } from "../text/bytes.ts";
import type { Connection } from "./connection.ts";

/** The head of an answer. */
export interface Head {
  status: number;
  /** By name in lower case. */
  headers: ReadonlyMap<string, string>;
}

/** The most bytes that a head, or the trailer of a body, may have. */
const MAX_HEAD = 64 * 1024;

/** A connection, and the bytes that were read from it too early. */
export interface Source {
  connection: Pick<Connection, "read">;
  /** Bytes that were read and not used. */
  rest: Uint8Array;
}

/** Reads the head of the next answer; rejects if there is none. Skips interim heads (1xx). */
export async function readHead(source: Source): Promise<Head> {
  for (;;) {
    const head = parseHead(await readUntilBlank(source));
    if (head.status >= 200 || head.status === 101) return head;
  }
}

async function readUntilBlank(source: Source): Promise<string> {
  let bytes = source.rest.slice();
  let searched = 0;
  for (;;) {
    const end = endOfHead(bytes, searched);
    if (end >= 0) {
      source.rest = bytes.subarray(end);
      return new TextDecoder().decode(bytes.subarray(0, end));
    }
    if (bytes.length > MAX_HEAD) throw new Error("its answer has no end");
    searched = Math.max(0, bytes.length - 3);
    const more = await source.connection.read();
    if (!more) throw new Error("the connection has ended without an answer");
    bytes = concat([bytes, more]);
  }
}

/** The offset of the body; -1 if the head is incomplete. */
function endOfHead(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(LF, from); at >= 0; at = bytes.indexOf(LF, at)) {
    at++;
    if (bytes[at] === CR && bytes[at + 1] === LF) return at + 2;
  }
  return -1;
}

function parseHead(text: string): Head {
  const [first = "", ...lines] = text.split("\r\n");
  const [, status] = /^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(first) ?? [];
  if (status === undefined) throw new Error("its answer is not HTTP");
  const headers = new Map(lines.flatMap((line) => {
    const colon = line.indexOf(":");
    if (colon < 0) return [];
    const name = line.slice(0, colon).toLowerCase();
    return [[name, line.slice(colon + 1).trim()] as const];
  }));
  return { status: Number(status), headers };
}

/** Callbacks of {@linkcode bodyOf}. */
interface BodyOptions {
  /** Called at the end of the body; `reusable` tells whether another request can use the connection. */
  onEnd: (reusable: boolean) => void;
  /** Whether only the head was asked for: then no body follows it, whatever length it gives. */
  isHead?: boolean;
  /** Turns an error into the one that the stream ends with. */
  explain: (error: Error) => Promise<Error>;
}

/**
 * The body of an answer, read from the connection as fast as it is consumed. It errors if the connection ends too
 * early.
 */
export function bodyOf(
  source: Source,
  { headers, status }: Head,
  { onEnd, explain, isHead = false }: BodyOptions,
): ReadableStream<Uint8Array> {
  const hasBody = !isHead && ![204, 304].includes(status);
  const take = hasBody ? decoderOf(headers) : ofLength(0);
  const keeps = !/\bclose\b/i.test(headers.get("connection") ?? "");
  const next = async () => {
    if (source.rest.length === 0) return await source.connection.read();
    const { rest } = source;
    source.rest = NOTHING;
    return rest;
  };
  const pull = async (to: ReadableStreamDefaultController<Uint8Array>) => {
    for (let first = take.isEmpty;; first = false) {
      const bytes = first ? NOTHING : await next();
      if (!bytes) {
        if (!take.untilEnd) throw new Error("its answer has broken off");
        onEnd(false);
        return to.close();
      }
      const { data, used, done } = take.decode(bytes);
      source.rest = bytes.subarray(used);
      if (data.length > 0) to.enqueue(data);
      if (done) {
        onEnd(keeps && source.rest.length === 0);
        return to.close();
      }
      if (data.length > 0) return;
    }
  };
  return new ReadableStream({
    pull: async (to) => {
      try {
        await pull(to);
      } catch (error) {
        onEnd(false);
        throw await explain(error as Error);
      }
    },
    cancel: () => onEnd(false),
  }, { highWaterMark: 0 });
}

/** The data of some bytes, the number of bytes used, and whether the body is over. */
interface Decoded {
  /** A copy that belongs to the caller. */
  data: Uint8Array;
  used: number;
  done: boolean;
}

/** Decodes a body piece by piece. */
interface Decoder {
  decode(bytes: Uint8Array): Decoded;
  /** Whether there is nothing to read. */
  isEmpty: boolean;
  /** Whether the end of the connection is the end of the body. */
  untilEnd: boolean;
}

function decoderOf(headers: Head["headers"]): Decoder {
  if (/\bchunked\b/i.test(headers.get("transfer-encoding") ?? "")) {
    return { decode: chunked(), isEmpty: false, untilEnd: false };
  }
  const length = headers.has("content-length")
    ? Number(headers.get("content-length"))
    : Infinity;
  if (!(length >= 0)) throw new Error("its answer has no valid length");
  return ofLength(length);
}

/** Decodes a body of so many bytes. */
function ofLength(length: number): Decoder {
  let left = length;
  return {
    isEmpty: length === 0,
    untilEnd: length === Infinity,
    decode: (bytes) => {
      const used = Math.min(left, bytes.length);
      left -= used;
      return { data: bytes.slice(0, used), used, done: left === 0 };
    },
  };
}

const CR = 13;
const LF = 10;
const NOTHING = new Uint8Array(0);

/** The largest chunk has fewer hexadecimal digits than this: numbers are exact up to 2^53. */
const MAX_DIGITS = 13;

/** Decodes chunks (RFC 9112, 7.1). The engine sends one for each message of a log, so this may run a million times. */
function chunked(): Decoder["decode"] {
  let state: "size" | "extension" | "data" | "after" | "trailer" = "size";
  let size = 0;
  let digits = 0;
  /** Bytes of the current line of the trailer, and of all of it. */
  let line = 0;
  let trailer = 0;
  const endOfSize = () => {
    if (digits === 0) throw new Error("its answer has a chunk without a size");
    digits = 0;
    state = size === 0 ? "trailer" : "data";
  };
  /** One byte outside of data; returns whether the body is over. */
  const step = (byte: number): boolean => {
    if (state === "trailer") {
      if (++trailer > MAX_HEAD) throw new Error("its answer has no end");
      if (byte === LF && line === 0) return true;
      line = byte === LF ? 0 : byte === CR ? line : line + 1;
    } else if (byte === LF) {
      if (state === "after") state = "size";
      else endOfSize();
    } else if (state === "size") {
      const digit = digitOf(byte);
      if (digit >= 0 && ++digits < MAX_DIGITS) size = size * 16 + digit;
      else if (byte === SEMICOLON) state = "extension";
      else if (byte !== CR) throw new Error("its answer has no valid chunks");
    } else if (state === "after" && byte !== CR) {
      throw new Error("its answer has no valid chunks");
    }
    return false;
  };
  return (bytes) => {
    const data = new Uint8Array(bytes.length);
    let length = 0;
    let at = 0;
    while (at < bytes.length) {
      if (state !== "data") {
        if (step(bytes[at++]!)) {
          return { data: data.subarray(0, length), used: at, done: true };
        }
        continue;
      }
      const count = Math.min(size, bytes.length - at);
      data.set(bytes.subarray(at, at + count), length);
      length += count;
      at += count;
      size -= count;
      if (size === 0) state = "after";
    }
    return { data: data.subarray(0, length), used: at, done: false };
  };
}

const SEMICOLON = 59;

/** The value of a hexadecimal digit; -1 for other bytes. */
function digitOf(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const letter = byte | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}
