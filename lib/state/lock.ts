/**
 * Claims projects: one record for each Compose project, outside any checkout, and a lock that the kernel frees when its
 * holder dies.
 *
 * @module
 */

import { lockFolder } from "./folder_lock.ts";
import { pause } from "../pause.ts";
import { type Every, every } from "./every.ts";
import { FORMAT } from "./record_shape.ts";
import { readRecord, unknownRecord } from "./list.ts";
import { lookAtLock, openLock, writePrivate } from "./file.ts";
import { makePrivate } from "./folder.ts";
import {
  buildOverridePath,
  keysIn,
  lockPath,
  overridePath,
  recordPath,
} from "./paths.ts";
import type { ProjectRecord } from "./record.ts";

/** A project that is locked for this process. */
export interface Claim {
  /** The name of its files, without extension. */
  key: string;
  record: ProjectRecord | undefined;
  /**
   * Until when the run on record was alive, in ms since 1970: to the second, or less exact if it was busy. Undefined if
   * no run has held the lock before.
   */
  seen: number | undefined;
  write(record: ProjectRecord): Promise<void>;
  /** Locks a folder for this user until the release; resolves to false if another user of the machine holds it. */
  lockFolder(directory: string): Promise<boolean>;
  /** Frees the locks, and removes an empty record. */
  release(): Promise<void>;
}

/** The time (ms) between two looks at a lock that is about to become free, and how long to look. */
const LOOK_EVERY = 50;
const LOOK_FOR = 300;
const SWEEP_MOST = 30_000;

/** The time (ms) between two signs of life. */
const ALIVE_EVERY = 1_000;

/** Options of {@linkcode claim}. */
interface ClaimHow {
  /** Whether to wait for a holder that only sweeps; otherwise it counts as any other one. */
  waits?: boolean;
  /** Milliseconds from any fixed point. */
  now?: () => number;
  /** Waits for some milliseconds. */
  sleep?: (ms: number) => Promise<void>;
  /** Repeats the signs of life, and the attempts to take over a shared folder. */
  repeat?: Every;
}

/**
 * Locks a project; resolves to the holder's record if another process holds it.
 *
 * @throws {TodoflowError} if the folder is not private, or this version cannot read the record
 * @throws {Error} of Deno if the folder cannot be written
 */
export async function claim(
  folder: string,
  key: string,
  {
    waits = true,
    now = () => performance.now(),
    sleep = pause,
    repeat = every,
  }: ClaimHow = {},
): Promise<Claim | { holder: ProjectRecord | undefined }> {
  await makePrivate(folder);
  const lock = lockPath(folder, key);
  const started = now();
  for (;;) {
    const { file, isNew } = await openLock(lock);
    try {
      if (await file.tryLock(true)) {
        if (await isThere(lock, file)) {
          return await claimOf({ folder, key, file, isNew, repeat });
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
    // Another process that looks at the lock holds it for an instant, too.
    const most = waits && record?.sweeping ? SWEEP_MOST : LOOK_FOR;
    if (now() - started > most) return { holder: record };
    await sleep(LOOK_EVERY);
  }
}

/**
 * Whether the lock is still that file: its last holder may have removed it after we opened it and before we locked it.
 */
async function isThere(path: string, file: Deno.FsFile): Promise<boolean> {
  const there = await Deno.stat(path).catch(() => undefined);
  return there !== undefined && there.ino === (await file.stat()).ino;
}

interface Locked {
  folder: string;
  key: string;
  /** The lock. */
  file: Deno.FsFile;
  /** Whether no run has held it before. */
  isNew: boolean;
  repeat: Every;
}

async function claimOf(locked: Locked): Promise<Claim> {
  const { folder, key, file, isNew, repeat } = locked;
  const path = recordPath(folder, key);
  const found = await readRecord(folder, key);
  if (found && "problem" in found) {
    throw unknownRecord({ file: path, problem: found.problem });
  }
  const { mtime } = await file.stat();
  // The folder of the last holder no longer matters.
  await file.truncate(0);
  const life = signsOfLife(file, repeat);
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
        repeat,
      });
      if (lock) free = lock;
      return lock !== undefined;
    },
    release: async () => {
      life.end();
      free();
      // A holder that has written no record was no run of the project: keep the time of the last run.
      if (!isWritten) untouched();
      const { run, left, made = [], folders = [] } = own.record ?? {};
      // Leave a record that this process has not written.
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

/**
 * Writes the folder that the holder of a project has locked into the lock of the project, for other runs of this user.
 */
function note(file: Deno.FsFile, directory: string): void {
  try {
    file.writeSync(new TextEncoder().encode(directory));
  } catch {
    // On a full disk, other runs of this user find the folder taken.
  }
}

/** Updates the time of the lock, which tells until when its holder was alive if it dies. */
function signsOfLife(file: Deno.FsFile, repeat: Every) {
  const show = (now = new Date()) => {
    try {
      file.utimeSync(now, now);
    } catch {
      // The lock holds without its time, too.
    }
  };
  return { show, end: repeat(ALIVE_EVERY, () => show()) };
}

/** Whether another run of this user has locked a folder, according to the lock of its project. */
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
