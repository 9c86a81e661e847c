/**
 * Versions of Docker's programs, compared.
 *
 * @module
 */

/** The oldest Compose that the product accepts. */
export const OLDEST_COMPOSE = "2.20";

/** Compares versions by their numbers alone: in semver `2.26.1-4`, a Debian revision, is older than `2.26.1`. */
export function atLeast(version: string, minimum: string): boolean {
  const numbers = (text: string) =>
    (/\d+(?:\.\d+)*/.exec(text)?.[0] ?? "0").split(".").map(Number);
  const [left, right] = [numbers(version), numbers(minimum)];
  for (const [index, part] of right.entries()) {
    const difference = (left[index] ?? 0) - part;
    if (difference !== 0) return difference > 0;
  }
  return true;
}
