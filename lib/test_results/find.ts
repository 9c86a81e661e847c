/**
 * Finds tests and coverage in the files and logs that a run has collected.
 *
 * @module
 */

import { type Coverage, parseCoverage } from "./coverage.ts";
import type { TestCase } from "./cases.ts";
import { parseJUnit } from "./junit.ts";
import { MAX_TAP, parseTap } from "./tap.ts";
import { newRoom, type Room, turn } from "./limits.ts";
import { MAX_XML } from "./xml.ts";

/** A text file in the folder of a run, read only on request. */
export interface ReportFile {
  /** Relative to the run's folder. */
  path: string;
  /** Bytes. */
  size(): Promise<number>;
  text(): Promise<string>;
}

/** The tests that were found. */
export interface TestsFound {
  suites: { service: string; cases: TestCase[] }[];
  coverage: Coverage | undefined;
  /** A line for each file that could not be read, with the reason. */
  problems: string[];
}

/** The files and logs that {@linkcode findTests} reads. */
export interface TestSources {
  /** The files that were copied out of containers. */
  reports: readonly ReportFile[];
  /** The service whose container had the reports. */
  service: string;
  /** The logs of one-shots, to which a TAP producer such as bats may have written its results. */
  logs: readonly { service: string; text: string }[];
  /**
   * The files of the repository, relative to the caller's working directory. Places of failed tests, which are paths in a
   * container, are looked up among them. Called only if there are failed tests.
   */
  files: () => Promise<readonly string[]>;
}

/** The most bytes of files that are read in a run. */
const MAX_ALL = 64_000_000;

/** Milliseconds after which no further file is read: a file of ten million characters takes at most two seconds. */
const MAX_MS = 30_000;

/** The most files that are considered, and the most problems that are named. */
const MAX_FILES = 10_000;
const MAX_PROBLEMS = 20;

/**
 * Reads JUnit and coverage from files and TAP from logs, sequentially, within the limits of a run. A broken file, or one
 * that exceeds the limits, becomes a problem, not an error.
 */
export async function findTests(
  { reports, service, logs, files }: TestSources,
): Promise<TestsFound> {
  const room = newRoom();
  const suites: TestsFound["suites"] = [];
  const { cases, coverage, problems, counts } = await readFiles(reports, room);
  // A report that counts no test says so.
  if (counts) suites.push({ service, cases });
  for (const { service, text } of logs) {
    const cases = await parseTap(untimed(text), room);
    if (cases) suites.push({ service, cases });
  }
  if (room.beyond > 0) {
    problems.push(`${room.beyond} more tests: a run reads at most 10,000`);
  }
  return {
    suites: await placedIn(suites, files),
    coverage,
    problems,
  };
}

/** The tests and the coverage in the files. */
async function readFiles(reports: readonly ReportFile[], room: Room) {
  const cases: TestCase[] = [];
  const problems: string[] = [];
  let coverage: Coverage | undefined;
  let counts = false;
  const begun = performance.now();
  let left = MAX_ALL;
  let [lost, unread] = [0, Math.max(0, reports.length - MAX_FILES)];
  for (const report of reports.slice(0, MAX_FILES)) {
    // A file that was removed in the meantime counts as empty.
    const size = await report.size().catch(() => 0);
    try {
      const most = mostOf(report);
      if (size > most) throw new Error(`larger than ${most / 1_000_000} MB`);
      if (size > left || performance.now() - begun > MAX_MS) {
        unread++;
        continue;
      }
      left -= size;
      const found = await readFile(report, room);
      coverage = found.coverage ?? coverage;
      if (found.isUnread) unread++;
      if (found.cases) counts = true;
      for (const one of found.cases ?? []) cases.push(one);
    } catch (error) {
      const { message } = error as Error;
      if (problems.length >= MAX_PROBLEMS) lost++;
      else problems.push(`${report.path.slice(0, MAX_PATH)}: ${message}`);
    }
  }
  if (lost > 0) problems.push(`${lost} more files`);
  if (unread > 0) {
    const megabytes = MAX_ALL / 1_000_000;
    problems.push(
      `${unread} more files: a run reads at most ${megabytes} MB and 10,000 tests`,
    );
  }
  return { cases, coverage, problems, counts };
}

async function readFile(
  { path, text }: ReportFile,
  room: Room,
): Promise<{ cases?: TestCase[]; coverage?: Coverage; isUnread?: boolean }> {
  const whole = await text();
  await turn();
  if (isTap(path)) {
    const cases = await parseTap(whole, room);
    return cases ? { cases } : {};
  }
  const coverage = await parseCoverage(whole);
  if (coverage) return { coverage };
  if (!path.endsWith(".xml")) return {};
  if (room.cases === 0) return { isUnread: true };
  const cases = await parseJUnit(whole, room);
  return cases ? { cases } : {};
}

function isTap(path: string): boolean {
  return path.endsWith(".tap");
}

/** The most bytes of a file that is read; each character has at least one. */
function mostOf({ path }: ReportFile): number {
  return isTap(path) ? MAX_TAP : MAX_XML;
}

/** The suites, with the files of the repository in place of those in the container where tests have failed. */
async function placedIn(
  suites: TestsFound["suites"],
  files: TestSources["files"],
): Promise<TestsFound["suites"]> {
  const isPlaced = ({ result, file }: TestCase) =>
    result === "failed" && file !== undefined;
  if (!suites.some(({ cases }) => cases.some(isPlaced))) return suites;
  const known = byName(await files());
  return suites.map(({ service, cases }) => ({
    service,
    cases: cases.map((one) => isPlaced(one) ? placed(one, known) : one),
  }));
}

/** A log without the engine's times. */
function untimed(text: string): string {
  return text.replace(/^\d{4}-\d\d-\d\dT[\d:.]+Z /gm, "");
}

/** Files by the last part of their paths. */
type ByName = ReadonlyMap<string, readonly string[]>;

function byName(files: readonly string[]): ByName {
  return Map.groupBy(files, (file) => file.slice(file.lastIndexOf("/") + 1));
}

/** The most UTF-16 units of a path, and how many of its last parts are compared. */
const MAX_PATH = 1_000;
const MAX_PARTS = 20;

/** A test case whose file is replaced by the file of the repository that shares the longest end of its path. */
function placed(one: TestCase, known: ByName): TestCase {
  if (one.file === undefined || one.file.length > MAX_PATH) return one;
  const parts = one.file.split("/")
    .filter((part) => !["", "."].includes(part)).slice(-MAX_PARTS);
  const files = known.get(parts.at(-1) ?? "") ?? [];
  for (let i = 0; i < parts.length; i++) {
    const end = parts.slice(i).join("/");
    const found = files.filter((file) =>
      file === end || file.endsWith(`/${end}`)
    );
    if (found.length === 1) return { ...one, file: found[0]! };
    // It is unknown which of several files it is.
    if (found.length > 1) break;
  }
  return one;
}
