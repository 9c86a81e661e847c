/**
 * Looks at the first bytes of a stream without taking them from it.
 *
 * @module
 */

import { concat } from "../text/bytes.ts";

/** The first bytes of a stream, and all of it. */
interface Peeked {
  /** As many as the caller wants; fewer only if the stream is shorter. */
  first: Uint8Array;
  /** The whole stream. The caller reads it to its end or cancels it. */
  body: ReadableStream<Uint8Array>;
}

/**
 * Reads the first bytes of a stream, and returns a stream that begins with them.
 *
 * @throws the error of the stream
 */
export async function peek(
  stream: ReadableStream<Uint8Array>,
  count: number,
): Promise<Peeked> {
  const reader = stream.getReader();
  const parts: Uint8Array[] = [];
  let length = 0;
  while (length < count) {
    const { value } = await reader.read();
    if (!value) break;
    parts.push(value);
    length += value.length;
  }
  const read = concat(parts);
  const body = new ReadableStream<Uint8Array>({
    start: (to) => {
      if (read.length > 0) to.enqueue(read);
    },
    pull: async (to) => {
      const { value } = await reader.read();
      if (value) to.enqueue(value);
      else to.close();
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
  return { first: read.subarray(0, count), body };
}
