/**
 * The reports of a run: copies them out of containers, and names the lost ones.
 *
 * @module
 */

import { join, matchesGlob } from "node:path";
import type { EngineApi } from "../engine/api.ts";
import { archive } from "../engine/archive.ts";
import { containerPath } from "../engine/paths.ts";
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
import { plainText } from "../text/untrusted.ts";

/** Copies reports, and remembers which files were lost. */
interface ReportCopier {
  /** Copies the reports of a container that has ended; never rejects. */
  copy(from: Collected, options: ChildOptions): Promise<void>;
  /** A line for each file that was lost: the run shows the lines again at its end. */
  lost(): string[];
}

/** The outcome of copying one report. */
interface Known {
  lines: string[];
  copied?: Copied;
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
}

/** The copier of a run. */
export function reportCopier(
  options: Pick<Copies, "api" | "folder">,
): ReportCopier {
  const known: Copies["known"] = new Map();
  const copies: Copies = {
    ...options,
    known,
    used: { files: 0, bytes: 0 },
    taken: new Map(),
  };
  let told = "";
  return {
    copy: async ({ container, service, reports }, { output, signal }) => {
      await Promise.all([...new Set(reports)].map(async (path) => {
        const report = { container, service, path, signal };
        const { lines } = await copyReport(report, copies);
        lines.forEach(output);
      }));
      const beyond = beyondLine(known);
      if (beyond && beyond !== told) output(beyond);
      told = beyond;
    },
    lost: () => {
      const lines = [...known.values()].flatMap(({ lines }) => lines);
      return [...new Set(lines), beyondLine(known)].filter(Boolean);
    },
  };
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

/** A name out of a container, fit to be a part of a line. */
function harmless(name: string): string {
  const plain = plainText(name).replace(/[\t\n\r]/g, "\uFFFD");
  return plain.length > 300 ? `${plain.slice(0, 300)}…` : plain;
}

interface Report {
  container: string;
  service: string;
  /** A file, a folder, or a glob. */
  path: string;
  signal: AbortSignal;
}

async function copyReport(
  report: Report,
  { known, used, ...copies }: Copies,
): Promise<Known> {
  const key = `${report.container}:${report.path}`;
  const before = known.get(key)?.copied;
  used.files -= before?.files ?? 0;
  used.bytes -= before?.bytes ?? 0;
  const lines: string[] = [];
  let more = 0;
  const lost = (path: string, why: string) => {
    if (lines.length >= NAMED) more++;
    else lines.push(`no report ${harmless(path)}: ${harmless(why)}`);
  };
  const own: Known = { lines };
  known.set(key, own);
  try {
    const copied = await copyOut(report, { ...copies, known, used, key, lost });
    if (copied) own.copied = copied;
  } catch (error) {
    lost(report.path, (error as Error).message);
  }
  if (more > 0) lines.push(`no report of ${more} more files of ${report.path}`);
  return own;
}

interface CopyOut extends Copies {
  key: string;
  lost(path: string, why: string): void;
}

async function copyOut(
  { container, service, path, signal }: Report,
  { key, lost, folder, api, used, taken }: CopyOut,
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
    return placeOf(name, { key, service, report, taken });
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
    ? await tmpfsIn(copied, { container, report, api })
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

const ON_TMPFS =
  "it is on a tmpfs, which the engine cannot read after the container has ended: write it elsewhere, or mount a volume there";

/** Folders that are a tmpfs in every container. */
const ALWAYS_TMPFS = ["/dev", "/dev/shm", "/proc", "/sys"];

/** The parts of a report that were on a tmpfs, which ends with its container: all of it, or folders that look empty. */
async function tmpfsIn(
  { empty }: Copied,
  { container, report, api }: Pick<CopyOut, "api"> & {
    container: string;
    report: string;
  },
): Promise<string[]> {
  const mounted = await mountsOf(api, container);
  if (!mounted) return [];
  const all = [
    ...ALWAYS_TMPFS,
    ...Object.keys(mounted.HostConfig?.Tmpfs ?? {}),
    ...(mounted.Mounts ?? []).flatMap(({ Type, Destination }) =>
      Type === "tmpfs" ? Destination : []
    ),
  ].map((path) => join(path, ".").replace(/\/$/, ""));
  const path = `${join("/", report)}/`;
  return all.some((tmpfs) => path.startsWith(`${tmpfs}/`))
    ? [report]
    : empty.filter((path) => all.includes(path));
}

/** A container's description, as far as it tells its mounts. */
interface Mounted {
  HostConfig?: { Tmpfs?: Readonly<Record<string, string>> | null };
  Mounts?: readonly { Type: string; Destination: string }[] | null;
}

/** The mounts of a container; undefined if the engine does not tell. */
async function mountsOf(
  api: EngineApi,
  container: string,
): Promise<Mounted | undefined> {
  const path = containerPath(container, "json");
  return await api.json<Mounted>(path).catch(() => undefined);
}

/** Names of the files and folders that todoflow writes itself; some file systems ignore case. */
const OWN =
  /^((\.todoflow|events\.jsonl|build\.log|junit\.xml|run\.html|trace\.json|receipt\.json)(\/|$)|logs\/)/i;

/** Where a file goes: to its own name, or to its path in the container if another report has taken that name. */
function placeOf(
  name: string,
  { key, service, report, taken }: Pick<CopyOut, "key" | "taken"> & {
    service: string;
    report: string;
  },
): string {
  const own = folderOf(service);
  const safe = (path: string) => OWN.test(path) ? `${own}/${path}` : path;
  const isFree = (path: string) => (taken.get(path) ?? key) === key;
  const inContainer = [...report.split("/").filter(Boolean), name].join("/");
  let place = [safe(name), safe(inContainer), `${own}/${inContainer}`]
    .find(isFree);
  // Another container of the service may have the same path.
  for (let i = 2; place === undefined; i++) {
    const path = `${own}-${i}/${inContainer}`;
    if (isFree(path)) place = path;
  }
  taken.set(place, key);
  return place;
}

/** The folder of a service. Compose allows names such as "..", "logs" and "run.html", which need another one. */
function folderOf(service: string): string {
  if (/^\.+$/.test(service)) return "service";
  return OWN.test(`${service}/`) ? `service-${service}` : service;
}
