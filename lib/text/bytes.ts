/**
 * Joins bytes.
 *
 * @module
 */

/** Joins pieces. `@std/bytes` has the same, but the modules at the start of a run load no package. */
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
