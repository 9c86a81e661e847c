/**
 * A program that runs tests: how to recognize its output, and how to find failed tests in it.
 *
 * @module
 */

/** A failed test, as the lines of a runner tell it. */
export interface Failure {
  /** The index of the line that names it. */
  at: number;
  /** The group that the runner gives it. */
  suite?: string | undefined;
  name: string;
  /** The lines about the failure. */
  body: readonly string[];
  /** Why it failed, if the lines need no search for it. */
  message?: string | undefined;
  /** The file of the test, which may be only the end of its path. */
  file?: string | undefined;
  /** The line where the test begins, or where it failed; counted from 1. */
  line?: number | undefined;
  /** The folder of files that the lines name without one. */
  folder?: string | undefined;
}

/** A program that runs tests, or several that write alike. */
export interface Runner {
  by: string;
  /** Lines that only this runner writes, and only if a test has failed; with the flag "m". */
  mark: RegExp;
  /** Finds the failed tests in the lines of a log that has the mark. */
  read(lines: readonly string[]): Failure[];
}

/** The lines from `from` up to `to`, which is excluded. */
export interface Section {
  from: number;
  to: number;
}

/** The lines around a section. */
interface Bounds {
  /** Its first line; without it, it begins behind the section before. */
  begin?: RegExp;
  /** The line below it. */
  end: RegExp;
}

/**
 * The sections that begin with the first line of a kind, and end before a line of another. The beginning of a log may be
 * cut off: then its first section has no beginning of its own.
 */
export function sectionsOf(
  lines: readonly string[],
  { begin, end }: Bounds,
): Section[] {
  const sections: Section[] = [];
  let from = begin ? undefined : 0;
  for (const [at, line] of lines.entries()) {
    if (begin?.test(line)) from ??= at;
    else if (end.test(line)) {
      if (sections.length === 0) from ??= 0;
      if (from !== undefined) sections.push({ from, to: at });
      from = begin ? undefined : at + 1;
    }
  }
  return sections;
}

/** A line that begins a block, and the lines below it. */
export interface Block<Head> {
  at: number;
  head: Head;
  body: string[];
}

/** How {@linkcode blocksOf} finds blocks. */
interface BlockOptions<Head> {
  section?: Section;
  /** The content of the line with this index, if it begins a block. */
  head: (line: string, at: number) => Head | undefined;
  /** A line that ends a block without beginning another. */
  end?: RegExp;
}

/** The most lines of a block that are kept at each of its ends. */
const MAX_BODY = 200;

/** The blocks in a section of lines. */
export function blocksOf<Head>(
  lines: readonly string[],
  { section, head, end }: BlockOptions<Head>,
): Block<Head>[] {
  const { from, to } = section ?? { from: 0, to: lines.length };
  const starts: { at: number; head: Head; last: number }[] = [];
  let open = false;
  for (let at = from; at < to; at++) {
    const line = lines[at]!;
    const own = head(line, at);
    const last = starts.at(-1);
    if (own !== undefined) {
      starts.push({ at, head: own, last: at });
      open = true;
    } else if (end?.test(line)) open = false;
    else if (open && last) last.last = at;
  }
  return starts.map(({ at, head, last }) => ({
    at,
    head,
    body: bothEnds(lines.slice(at + 1, last + 1)),
  }));
}

function bothEnds(lines: string[]): string[] {
  return lines.length <= 2 * MAX_BODY
    ? lines
    : [...lines.slice(0, MAX_BODY), ...lines.slice(-MAX_BODY)];
}

/** The named groups of a match, of which some may have matched nothing. */
export type Groups = Readonly<Record<string, string | undefined>>;

/** The named groups of a line that matches; undefined for another one. */
export function groupsOf(pattern: RegExp, line: string): Groups | undefined {
  return pattern.exec(line)?.groups;
}

/** The number in a group. */
export function numberIn(group: string | undefined): number | undefined {
  return group === undefined ? undefined : Number(group);
}

/** The lines without the indentation of the first one that is not empty. */
export function dedented(lines: readonly string[]): string[] {
  const first = lines.find((line) => line.trim()) ?? "";
  const indent = first.length - first.trimStart().length;
  return lines.map((line) =>
    line.slice(Math.min(indent, line.length - line.trimStart().length))
  );
}

/** Takes the entries with a key from the last to the first: of a log that is cut, the last ones are there. */
export function takeLast<T>(
  entries: readonly T[],
  keyOf: (one: T) => string,
): (key: string) => T | undefined {
  const own = Map.groupBy(entries, keyOf);
  return (key) => own.get(key)?.pop();
}
