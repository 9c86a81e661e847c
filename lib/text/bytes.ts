/**
 * Bytes in pieces.
 *
 * @module
 */

/** Puts pieces together. `@std/bytes` has the same, but what `ls` starts with loads no package. */
export function concat(
  parts: readonly Uint8Array[],
): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(
    parts.reduce((sum, { length }) => sum + length, 0),
  );
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
