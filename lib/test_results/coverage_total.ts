/**
 * The total coverage of several reports, such as those of the packages of a monorepo.
 *
 * @module
 */

import type { Coverage, CoverageReport } from "./coverage.ts";
import { turn } from "./limits.ts";
import {
  type ByName,
  byName,
  fileAtEnd,
  fileFrom,
  fileLike,
} from "./repository_files.ts";

/** A report, and where it is: relative to the run's folder. */
export interface PlacedReport {
  path: string;
  report: CoverageReport;
}

/**
 * The total of the reports. A line of a file that occurs in several of them counts once, and as covered if it ran for any
 * of them. The total that a report itself names is used if no other report has one of its files.
 *
 * @param files the files of the repository, which tell what relative paths mean
 */
export async function totalCoverage(
  reports: readonly PlacedReport[],
  files: readonly string[],
): Promise<Coverage | undefined> {
  if (reports.length === 0) return undefined;
  const nameOf = namer(reports, byName(files));
  const all: Merged = { lines: new Map(), totals: new Map() };
  /** The first report that has each file, and the reports that share one with another. */
  const owners = new Map<string, PlacedReport>();
  const shared = new Set<PlacedReport>();
  const own = (name: string, report: PlacedReport) => {
    const owner = owners.get(name) ?? report;
    owners.set(name, owner);
    if (owner !== report) shared.add(owner).add(report);
  };
  let count = 0;
  for (const placed of reports) {
    const { report } = placed;
    for (const file of [...report.lines.keys(), ...report.totals.keys()]) {
      const name = nameOf(file, placed);
      own(name, placed);
      merge(all, name, report, file);
      if (++count % TURN_EVERY === 0) await turn();
    }
  }
  for (const name of all.lines.keys()) all.totals.delete(name);
  const alone = reports.filter((one) => !shared.has(one));
  return sum([
    sumOf(all),
    ...alone.flatMap(({ report }) => beyondLines(report)),
  ]);
}

/** How many files are merged without a turn of the event loop. */
const TURN_EVERY = 100;

/** The lines and totals of files. */
type Merged = Pick<CoverageReport, "lines" | "totals">;

/** Adds a file of a report, under its name in all of them. */
function merge(
  all: Merged,
  name: string,
  report: CoverageReport,
  file: string,
): void {
  const hits = report.lines.get(file);
  const known = all.lines.get(name);
  if (hits && !known) all.lines.set(name, new Map(hits));
  for (const [line, hit] of known && hits || []) {
    known!.set(line, hit || known!.get(line) === true);
  }
  const total = report.totals.get(file);
  const best = all.totals.get(name);
  if (total && (!best || best.covered < total.covered)) {
    all.totals.set(name, total);
  }
}

/** The difference between the total that a report names and its lines. */
function beyondLines(report: CoverageReport): Coverage[] {
  const { told } = report;
  if (!told) return [];
  const counted = sumOf(report);
  return [{
    lines: told.lines - counted.lines,
    covered: told.covered - counted.covered,
  }];
}

function sumOf({ lines, totals }: Merged): Coverage {
  return sum([...[...lines.values()].map(countOf), ...totals.values()]);
}

function countOf(lines: ReadonlyMap<number, boolean>): Coverage {
  return {
    lines: lines.size,
    covered: [...lines.values()].filter(Boolean).length,
  };
}

function sum(totals: Iterable<Coverage>): Coverage {
  const all = { lines: 0, covered: 0 };
  for (const { lines, covered } of totals) {
    all.lines += lines;
    all.covered += covered;
  }
  return all;
}

/** Names a file of a report, so that all reports call it the same. */
function namer(
  reports: readonly PlacedReport[],
  known: ByName,
): (file: string, placed: PlacedReport) => string {
  if (reports.length === 1) return (file) => file;
  const all = reports.flatMap(({ report: { lines, totals } }) => [
    ...lines.keys(),
    ...totals.keys(),
  ]);
  const absolute = byName(new Set(all.filter(isAbsolute)));
  const ofAbsolute = (path: string) => {
    const like = fileLike(path, known) ?? fileAtEnd(path, known);
    const end = like?.split("/").slice(-2).join("/");
    // A common last part alone proves nothing.
    return like && `/${path}`.endsWith(`/${end}`) ? like : path;
  };
  return (file, { path: report }) => {
    const path = file.replaceAll("\\", "/").replace(/^\.\//, "");
    if (isAbsolute(path)) return ofAbsolute(path);
    const found = fileFrom(path, { report, known });
    if (found !== undefined && found !== "unknown") return found;
    const like = fileFrom(path, { report, known: absolute });
    if (like !== undefined && like !== "unknown") return ofAbsolute(like);
    // Nothing tells that one of several files is that of another report.
    return found === "unknown" ? `${report}: ${path}` : path;
  };
}

/** Whether a path begins at a root, on any system. */
function isAbsolute(path: string): boolean {
  return /^(?:[\\/]|\w:)/.test(path);
}
