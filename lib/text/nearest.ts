/**
 * Finds the word that a person probably means.
 *
 * @module
 */

/** A suggestion differs from the word by at most so many edits; from a short word by one. */
const MOST_EDITS = 2;
const SHORT = 4;

/** The most characters of a word, and the most words, that are compared. */
const LONGEST = 100;
const MOST_WORDS = 1_000;

/** The nearest of some words; undefined if none is near. Loads its packages late: they would cost `version` a millisecond. */
export async function nearestOf(
  word: string,
  words: readonly string[],
): Promise<string | undefined> {
  if (words.length === 0 || word.length > LONGEST) return undefined;
  const { levenshteinDistance } = await import(
    "@std/text/levenshtein-distance"
  );
  const most = word.length <= SHORT ? 1 : MOST_EDITS;
  let nearest: { word: string; edits: number } | undefined;
  for (const other of words.slice(0, MOST_WORDS)) {
    if (Math.abs(other.length - word.length) > most) continue;
    const [one, two] = [word.toLowerCase(), other.toLowerCase()];
    const edits = isSwapped(one, two) ? 1 : levenshteinDistance(one, two);
    if (edits <= most && edits < (nearest?.edits ?? Infinity)) {
      nearest = { word: other, edits };
    }
  }
  return nearest?.word;
}

/** Whether two neighboring letters have changed places. */
function isSwapped(one: string, other: string): boolean {
  const at = [...one].findIndex((letter, i) => letter !== other[i]);
  return at >= 0 && one.length === other.length &&
    one.slice(0, at) + one[at + 1] + one[at] + one.slice(at + 2) === other;
}
