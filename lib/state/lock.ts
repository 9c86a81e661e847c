/**
 * What todoflow remembers of its runs on this machine, outside any checkout: one record for each Compose project, and a
 * lock that the kernel frees when its holder dies.
 *
 * @module
 */

import { lockFolder } from "./folder_lock.ts";
import { pause } from "../pause.ts";
import type { Made, Owns } from "../plan/plan.ts";
import { FORMAT } from "./record_shape.ts";
import {
  buildOverridePath,
  keysIn,
  lockPath,
  overridePath,
  readRecord,
  recordPath,
  unknownRecord,
} from "./list.ts";
import { lookAtLock, openLock, writePrivate } from "./file.ts";
import { makePrivate } from "./folder.ts";

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
  /** Under sudo, who called it: the reports that it has left as root are theirs. */
  caller?: { uid: number; gid: number };
  /** Whether its containers have its name in a label. */
  marks?: boolean;
  /** Whether its logs have values that must not be shown; the record does not say which. */
  hides?: boolean;
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
  /** Folders of the host that were empty before a run of this checkout, whose databases have filled them since. */
  folders?: readonly string[];
  /** The run that has the project, or that died with it. */
  run?: RunRecord;
  /** Whether the holder of the lock only removes what a dead run owned, and is soon done. */
  sweeping?: boolean;
  /** Until when a dead run was alive, as {@linkcode Claim.seen} told whoever has tried to remove what it left. */
  seen?: number;
}

/** A project that is locked for this process. */
export interface Claim {
  /** Name of its files, without ending. */
  key: string;
  record: ProjectRecord | undefined;
  /**
   * Until when the run on record was alive, in ms since 1970: to the second, or less exact if it was busy. Undefined where
   * nobody has had the lock before.
   */
  seen: number | undefined;
  write(record: ProjectRecord): Promise<void>;
  /** Locks a folder for this user until the release; resolves to false if another user of the machine has it. */
  lockFolder(directory: string): Promise<boolean>;
  /** Frees the locks; a record of nothing goes with them. */
  release(): Promise<void>;
}

/** Milliseconds between two looks at a lock that is about to become free, and how long it is looked at. */
const LOOK_EVERY = 50;
const LOOK_FOR = 300;
const SWEEP_MOST = 30_000;

/** Milliseconds between two signs of life. */
const ALIVE_EVERY = 1_000;

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

/** How {@linkcode claim} works. */
export interface ClaimHow {
  /** Whether to wait for a holder that only sweeps; otherwise it counts as every other one. */
  waits?: boolean;
}

/**
 * Locks a project; resolves to what its holder has written, if another process has it.
 *
 * @throws {TodoflowError} when the folder is not private, or the record is none that this version can read.
 * @throws {Error} of Deno when the folder cannot be written.
 */
export async function claim(
  folder: string,
  key: string,
  { waits = true }: ClaimHow = {},
): Promise<Claim | { holder: ProjectRecord | undefined }> {
  await makePrivate(folder);
  const lock = lockPath(folder, key);
  const started = performance.now();
  for (;;) {
    const { file, isNew } = await openLock(lock);
    try {
      if (await file.tryLock(true)) {
        if (await isThere(lock, file)) {
          return await claimOf({ folder, key, file, isNew });
        }
        file.close();
        continue;
      }
    } catch (error) {
      file.close();
      throw error;
    }
    file.close();
    const found = await readRecord(folder, key);
    const record = found && "record" in found ? found.record : undefined;
    // A look at the lock holds it for an instant, too.
    const most = waits && record?.sweeping ? SWEEP_MOST : LOOK_FOR;
    if (performance.now() - started > most) return { holder: record };
    await pause(LOOK_EVERY);
  }
}

/** Whether the lock is still that file: its last holder may have removed it between our opening and our locking. */
async function isThere(path: string, file: Deno.FsFile): Promise<boolean> {
  const there = await Deno.stat(path).catch(() => undefined);
  return there !== undefined && there.ino === (await file.stat()).ino;
}

interface Locked {
  folder: string;
  key: string;
  /** The lock. */
  file: Deno.FsFile;
  /** Whether nobody has had it before. */
  isNew: boolean;
}

async function claimOf(locked: Locked): Promise<Claim> {
  const { folder, key, file, isNew } = locked;
  const path = recordPath(folder, key);
  const found = await readRecord(folder, key);
  if (found && "problem" in found) {
    throw unknownRecord({ file: path, problem: found.problem });
  }
  const { mtime } = await file.stat();
  // Which folder the last holder had does not matter any more.
  await file.truncate(0);
  const life = signsOfLife(file);
  const untouched = () => isNew || mtime === null || life.show(mtime);
  untouched();
  let isWritten = false;
  let free = () => {};
  const own: Claim = {
    key,
    record: found?.record,
    seen: found?.record.seen ?? (isNew ? undefined : mtime?.getTime()),
    write: async (record) => {
      own.record = record;
      isWritten = true;
      await writePrivate(path, JSON.stringify({ format: FORMAT, ...record }));
      life.show();
    },
    lockFolder: async (directory) => {
      const lock = await lockFolder(directory, {
        isShared: () => isOurs(directory, locked),
        onLocked: () => note(file, directory),
      });
      if (lock) free = lock;
      return lock !== undefined;
    },
    release: async () => {
      life.end();
      free();
      // Whoever has written nothing was no run of the project.
      if (!isWritten) untouched();
      const { run, left, made = [], folders = [] } = own.record ?? {};
      // What this process has not written is not its to remove.
      const isOwn = isWritten || own.record === undefined;
      const isEmpty = !run && !left && made.length + folders.length === 0;
      if (isOwn && isEmpty) {
        const files = [
          path,
          overridePath(folder, key),
          buildOverridePath(folder, key),
          lockPath(folder, key),
        ];
        for (const file of files) await Deno.remove(file).catch(() => {});
      }
      file.close();
    },
  };
  return own;
}

/** Writes into the lock of a project which folder its holder has locked, for other runs of this user. */
function note(file: Deno.FsFile, directory: string): void {
  try {
    file.writeSync(new TextEncoder().encode(directory));
  } catch {
    // On a full disk, others of this user are told that the folder is taken.
  }
}

/** Tells by the time of the lock until when its holder was alive, for the case that it dies. */
function signsOfLife(file: Deno.FsFile) {
  const show = (now = new Date()) => {
    try {
      file.utimeSync(now, now);
    } catch {
      // A lock without a time is as good a lock.
    }
  };
  const timer = setInterval(() => show(), ALIVE_EVERY);
  Deno.unrefTimer(timer);
  return { show, end: () => clearInterval(timer) };
}

/** Whether another run of this user has locked a folder: it has written that into the lock of its project. */
async function isOurs(
  directory: string,
  { folder, key }: Locked,
): Promise<boolean> {
  const others = (await keysIn(folder, ".lock")).filter((one) => one !== key);
  const looks = await Promise.all(
    others.map((other) => lookAtLock(lockPath(folder, other))),
  );
  return looks.some(({ held, text }) => held && text === directory);
}
