/**
 * Splits a command line into its parts: flags with their values, and words.
 *
 * @module
 */

import type { Flag } from "../target.ts";

/** A flag on a command line. */
export interface Found {
  flag: Flag;
  /** As it is typed, such as "-f". */
  name: string;
  /** Absent for a switch, and for a flag whose value is missing. */
  value?: string;
}

/** A part of a command line. */
export type Part =
  & {
    /** The words of the command line that it stands in. */
    typed: readonly string[];
  }
  & (
    | { kind: "word" }
    /** Several where short ones are written together. */
    | { kind: "flags"; found: readonly Found[] }
    | { kind: "unknown"; name: string }
    /** A switch with a value. */
    | { kind: "no-value"; name: string }
  );

/** The parts of a command line without `--` and what follows it. */
export function partsOf(
  argv: readonly string[],
  table: readonly Flag[],
): Part[] {
  const parts: Part[] = [];
  for (let at = 0; at < argv.length;) {
    const word = argv[at]!;
    const part = !word.startsWith("-") || word === "-"
      ? { kind: "word" as const, typed: [word] }
      : word.startsWith("--")
      ? longFlag(word, { table, next: argv[at + 1] })
      : shortFlags(word, { table, next: argv[at + 1] });
    parts.push(part);
    at += part.typed.length;
  }
  return parts;
}

/** The known flags, and the word after the flag. */
interface Around {
  table: readonly Flag[];
  next: string | undefined;
}

function longFlag(word: string, { table, next }: Around): Part {
  const [, name = "", value] = /^(--[^=]*)(?:=([^]*))?$/.exec(word) ?? [];
  const flag = table.find((one) => `--${one.name}` === name);
  if (!flag) return { kind: "unknown", typed: [word], name };
  if (flag.value) return valued({ flag, name }, { word, own: value, next });
  return value === undefined
    ? { kind: "flags", typed: [word], found: [{ flag, name }] }
    : { kind: "no-value", typed: [word], name };
}

/** Short flags, such as `-n`, `-qn`, `-f FILE`, `-fFILE` and `-f=FILE`. */
function shortFlags(word: string, { table, next }: Around): Part {
  const letters = [...word.slice(1)];
  const found: Found[] = [];
  for (const [i, letter] of letters.entries()) {
    const name = `-${letter}`;
    const flag = table.find(({ short }) => short === letter);
    if (!flag) return { kind: "unknown", typed: [word], name };
    if (!flag.value) {
      found.push({ flag, name });
      continue;
    }
    const rest = letters.slice(i + 1).join("");
    const own = rest === "" ? undefined : rest.replace(/^=/, "");
    const last = valued({ flag, name }, { word, own, next });
    return { ...last, found: [...found, ...last.found] };
  }
  return { kind: "flags", typed: [word], found };
}

/** A flag with its own value, or with the next word as its value. */
function valued(
  found: Found,
  { word, own, next }: {
    word: string;
    own: string | undefined;
    next: string | undefined;
  },
) {
  const kind = "flags" as const;
  if (own !== undefined) {
    return { kind, typed: [word], found: [{ ...found, value: own }] };
  }
  // A flag is no value.
  const isValue = next !== undefined && (!next.startsWith("-") || next === "-");
  return isValue
    ? { kind, typed: [word, next], found: [{ ...found, value: next }] }
    : { kind, typed: [word], found: [found] };
}
