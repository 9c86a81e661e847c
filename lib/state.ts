/**
 * What todoflow remembers of its runs on this machine, outside any checkout: one record for each Compose project, and a
 * lock that the kernel frees when its holder dies.
 *
 * @module
 */

import { pause } from "./pause.ts";
import type { Made, Owns } from "./plan.ts";

/** A container whose log and reports belong to a run. */
export interface Collected {
  /** Its name. */
  container: string;
  /** Name of its log, `logs/<service>.log`. */
  service: string;
  /** Files, folders and globs in it. */
  reports: readonly string[];
}

/** A run that has not ended, or that died. */
export interface RunRecord {
  /** Every child of the run has it in its environment, as TODOFLOW_RUN. */
  id: string;
  /** Name of the target. */
  target: string;
  /** Of the application. */
  version?: string;
  /** Process id and name of the machine, which a pid alone says nothing without. */
  pid: number;
  /** Name of the machine. */
  host: string;
  /** ISO 8601. */
  started: string;
  /** What it makes on the engine. */
  owns: Owns;
  /** Absolute path of the folder of its reports. */
  reports: string;
  /** The containers whose logs and reports are collected if it dies. */
  collected: readonly Collected[];
}

/** What is known of one Compose project on one engine. */
export interface ProjectRecord {
  /** Name of the project. */
  project: string;
  /** Absolute path of the folder of its Compose file. */
  directory: string;
  /** Endpoint, such as `unix:///var/run/docker.sock`. */
  engine: string;
  /** The application that a run has left: accepted, or `kept` after a failure. */
  left?: {
    what: "released" | "kept";
    version?: string;
    url?: string;
    /** ISO 8601. */
    since: string;
  };
  /** What runs of this checkout have made and left on the engine: all that they may remove. */
  made?: readonly Made[];
  /** Whether the name is one that todoflow gives a checkout, so that nobody else uses it. */
  own?: boolean;
  /** The run that has the project, or that died with it. */
  run?: RunRecord;
  /** Whether the holder of the lock only removes what a dead run owned, and is soon done. */
  sweeping?: boolean;
}

/** A project that is locked for this process. */
export interface Claim {
  /** Name of its files, without ending. */
  key: string;
  record: ProjectRecord | undefined;
  /** Until when the holder before this one was alive, in ms since 1970, as far as its lock tells. */
  seen?: number;
  write(record: ProjectRecord): Promise<void>;
  /** Frees the lock; a record of nothing goes with it. */
  release(): Promise<void>;
}

/** Milliseconds between two looks at a lock that is about to become free, and how long it is looked at. */
const LOOK_EVERY = 50;
const LOOK_FOR = 300;
const SWEEP_MOST = 30_000;

/**
 * The folder of the records: `$XDG_STATE_HOME/todoflow`, by default in `~/.local/state`; a relative path is ignored.
 * https://specifications.freedesktop.org/basedir-spec/latest/
 */
export function stateFolder(env: Readonly<Record<string, string>>): string {
  const { XDG_STATE_HOME, HOME, LOCALAPPDATA, TMPDIR } = env;
  const base = /^([/\\]|[A-Z]:)/.test(XDG_STATE_HOME ?? "")
    ? XDG_STATE_HOME
    : (HOME && `${HOME}/.local/state`) ||
      LOCALAPPDATA || TMPDIR || "/tmp";
  return `${base}/todoflow`;
}

/** Names the record of a project: the same project on two engines is two. */
export async function recordKey(
  project: string,
  engine: string,
): Promise<string> {
  // What comes from a flag may be no name of a project.
  const name = project.replace(/[^\w-]/g, "_");
  return `${name}.${await shortHash(engine)}`;
}

/** A path without links, so that two ways to one folder compare equal; one of another machine stays as it is. */
export async function realPath(path: string): Promise<string> {
  return await Deno.realPath(path).catch(() => path);
}

/** Eight hexadecimal digits. */
export async function shortHash(text: string): Promise<string> {
  const bytes = new TextEncoder().encode(text);
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return hash.slice(0, 4).toHex();
}

/**
 * Locks a project; resolves to what its holder has written, if another process has it.
 *
 * @throws {Error} of Deno when the folder cannot be written.
 */
