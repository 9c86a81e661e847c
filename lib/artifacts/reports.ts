/**
 * The reports of a run: copies them out of containers, and names the lost ones.
 *
 * @module
 */

import { matchesGlob } from "node:path";
import type { EngineApi } from "../engine/api.ts";
import { archive } from "../engine/archive.ts";
import type { ChildOptions } from "../plan/executor.ts";
import { copyTar } from "../reports/copy.ts";
import type { ReportFolder } from "../reports/folder.ts";
import {
  type Amount,
  type Copied,
  MAX_BYTES,
  MAX_FILES,
} from "../reports/write.ts";
import type { Collected } from "../state/record.ts";
import { ON_TMPFS, tmpfsIn } from "./mounts.ts";
import { findReports } from "./find_reports.ts";
import { harmless, placeOf } from "./report_place.ts";
import type { Redact } from "./log_lines.ts";

/** How the files of containers are collected. */
export interface CollectOptions extends ChildOptions {
  /** Aborted when the run is to end soon: then slow questions are not asked. */
  stop?: AbortSignal;
  /** Gets a line for each loss; default: `output`. */
  notice?: (line: string) => void;
}

/** Copies reports, and remembers which files were lost. */
interface ReportCopier {
  /** Copies the reports of a container that has ended; never rejects. */
  copy(from: Collected, options: CollectOptions): Promise<void>;
  /** A line for each file that was lost. */
  lost(): string[];
  /** The services of the reports that were found without being named, by their paths in the folder. */
  found(): ReadonlyMap<string, string>;
  /** The services of the reports that are named, by their paths in the folder. */
  services(): ReadonlyMap<string, string>;
}

/** The outcome of copying one report. */
interface Known {
  /** As the Compose file names it; absent for reports that are found. */
  path?: string;
  lines: string[];
  copied?: Copied;
  /** Whether a container need not be looked at again to find reports. */
  isWhole?: boolean;
}

/** The state that all copies of a run share. */
interface Copies {
  api: EngineApi;
  folder: ReportFolder;
  /** Outcomes by container and path: a container may be collected again. */
  known: Map<string, Known>;
  used: Amount;
  /** Which report has taken which name on the host. */
  taken: Map<string, string>;
  /** The place of each report that was found, by container and path. */
  places: Map<string, string>;
  /** The service of each of them, by its place. */
  found: Map<string, string>;
  /** The service of each report that is named, by its place. */
  services: Map<string, string>;
  /** Makes a function that hides secrets. */
  redact?: (() => Redact) | undefined;
}

/** The copier of a run. */
export function reportCopier(
  { collected = [], ...options }: Pick<Copies, "api" | "folder" | "redact"> & {
    /** All containers from which files are collected. */
    collected?: readonly Collected[];
  },
): ReportCopier {
  const isShared = (path: string) =>
    collected.filter(({ reports }) => reports.includes(path)).length > 1;
  const known: Copies["known"] = new Map();
  const copies: Copies = {
    ...options,
    known,
    used: { files: 0, bytes: 0 },
    taken: new Map(),
    places: new Map(),
    found: new Map(),
    services: new Map(),
  };
  let told = "";
  return {
    copy: async (from, options) => {
      const { container, service, reports } = from;
      const { output, signal, notice = output } = options;
      await Promise.all([...new Set(reports)].map(async (path) => {
        const report = { container, service, path, signal };
        const { lines, copied } = await copyReport(report, copies);
        // Another test service may write one that is missing here: the end tells.
        const isOpen = copied?.found === false && isShared(path);
        if (!isOpen) lines.forEach(notice);
      }));
      await findIn(from, options, copies);
      const beyond = beyondLine(known);
      if (beyond && beyond !== told) notice(beyond);
      told = beyond;
    },
    lost: () => {
      const all = [...known.values()];
      const lines = all.filter((one) => !isElsewhere(one, all))
        .flatMap(({ lines }) => lines);
      return [...new Set(lines), beyondLine(known)].filter(Boolean);
    },
    found: () => copies.found,
    services: () => copies.services,
  };
}

/** Whether a report is only missing in one container because another test service writes it. */
function isElsewhere({ path, copied }: Known, all: readonly Known[]): boolean {
  const isThere = (one: Known) => (one.copied?.files ?? 0) > 0;
  return path !== undefined && copied?.found === false &&
    all.some((other) => other.path === path && isThere(other));
}

