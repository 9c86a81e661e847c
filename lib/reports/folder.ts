/**
 * The folder of one target's reports: emptied, marked, kept an eye on, and given to the caller.
 *
 * @module
 */

import { lchownSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Surroundings } from "../child.ts";
import { TodoflowError } from "../errors/todoflow_error.ts";
import {
  type CheckedFolder,
  checkFolder,
  type FolderOptions,
} from "./checks.ts";
import { isAbsent, ownUid } from "./look.ts";
import { MARKER, markerText } from "./marker.ts";

/** A folder that a run has. */
export interface ReportFolder {
  /** Absolute, and without links. */
  path: string;
  /**
   * Makes the folder again if it is gone, which `git clean` or a test may do while the run goes on; resolves to whether
   * it was.
   *
   * @throws {Error} when another one, or a link, has taken its place.
   */
  ensure(): Promise<boolean>;
  /** The same without giving others time to replace the folder before it is written to. */
  ensureSync(): boolean;
  /** Gives to the caller what is in it, and the folders that were made for it. */
  give(): Promise<void>;
}

/**
 * Takes the folder for a run: checks whose it is, makes it, empties it unless `keep` is set, and marks it.
 *
 * @param options.checked what {@linkcode checkFolder} has found, if it was asked before
 * @param options.keep whether what is in it belongs to the same run
 * @throws {TodoflowError} when it is not todoflow's.
 * @throws {Error} of Deno when it cannot be written.
 */
export async function takeFolder(
  options: FolderOptions & { checked?: CheckedFolder; keep?: boolean },
): Promise<ReportFolder> {
  const { env } = options;
  const { path, there } = options.checked ?? await checkFolder(options);
  // A run has recorded the path without links: they are newer.
  if (options.keep && path !== options.folder) throw replaced(options.folder);
  if (!there) makeFolder(path, env);
  let own = there ?? Deno.lstatSync(path);
  /** Throws unless it is still the folder that was checked, and no link leads to it. */
  const assertOwn = () => {
    const now = lstatSync(path);
    if (!now || !isSame(now, own) || Deno.realPathSync(path) !== path) {
      throw replaced(path);
    }
  };
  assertOwn();
  const uid = await ownUid(path);
  if (!options.keep) await emptyFolder(path, { ...options, assertOwn });
  assertOwn();
  // The record of a swept run does not say whether the folder is a checkout's.
  const text = markerText(options.keep ? {} : options);
  mark(path, { text, env, anew: !options.keep });
  const ensureSync = () => {
    const now = lstatSync(path);
    const isOwn = now !== undefined && isSame(now, own);
    const isFree = isOwn || !now || now.isDirectory && isEmpty(path);
    if (!isFree) throw replaced(path);
    // What was above it when the run began had no links.
    const above = nearestSync(path);
    if (Deno.realPathSync(above) !== above) throw replaced(above);
    if (!now) makeFolder(path, env);
    // A test may have emptied it: without a marker, the next run would refuse it.
    if (!isOwn || !lstatSync(join(path, MARKER))) mark(path, { text, env });
    if (!isOwn) own = Deno.lstatSync(path);
    return !isOwn;
  };
  return {
    path,
    ensureSync,
    ensure: () => new Promise((resolve) => resolve(ensureSync())),
    give: () => give(path, { uid, env }),
  };
}

/** Whether it is the same folder; the number of one that is gone is soon another one's. */
function isSame(one: Deno.FileInfo, other: Deno.FileInfo): boolean {
  return one.isDirectory && one.ino === other.ino && one.dev === other.dev &&
    one.birthtime?.getTime() === other.birthtime?.getTime();
}

function replaced(path: string): Error {
  return new Error(`${path} was replaced while the run went on`);
}

function isEmpty(folder: string): boolean {
  return Deno.readDirSync(folder)[Symbol.iterator]().next().done === true;
}

/**
 * Makes a folder, and those above it that are missing. Under sudo each is the caller's at once: what was there before is
 * whose it was.
 */
function makeFolder(path: string, env: Surroundings["env"]): void {
  const above = dirname(path);
  if (!lstatSync(above)) makeFolder(above, env);
  Deno.mkdirSync(path);
  giveOne(path, env);
}

/** @param anew whether the marker must have this text: an earlier one may name a project that is gone */
function mark(
  folder: string,
  { text, env, anew = false }: {
    text: string;
    env: Surroundings["env"];
    anew?: boolean;
  },
): void {
  const path = join(folder, MARKER);
  const isThere = lstatSync(path)?.isFile === true;
  if (isThere && (!anew || Deno.readTextFileSync(path) === text)) return;
  // Renamed, so that no run ever finds half of it.
  const fresh = isThere ? `${path}.${crypto.randomUUID()}` : path;
  Deno.writeTextFileSync(fresh, text, { createNew: true });
  giveOne(fresh, env);
  if (isThere) Deno.renameSync(fresh, path);
}

