/**
 * Splits a file of any size into lines, in bounded memory.
 *
 * @module
 */

import { concat } from "../text/bytes.ts";

/** A line without its end. */
export interface FileLine {
  /** Undefined if the line is longer than {@linkcode MAX_BYTES}. */
  text: string | undefined;
  bytes: number;
  /** Whether a line end follows; only the last line may lack it. */
  isEnded: boolean;
}

/** The most bytes of a line that are kept: an event with the results of all tests has less. */
export const MAX_BYTES = 2 ** 25;

/** How many bytes are read at once. */
const CHUNK = 2 ** 18;

const LINE_END = 10;

/**
 * Calls back for each line of a file, in order.
 *
 * @param take returns whether to go on
 * @throws {Error} of Deno when the file cannot be read.
 */
export async function eachLine(
  file: Pick<Deno.FsFile, "read">,
  take: (line: FileLine) => boolean,
): Promise<void> {
  const line = openLine();
  const buffer = new Uint8Array(CHUNK);
  for (;;) {
    const count = await file.read(buffer);
    if (count === null) break;
    const chunk = buffer.subarray(0, count);
    for (let at = 0; at < count;) {
      const end = chunk.indexOf(LINE_END, at);
      line.add(chunk.subarray(at, end < 0 ? count : end));
      if (end < 0) break;
      if (!take(line.end(true))) return;
      at = end + 1;
    }
  }
  const rest = line.end(false);
  if (rest.bytes > 0) take(rest);
}

/** The bytes of a line, until its end was found. */
function openLine() {
  const decoder = new TextDecoder();
  let parts: Uint8Array[] = [];
  let bytes = 0;
  return {
    /** Takes bytes, which it copies. */
    add: (part: Uint8Array) => {
      bytes += part.length;
      if (bytes > MAX_BYTES) parts = [];
      else if (part.length > 0) parts.push(part.slice());
    },
    end: (isEnded: boolean): FileLine => {
      const text = bytes > MAX_BYTES
        ? undefined
        : decoder.decode(parts.length === 1 ? parts[0] : concat(parts));
      const line = { text, bytes, isEnded };
      parts = [];
      bytes = 0;
      return line;
    },
  };
}