/** Finds the reports of a container, once, if the Compose file names none. */
async function findIn(
  { container, service, finds: key }: Collected,
  { output, signal, stop, notice = output }: CollectOptions,
  { known, found, ...copies }: Copies,
): Promise<void> {
  const id = `${container}:`;
  if (key === undefined || known.get(id)?.isWhole || signal.aborted) return;
  const { lines, lost, end } = losses(`"${service}"`);
  const { files, lines: told, isWhole } = await findReports({
    ...{ ...copies, container, service, key, signal, lost },
    isHurried: stop?.aborted ?? false,
  });
  end();
  known.set(id, { lines, isWhole });
  for (const { place } of files) found.set(place, service);
  told.forEach(output);
  lines.forEach(notice);
}

/** A line about files beyond the limits of a run; "" if there are none. */
function beyondLine(known: Copies["known"]): string {
  const all = [...known.values()]
    .flatMap(({ copied }) =>
      copied && copied.beyond.files > 0 ? copied.beyond : []
    );
  const files = all.reduce((sum, { files }) => sum + files, 0);
  const bytes = all.reduce((sum, { bytes }) => sum + bytes, 0);
  const path = harmless(all[0]?.path ?? "");
  const more = files === 1 ? "" : ` and ${files - 1} more`;
  return files === 0
    ? ""
    : `no report ${path}${more}, ${gib(bytes)}: a run copies at most ${
      gib(MAX_BYTES)
    } and ${MAX_FILES.toLocaleString("en")} files`;
}

function gib(bytes: number): string {
  return `${Number((bytes / 2 ** 30).toFixed(2))} GiB`;
}

/** How many lost files of a report are named; further ones are counted. */
const NAMED = 10;

interface Report {
  container: string;
  service: string;
  /** A file, a folder, or a glob. */
  path: string;
  signal: AbortSignal;
}

async function copyReport(
  report: Report,
  copies: Copies,
): Promise<Known> {
  const { known, used } = copies;
  const key = `${report.container}:${report.path}`;
  const before = known.get(key)?.copied;
  used.files -= before?.files ?? 0;
  used.bytes -= before?.bytes ?? 0;
  const { lines, lost, end } = losses(report.path);
  const own: Known = { lines, path: report.path };
  known.set(key, own);
  try {
    const copied = await copyOut(report, { ...copies, key, lost });
    if (copied) own.copied = copied;
  } catch (error) {
    lost(report.path, (error as Error).message);
  }
  end();
  return own;
}

/** Collects lines about the lost files of a report, only so many of them; `end` adds a line about the others. */
function losses(report: string) {
  const lines: string[] = [];
  let more = 0;
  return {
    lines,
    lost: (path: string, why: string) => {
      if (lines.length >= NAMED) more++;
      else lines.push(`no report ${harmless(path)}: ${harmless(why)}`);
    },
    end: () => {
      if (more > 0) lines.push(`no report of ${more} more files of ${report}`);
    },
  };
}

interface CopyOut extends Copies {
  key: string;
  lost(path: string, why: string): void;
}

async function copyOut(
  { container, service, path, signal }: Report,
  { key, lost, folder, api, used, taken, services }: CopyOut,
): Promise<Copied | undefined> {
  const parts = path.replace(/\/+$/, "").split("/");
  // The engine does not know globs: the folder before the first one is copied, and only matching files are kept.
  const first = parts.findIndex((part) => /[*?[{]/.test(part));
  const report = parts.slice(0, first < 0 ? undefined : first).join("/");
  const glob = first < 0 ? undefined : parts.slice(first).join("/");
  if (signal.aborted) return void lost(path, "stopped");
  const sent = archive(api, container, report || "/.", signal);
  const place = (own: readonly string[]) => {
    const name = own.join("/");
    if (glob !== undefined && !matchesGlob(name, glob)) return undefined;
    const place = placeOf(name, { key, service, report, taken });
    services.set(place, service);
    return place;
  };
  let losses = 0;
  const copied = await copyTar(sent.tar, {
    ...{ folder: folder.path, report, used, place, signal },
    ensure: folder.ensure,
    lost: (path, why) => {
      losses++;
      lost(path, why);
    },
  });
  const isPartial = !copied.found || copied.broken;
  const problem = copied.problem ??
    (isPartial ? sent.problem() : undefined) ??
    (copied.broken ? "the engine has not sent all of it" : undefined);
  const onTmpfs = !copied.found || copied.empty.length > 0
    ? await tmpfsIn(copied.empty, { container, report, api })
    : [];
  onTmpfs.forEach((path) => lost(path, ON_TMPFS));
  if (onTmpfs.length > 0 && !copied.found) return copied;
  if (problem !== undefined) lost(path, problem);
  const { files, beyond } = copied;
  const isNothing = files + beyond.files + losses + onTmpfs.length === 0;
  if (isNothing && problem === undefined) {
    lost(
      path,
      glob === undefined ? "the folder is empty" : `nothing matches ${path}`,
    );
  }
  return copied;
}