export async function claim(
  folder: string,
  key: string,
): Promise<Claim | { holder: ProjectRecord | undefined }> {
  await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  const lock = `${folder}/${key}.lock`;
  const started = performance.now();
  for (;;) {
    const file = await Deno.open(lock, { create: true, write: true, mode });
    if (await file.tryLock(true)) {
      if (await isThere(lock, file)) return claimOf(folder, key, file);
      file.close();
      continue;
    }
    file.close();
    const record = await readRecord(folder, key);
    // A look at the lock holds it for an instant, too.
    const most = record?.sweeping ? SWEEP_MOST : LOOK_FOR;
    if (performance.now() - started > most) return { holder: record };
    await pause(LOOK_EVERY);
  }
}

/** Only the user whose runs they are may read the records: they tell paths and process ids. */
const mode = 0o600;

/** Whether the lock is still that file: its last holder may have removed it between our opening and our locking. */
async function isThere(path: string, file: Deno.FsFile): Promise<boolean> {
  const there = await Deno.stat(path).catch(() => undefined);
  return there !== undefined && there.ino === (await file.stat()).ino;
}

async function claimOf(
  folder: string,
  key: string,
  file: Deno.FsFile,
): Promise<Claim> {
  const path = `${folder}/${key}.json`;
  const own: Claim = {
    key,
    record: await readRecord(folder, key),
    write: async (record) => {
      own.record = record;
      // Renamed, so that nobody ever reads half of it.
      await Deno.writeTextFile(`${path}.new`, JSON.stringify(record), { mode });
      await Deno.rename(`${path}.new`, path);
    },
    release: async () => {
      if (!own.record?.run && !own.record?.left && !own.record?.made?.length) {
        const files = [
          path,
          overridePath(folder, key),
          buildOverridePath(folder, key),
          `${folder}/${key}.lock`,
        ];
        for (const file of files) await Deno.remove(file).catch(() => {});
      }
      file.close();
    },
  };
  return own;
}

/** The path of the Compose file that is merged last into a project's; it goes with the record. */
export function overridePath(folder: string, key: string): string {
  return `${folder}/${key}.compose.yaml`;
}

/** The path of the Compose file that builds alone merge last. */
export function buildOverridePath(folder: string, key: string): string {
  return `${folder}/${key}.build.yaml`;
}

/** Writes one of them. */
export async function writeOverride(path: string, text: string): Promise<void> {
  await Deno.writeTextFile(path, text, { mode });
}

async function readRecord(
  folder: string,
  key: string,
): Promise<ProjectRecord | undefined> {
  try {
    return JSON.parse(await Deno.readTextFile(`${folder}/${key}.json`)) ??
      undefined;
  } catch {
    // None, or one that nobody can use.
    return undefined;
  }
}

/** A record, its key, and whether a run holds its lock. */
export interface Listed {
  /** Name of its files, without ending. */
  key: string;
  /** What is known of the project. */
  record: ProjectRecord;
  /** Whether a run has the project now. */
  held: boolean;
}

/** All records of this user on this machine, by project. */
export async function listRecords(folder: string): Promise<Listed[]> {
  const records = [...await readRecords(folder)];
  return await Promise.all(records.map(async ([key, record]) => ({
    key,
    record,
    held: await isHeld(folder, key),
  })));
}

/** All records by their keys, in order. */
export async function readRecords(
  folder: string,
): Promise<ReadonlyMap<string, ProjectRecord>> {
  const names: string[] = [];
  try {
    for await (const { name } of Deno.readDir(folder)) names.push(name);
  } catch {
    return new Map();
  }
  const keys = names.filter((name) => name.endsWith(".json"))
    .map((name) => name.slice(0, -".json".length)).toSorted();
  const records = await Promise.all(
    keys.map(async (key) => [key, await readRecord(folder, key)] as const),
  );
  return new Map(
    records.flatMap(([key, record]) => record ? [[key, record] as const] : []),
  );
}

async function isHeld(folder: string, key: string): Promise<boolean> {
  try {
    using file = await Deno.open(`${folder}/${key}.lock`);
    return !await file.tryLock(false);
  } catch {
    return false;
  }
}
