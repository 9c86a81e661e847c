/**
 * Finds many patterns in one pass, by an automaton of Aho and Corasick (https://doi.org/10.1145/360825.360855), in linear
 * time for any number of patterns. This is own code, because packages for it search only whole strings, not chunks of bytes.
 *
 * @module
 */

/** A text or bytes: units from 0 to 65535. */
export type Units = ArrayLike<number>;

/** The automaton of some patterns; it begins in state 0, in which nothing has matched. */
export interface Automaton {
  /** The state after one more unit. */
  next(state: number, unit: number): number;
  /** How many of the last units may be the beginning of a match. */
  depth(state: number): number;
  /** The length of the longest pattern that ends here; 0 if none does. */
  matched(state: number): number;
}

/** A trie in flat arrays, an entry for each state. */
interface Trie {
  unit: Uint16Array;
  /** The first following state, and its next sibling; 0 means none. */
  child: Int32Array;
  sibling: Int32Array;
  depth: Int32Array;
  matched: Int32Array;
  /** The states that follow state 0, by unit, for speed: most units of any text are looked up here. */
  first: Int32Array;
  count: number;
}

/** Makes the automaton; ignores an empty pattern. */
export function automaton(patterns: readonly Units[]): Automaton {
  const trie = trieOf(patterns);
  const { unit: units, child, sibling, first, depth, matched } = trie;
  const fallback = fallbacksOf(trie);
  return {
    // This is called for each unit of all output, so it must be fast.
    next: (state, unit) => {
      while (state !== 0) {
        let found = child[state]!;
        while (found !== 0 && units[found] !== unit) found = sibling[found]!;
        if (found !== 0) return found;
        state = fallback[state]!;
      }
      return first[unit]!;
    },
    depth: (state) => depth[state]!,
    matched: (state) => matched[state]!,
  };
}

function trieOf(patterns: readonly Units[]): Trie {
  const most = patterns.reduce((sum, { length }) => sum + length, 1);
  const trie: Trie = {
    unit: new Uint16Array(most),
    child: new Int32Array(most),
    sibling: new Int32Array(most),
    depth: new Int32Array(most),
    matched: new Int32Array(most),
    first: new Int32Array(65536),
    count: 1,
  };
  for (const pattern of patterns) {
    let state = 0;
    for (let i = 0; i < pattern.length; i++) {
      state = follow(trie, state, pattern[i]!) ||
        grow(trie, state, pattern[i]!);
    }
    trie.matched[state] = trie.depth[state]!;
  }
  return trie;
}

function follow(
  { unit: units, child, sibling, first }: Trie,
  state: number,
  unit: number,
): number {
  if (state === 0) return first[unit]!;
  let found = child[state]!;
  while (found !== 0 && units[found] !== unit) found = sibling[found]!;
  return found;
}

/** Adds a following state, and returns it. */
function grow(trie: Trie, state: number, unit: number): number {
  const added = trie.count++;
  trie.unit[added] = unit;
  trie.depth[added] = trie.depth[state]! + 1;
  trie.sibling[added] = trie.child[state]!;
  trie.child[state] = added;
  if (state === 0) trie.first[unit] = added;
  return added;
}

/** For each state, the state of the longest proper suffix that begins a pattern, too; computed breadth first. */
function fallbacksOf(trie: Trie): Int32Array {
  const { unit, child, sibling, matched, count } = trie;
  const fallback = new Int32Array(count);
  const queue = new Int32Array(count);
  let added = 1;
  for (let at = 0; at < added; at++) {
    const state = queue[at]!;
    for (let next = child[state]!; next !== 0; next = sibling[next]!) {
      queue[added++] = next;
      if (state === 0) continue;
      let shorter = fallback[state]!;
      let found = follow(trie, shorter, unit[next]!);
      while (found === 0 && shorter !== 0) {
        shorter = fallback[shorter]!;
        found = follow(trie, shorter, unit[next]!);
      }
      fallback[next] = found;
      matched[next] ||= matched[found]!;
    }
  }
  return fallback;
}