function lstatSync(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.lstatSync(path);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

function nearestSync(path: string): string {
  return lstatSync(path) ? path : nearestSync(dirname(path));
}

/** Empties a folder but for its marker, so that one that was emptied by half is still known to be todoflow's. */
async function emptyFolder(
  folder: string,
  options: FolderOptions & { assertOwn: () => void },
): Promise<void> {
  const { dev, mode } = Deno.lstatSync(folder);
  // What is in a folder that may not be written to cannot be told from what is mounted there.
  if (mode !== null && (mode & 0o700) !== 0o700) {
    Deno.chmodSync(folder, (mode & 0o777) | 0o700);
  }
  await openFolders(folder, { ...options, dev });
  for await (const { name } of Deno.readDir(folder)) {
    if (name === MARKER) continue;
    options.assertOwn();
    // It follows no links.
    await Deno.remove(join(folder, name), { recursive: true })
      .catch((error) => {
        if (!isAbsent(error)) throw error;
      });
  }
}

/** Makes all folders below one removable, and refuses if something is mounted at one. */
async function openFolders(
  folder: string,
  options: FolderOptions & { dev: number; assertOwn: () => void },
): Promise<void> {
  const names: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) names.push(name);
  }
  for (const name of names) {
    const path = join(folder, name);
    // It may have been moved away meanwhile, and a link put into its place.
    options.assertOwn();
    const there = lstatSync(path);
    if (!there?.isDirectory) continue;
    if (there.dev !== options.dev || isMountedAt(path)) {
      throw new TodoflowError({
        kind: "foreign-reports",
        folder: options.folder,
        problem: "mount",
        path,
      });
    }
    const { mode } = there;
    if (mode !== null && (mode & 0o700) !== 0o700) {
      try {
        Deno.chmodSync(path, (mode & 0o777) | 0o700);
      } catch {
        // It has gone with the question, or is another user's: removing it tells.
      }
    }
    await openFolders(path, options)
      .catch((error) => {
        // An empty one has gone with the question.
        if (!isAbsent(error)) throw error;
      });
  }
}

/**
 * Whether something is mounted at a folder, also of the same file system. Nothing but the kernel's answer to a removal
 * tells that without a right to all of /proc: busy comes before not empty. One that is empty is removed.
 *
 * @throws {Error} of Deno when the kernel does not tell: it asks for the right to write first.
 */
function isMountedAt(folder: string): boolean {
  try {
    Deno.removeSync(folder);
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === "EBUSY") return true;
    // Where there are no such codes, nothing is mounted in this way.
    const isFull = code === "ENOTEMPTY" || code === "EEXIST" ||
      code === undefined;
    if (!isFull && !isAbsent(error)) throw error;
  }
  return false;
}

/**
 * Under sudo, what a run has made as root belongs to who called it: a file, or all that is in a folder. No link is followed.
 *
 * @param options.uid who has what the run has made
 */
export async function give(
  path: string,
  options: { uid: number | null; env: Surroundings["env"] },
): Promise<void> {
  const { uid, env } = options;
  if (!callerOf(env) || uid === null) return;
  const found = await below(path);
  // A file with a name elsewhere, too, is not the run's.
  const names = new Map<number, number>();
  for (const at of found) {
    const { ino, isDirectory } = lstatSync(at) ?? {};
    if (ino && !isDirectory) names.set(ino, (names.get(ino) ?? 0) + 1);
  }
  for (const at of found) {
    const there = lstatSync(at);
    // What a container has written through a mount as somebody else is not the run's.
    if (there?.uid !== uid) continue;
    const own = names.get(there.ino ?? 0) ?? 1;
    if (!there.isDirectory && (there.nlink ?? 1) > own) continue;
    giveOne(at, env);
  }
}

/** All that is in a folder, at any depth; of something else itself. No link is followed. */
async function below(path: string): Promise<string[]> {
  if (!lstatSync(path)?.isDirectory) return [path];
  const names = await Array.fromAsync(Deno.readDir(path), ({ name }) => name);
  const found: string[] = [];
  for (const name of names) {
    const at = join(path, name);
    if (lstatSync(at)?.isDirectory) found.push(at);
    found.push(...await below(at));
  }
  return found;
}

/** Gives one thing that the run has made. */
function giveOne(path: string, env: Surroundings["env"]): void {
  const caller = callerOf(env);
  if (!caller) return;
  // A link in the place of the folder would make it another one's file.
  if (Deno.realPathSync(dirname(path)) !== dirname(path)) return;
  try {
    lchownSync(path, caller.uid, caller.gid);
  } catch {
    // Without the right to give it away, it is the caller's already.
  }
}

/** The user who called this process with sudo; undefined without sudo, or where root called. */
export function callerOf(
  { SUDO_UID, SUDO_GID }: Surroundings["env"],
): { uid: number; gid: number } | undefined {
  const [uid, gid] = [Number(SUDO_UID), Number(SUDO_GID)];
  const isKnown = Number.isSafeInteger(uid) && uid > 0 &&
    Number.isSafeInteger(gid) && gid >= 0;
  return isKnown ? { uid, gid } : undefined;
}
