/**
 * Reads the files that a run has collected, within the limits of a run.
 *
 * @module
 */

import {
  type CoverageRoom,
  newCoverageRoom,
  parseCoverage,
} from "./coverage.ts";
import type { PlacedReport } from "./coverage_total.ts";
import type { TestCase } from "./cases.ts";
import { parseJUnit } from "./junit.ts";
import { MAX_TAP, parseTap } from "./tap.ts";
import { newRoom, type Room, takes, turn } from "./limits.ts";
import { withoutRepeated } from "./same_tests.ts";
import { MAX_XML } from "./xml.ts";

/** A text file in the folder of a run, read only on request. */
export interface ReportFile {
  /** Relative to the run's folder. */
  path: string;
  /** Bytes. */
  size(): Promise<number>;
  text(): Promise<string>;
}

/** The content of the files. */
export interface FilesRead {
  /** The cases of each file that is a report of tests. */
  tests: TestCase[][];
  coverage: PlacedReport[];
  /** A line for each file that could not be read, with the reason. */
  problems: string[];
}

/** The most bytes of files that are read in a run. */
const MAX_ALL = 64_000_000;

/** Milliseconds after which no further file is read: a file of ten million characters takes at most two seconds. */
const MAX_MS = 30_000;

/** The most files that are considered, and the most problems that are named. */
const MAX_FILES = 10_000;
const MAX_PROBLEMS = 20;

/** The most UTF-16 units of a path in a problem. */
const MAX_PATH = 1_000;

/** The room that is left in a run, for each kind of report. */
interface Rooms {
  tests: Room;
  coverage: CoverageRoom;
  /** Hashes of the reports so far: a copy of one counts nothing. */
  seen: Set<string>;
}

/** Reads the files sequentially: TAP after the others, because reports tell more of the same tests. */
export async function readFiles(
  reports: readonly ReportFile[],
  tests: Room,
): Promise<FilesRead> {
  const read: FilesRead = { tests: [], coverage: [], problems: [] };
  const rooms = { tests, coverage: newCoverageRoom(), seen: new Set<string>() };
  const begun = performance.now();
  let left = MAX_ALL;
  let [lost, unread] = [0, Math.max(0, reports.length - MAX_FILES)];
  for (const report of inOrder(reports.slice(0, MAX_FILES))) {
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
      const isRead = await readFile(report, read, rooms);
      if (!isRead) unread++;
    } catch (error) {
      const { message } = error as Error;
      if (read.problems.length >= MAX_PROBLEMS) lost++;
      else read.problems.push(`${report.path.slice(0, MAX_PATH)}: ${message}`);
    }
  }
  if (lost > 0) read.problems.push(`${lost} more files`);
  if (unread > 0) {
    const megabytes = MAX_ALL / 1_000_000;
    read.problems.push(
      `${unread} more files: a run reads at most ${megabytes} MB and 10,000 tests`,
    );
  }
  return read;
}

/** The files with TAP at the end. */
function inOrder(reports: readonly ReportFile[]): readonly ReportFile[] {
  const [tap, others] = [reports.filter(isTap), reports.filter(isOther)];
  return [...others, ...tap];
}

/** Reads a file; returns false if there is no room for its tests. */
async function readFile(
  report: ReportFile,
  read: FilesRead,
  rooms: Rooms,
): Promise<boolean> {
  const { path } = report;
  const text = await report.text();
  await turn();
  const hash = await hashOf(text);
  if (rooms.seen.has(hash)) return true;
  rooms.seen.add(hash);
  if (isTap(report)) {
    const cases = await newTap(text, read.tests, rooms.tests);
    if (cases) read.tests.push(cases);
    return true;
  }
  const coverage = await parseCoverage(text, rooms.coverage);
  if (coverage) read.coverage.push({ path, report: coverage });
  if (coverage || !path.endsWith(".xml")) return true;
  if (rooms.tests.cases === 0) return false;
  const cases = await parseJUnit(text, rooms.tests);
  if (cases) read.tests.push(cases);
  return true;
}

async function hashOf(text: string): Promise<string> {
  const bytes = new TextEncoder().encode(text);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

/**
 * The cases of TAP that the reports do not have; undefined if the text is no TAP, or if it tells nothing but tests of theirs.
 *
 * @param room the remaining room of the run; the cases use it up
 */
export async function newTap(
  text: string,
  reports: readonly TestCase[][],
  room: Room,
): Promise<TestCase[] | undefined> {
  const own = newRoom();
  const cases = await parseTap(text, own);
  if (!cases) return undefined;
  const rest = withoutRepeated(cases, reports);
  if (rest.length === 0 && cases.length > 0) return undefined;
  room.beyond += own.beyond;
  return rest.filter((one) => takes(room, one));
}

function isTap({ path }: ReportFile): boolean {
  return path.endsWith(".tap");
}

function isOther(report: ReportFile): boolean {
  return !isTap(report);
}

/** The most bytes of a file that is read; each character has at least one. */
function mostOf(report: ReportFile): number {
  return isTap(report) ? MAX_TAP : MAX_XML;
}
