/**
 * Finds the reports of a container that has ended, where no configuration names them: among the files that it has changed,
 * and in its mounts. A problem is told, and never fails a run.
 *
 * @module
 */

import { stayingOf } from "./found_check.ts";
import type { Redact } from "./log_lines.ts";
import { dirname } from "node:path";
import { changesOf } from "../engine/changes.ts";
import { EngineError } from "../engine/http.ts";
import { describe, type Described, isIn, normal, tmpfsOf } from "./mounts.ts";
import { mountedLooks } from "./mounted_reports.ts";
import { harmless } from "./report_place.ts";
import { isReportFolder, mayBeReport } from "./report_kinds.ts";
import {
  FOUND,
  type FoundFile,
  lookAt,
  type Looking,
  READ,
} from "./report_look.ts";

/** How long (ms) to look for the reports of a container. */
const WITHIN = 15_000;

/** How long (ms) a look without a result may take before a line says how to do without. */
const SLOW = 2_000;

/**
 * How much older (s) a report may be than the start of its container: the engine notes the start after the program has
 * begun, archives have whole seconds, and the clock of a mounted file system may be another one.
 */
const OLDER = 1;

/** How many files of one folder of reports are read together; fewer are read one by one. */
const TOGETHER = 8;

/** The most files that are read one by one. */
const ONE_BY_ONE = 200;

/** Options of {@linkcode findReports}. */
export type FindOptions =
  & Omit<Looking, "since" | "found" | "bytes" | "seen">
  & {
    /** The key of the Compose file that would name the reports. */
    key: string;
    /** Makes a function that hides secrets. */
    redact?: (() => Redact) | undefined;
    /** Whether the run is to end soon, so that the engine does not list the changed files. */
    isHurried: boolean;
  };

/** The reports that were found. */
export interface Found {
  files: readonly FoundFile[];
  /** Lines for the user. */
  lines: readonly string[];
  /** Whether all of the container was looked at, so that it need not be looked at again. */
  isWhole: boolean;
}

/** Finds and copies the reports of a container. Never rejects. */
export async function findReports(
  { key, redact, isHurried, ...options }: FindOptions,
): Promise<Found> {
  const { service, signal } = options;
  const late = AbortSignal.timeout(WITHIN);
  const looking: Looking = {
    ...options,
    ...{ since: 0, found: [], bytes: 0, seen: new Set() },
    signal: AbortSignal.any([signal, late]),
  };
  const missed: string[] = [];
  const lines: string[] = [];
  const begun = performance.now();
  try {
    lines.push(
      ...await lookEverywhere(looking, {
        missed: (what) => missed.push(what),
        isHurried,
      }),
    );
  } catch (error) {
    const isGone = error instanceof EngineError && error.status === 404;
    if (!isGone && !looking.signal.aborted) {
      const { message } = error as Error;
      lines.push(`cannot look for reports in "${service}": ${message}`);
    }
  }
  if (late.aborted && !signal.aborted) {
    missed.push(
      `looked for reports in "${service}" for ${WITHIN / 1000} s only`,
    );
  }
  const files = await stayingOf(looking.found, {
    ...{ key, redact, lost: options.lost },
    folder: options.folder.path,
  });
  const ms = performance.now() - begun;
  if (files.length + missed.length === 0 && ms > SLOW && !signal.aborted) {
    const seconds = (ms / 1000).toFixed(1);
    lines.push(
      `found no report in "${service}" in ${seconds} s; say ${key}: [] to look for none`,
    );
  }
  return {
    files,
    lines: [
      ...(files.length > 0
        ? [`${foundText(files)} in "${service}"; say ${key} to choose`]
        : []),
      ...missed.map((what) => `${what}; say ${key} to name reports`),
      ...lines,
    ],
    isWhole: !signal.aborted,
  };
}

/** The most reports that are named; further ones are counted. */
const NAMED = 3;

/** Such as "found /app/junit.xml, /app/coverage/lcov.info". */
function foundText(files: readonly FoundFile[]): string {
  const names = files.slice(0, NAMED).map(({ path }) => harmless(path));
  const more = files.length - names.length;
  return `found ${names.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/** Takes what was not looked at. */
type Missed = (what: string) => void;

/** Looks at the changes and the mounts of a container; resolves to lines for the user. */
async function lookEverywhere(
  looking: Looking,
  { missed, isHurried }: { missed: Missed; isHurried: boolean },
): Promise<string[]> {
  const { api, container, service, signal, folder, found } = looking;
  const described = await describe(api, container, signal);
  const started = Date.parse(described.State?.StartedAt ?? "");
  // A container that has not started has the year 1.
  if (!(started > 0)) return [];
  looking.since = Math.floor(started / 1000) - OLDER;
  const hasWritten = described.SizeRw !== 0;
  const isListed = !hasWritten ||
    (!isHurried && await lookAtChanges(looking, missed));
  const mounted = {
    ...looking,
    ...{ described, folder: folder.path, runsIn: !isListed },
  };
  for (const look of await mountedLooks(mounted)) {
    if (signal.aborted) break;
    const isLarge = await lookAt(look, looking);
    if (isLarge) {
      missed(`${harmless(look.path)} in "${service}" holds more than ${LIMIT}`);
    }
  }
  return found.length > 0 || signal.aborted ? [] : lostOnTmpfs(described);
}

const LIMIT = `${READ.bytes / 2 ** 20} MiB or ${
  READ.entries.toLocaleString("en")
} files`;

/** Looks at the files that a container has changed; resolves to whether the engine lists them. */
async function lookAtChanges(
  looking: Looking,
  missed: Missed,
): Promise<boolean> {
  const { api, container, service, signal } = looking;
  const changes = await changesOf(api, container, {
    wanted: mayBeReport,
    most: FOUND.files,
    signal,
  }).catch((error: Error) => error);
  if (changes instanceof Error) {
    const isGone = changes instanceof EngineError && changes.status === 404;
    if (isGone || signal.aborted) throw changes;
    missed(
      `the engine does not list the files that "${service}" has changed (${
        harmless(changes.message)
      })`,
    );
    return false;
  }
  if (changes.hasMore) {
    missed(`"${service}" has changed more files than are looked at`);
  }
  await lookAtPaths(changes.paths.toSorted(), looking, missed);
  return true;
}

/** Looks at files, many of one folder together. */
async function lookAtPaths(
  paths: readonly string[],
  looking: Looking,
  missed: Missed,
): Promise<void> {
  const { service, seen, signal } = looking;
  for (const [path, own] of Map.groupBy(paths, dirname)) {
    if (own.length < TOGETHER || !isReportFolder(path)) continue;
    if (!signal.aborted) await lookAt({ path, folder: new Set(own) }, looking);
  }
  const rest = paths.filter((path) => !seen.has(path));
  for (const path of rest.slice(0, ONE_BY_ONE)) {
    if (!signal.aborted) await lookAt({ path }, looking);
  }
  const more = rest.length - ONE_BY_ONE;
  if (more > 0) missed(`did not look at ${more} more files in "${service}"`);
}

/** A line about a tmpfs that may have held the reports, because the program ran in it or because of its name. */
function lostOnTmpfs(described: Described): string[] {
  const workdir = normal(described.Config?.WorkingDir ?? "");
  return tmpfsOf(described)
    .filter((path) => isIn(workdir, path) || isReportFolder(path))
    .slice(0, 1)
    .map((path) => `reports under ${path} would be lost: it is a tmpfs`);
}
