/**
 * Checks the shape of values that were read.
 *
 * @module
 */

/** Whether a value is a text. */
export function isText(value: unknown): value is string {
  return typeof value === "string";
}

/** Whether a value is a list whose members are all of one shape. */
export function areAll<T>(value: unknown, is: (one: T) => boolean): boolean {
  return Array.isArray(value) && value.every(is);
}
