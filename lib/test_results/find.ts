/**
 * Finds tests and coverage in the files and logs that a run has collected.
 *
 * @module
 */

import type { Coverage } from "./coverage.ts";
import { untimed } from "../text/log_time.ts";
import { totalCoverage } from "./coverage_total.ts";
import type { TestCase } from "./cases.ts";
import { newRoom } from "./limits.ts";
import { newTap, readFiles, type ReportFile } from "./read_files.ts";
import { type ByName, byName, fileLike } from "./repository_files.ts";

export type { ReportFile } from "./read_files.ts";

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
  /** The services whose containers had the reports, by their paths. */
  services?: ReadonlyMap<string, string>;
  /** The service of all other reports. */
  service: string;
  /** The logs of one-shots, to which a TAP producer such as bats may have written its results. */
  logs: readonly { service: string; text: string }[];
  /**
   * The files of the repository, relative to the caller's working directory. Places of failed tests, which are paths in a
   * container, are looked up among them, and files of which several reports have the coverage. Called only if there are any.
   */
  files: () => Promise<readonly string[]>;
}

/**
 * Reads JUnit, TAP and coverage from files and TAP from logs, sequentially, within the limits of a run. Tests that a service
 * has told in a report and in its log count once. A broken file, or one that exceeds the limits, becomes a problem, not an
 * error.
 */
export async function findTests(
  { reports, services, service, logs, files: list }: TestSources,
): Promise<TestsFound> {
  const room = newRoom();
  const suites: TestsFound["suites"] = [];
  const coverage: Awaited<ReturnType<typeof readFiles>>["coverage"] = [];
  const problems: string[] = [];
  const told = new Map<string, TestCase[][]>();
  const own = Map.groupBy(
    reports,
    ({ path }) => services?.get(path) ?? service,
  );
  for (const [service, reports] of own) {
    const read = await readFiles(reports, room);
    coverage.push(...read.coverage);
    problems.push(...read.problems);
    told.set(service, read.tests);
    // A report that counts no test says so.
    const cases = read.tests.flat();
    if (read.tests.length > 0) suites.push({ service, cases });
  }
  for (const log of logs) {
    const known = told.get(log.service) ?? [];
    const cases = await newTap(untimed(log.text), known, room);
    if (cases) suites.push({ service: log.service, cases });
  }
  if (room.beyond > 0) {
    problems.push(`${room.beyond} more tests: a run reads at most 10,000`);
  }
  return {
    suites: await placedIn(suites, list),
    coverage: await totalCoverage(
      coverage,
      coverage.length > 1 ? await list() : [],
    ),
    problems,
  };
}

/** The suites, with the files of the repository in place of those in the container where tests have failed. */
export async function placedIn(
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

/** A test case whose file is replaced by the file of the repository that shares the longest end of its path. */
function placed(one: TestCase, known: ByName): TestCase {
  const file = one.file && fileLike(one.file, known);
  return file ? { ...one, file } : one;
}
