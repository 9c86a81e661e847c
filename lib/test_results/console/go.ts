/**
 * Reads the output of `go test`, with and without `-v`: https://pkg.go.dev/cmd/go#hdr-Test_packages; and that of gotestsum.
 *
 * @module
 */

import {
  blocksOf,
  type Failure,
  groupsOf,
  numberIn,
  type Runner,
} from "./runner.ts";

/** A line that says which test the next lines are about, and whether it has failed. */
const TEST =
  /^ *(?:=== (?:RUN|CONT|NAME|PAUSE) +|--- (?<result>FAIL|PASS|SKIP): )(?<name>\S+)(?: \(\d[\d.]*s\))?$/;

/** The end of a package. */
const PACKAGE =
  /^(?:FAIL\t|ok +\t|\? +\t)(?<path>\S+)(?:\t| \[(?<why>(?:build|setup) failed)\]$)/;

/** The title of the compiler above the errors of a package. */
const COMPILED = /^# (?<path>\S+?)(?:_test)?(?: \[\S+\])?$/;

/** A place, which the compiler writes in front of the reason. */
const ERROR = /^(?<file>\S+\.go):(?<line>\d+)(?::\d+)?: (?<message>.+)$/;

/** The title of a failure in gotestsum's list, with its package. */
const LISTED = /^=== FAIL: (?<suite>\S+) (?<name>\S+) \(\d[\d.]*s\)$/;

/** The most lines that are kept about a test. */
const MAX_NOTES = 400;

/** The most groups around a test. */
const MAX_DEPTH = 10;

/** The state of reading. */
interface Reading {
  /** Lines, by the tests of the current package. */
  tests: Map<string, string[]>;
  /** Lines of the compiler, by packages. */
  builds: Map<string, string[]>;
  /** The lines that the next line belongs to. */
  current: string[] | undefined;
  /** The tests of the current package that have failed. */
  pending: Failure[];
  found: Failure[];
}

/** Go itself. */
export const GO: Runner = {
  by: "Go",
  mark: /^FAIL(?:\t\S+(?:\t| \[)|$)/m,
  read: (lines) => {
    const reading: Reading = {
      tests: new Map(),
      builds: new Map(),
      current: undefined,
      pending: [],
      found: [],
    };
    const listed = new Set<string | undefined>();
    for (const [at, line] of lines.entries()) {
      const one = groupsOf(LISTED, line);
      if (one) listed.add(one.name);
      else readLine({ at, line }, reading);
    }
    endPackage(undefined, reading);
    // Some formats of gotestsum have the output of Go, too.
    return reading.found.filter(({ name }) => !listed.has(name));
  },
};

function readLine(
  { at, line }: { at: number; line: string },
  reading: Reading,
): void {
  const { tests, builds, current } = reading;
  const test = groupsOf(TEST, line);
  const ended = groupsOf(PACKAGE, line);
  const compiled = groupsOf(COMPILED, line)?.path;
  if (test) {
    const name = test.name!;
    const body = reading.current = keptIn(tests, name);
    if (test.result === "FAIL") reading.pending.push({ at, name, body });
  } else if (ended?.path) {
    if (ended.why) {
      reading.found.push(unbuilt(ended.path, { at, why: ended.why, builds }));
    }
    endPackage(ended.path, reading);
  } else if (compiled && !hasTests(reading)) {
    reading.current = keptIn(builds, compiled);
  } else if (line === "FAIL" || line === "PASS") reading.current = undefined;
  else if (current && current.length < MAX_NOTES) current.push(line);
}

/** The lines that are kept for a key. */
function keptIn(all: Map<string, string[]>, key: string): string[] {
  const own = all.get(key) ?? [];
  all.set(key, own);
  return own;
}

/** Whether a test has begun whose package has not ended. */
function hasTests({ tests }: Reading): boolean {
  return tests.size > 0;
}

/** A package that could not be built. */
function unbuilt(
  path: string,
  { at, why, builds }: {
    at: number;
    why: string;
    builds: Reading["builds"];
  },
): Failure {
  const error = builds.get(path)?.map((line) => groupsOf(ERROR, line))
    .find(Boolean);
  return {
    ...{ at, suite: path, name: `[${why}]`, body: [] },
    message: error?.message,
    file: error?.file,
    line: numberIn(error?.line),
  };
}

/** Takes over the tests of a package. */
function endPackage(path: string | undefined, reading: Reading): void {
  for (const one of withoutParents(reading.pending)) {
    reading.found.push({ ...one, suite: path, folder: path });
  }
  reading.pending = [];
  reading.tests.clear();
  reading.current = undefined;
}

/** The tests without those that have failed only because of a test inside them. */
function withoutParents(tests: readonly Failure[]): Failure[] {
  const parents = new Set(tests.flatMap(({ name }) => {
    const parts = name.split("/").slice(0, MAX_DEPTH);
    return parts.map((_, i) => parts.slice(0, i).join("/"));
  }));
  return tests.filter(({ name, body }) =>
    !parents.has(name) || body.some((line) => line.trim())
  );
}

/** The list of gotestsum, below or instead of the output of Go. */
export const GOTESTSUM: Runner = {
  by: "gotestsum",
  mark: /^DONE \d+ tests?.* [1-9]\d* failures?/m,
  read: (lines) =>
    withoutParents(
      blocksOf(lines, {
        head: (line) => groupsOf(LISTED, line),
        end: /^(?:===|DONE) /,
      }).map(({ at, head: { suite, name = "" }, body }) => ({
        ...{ at, suite, name, folder: suite },
        body: body.filter((line) => !TEST.test(line)),
      })),
    ),
};
