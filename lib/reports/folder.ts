/**
 * The folder of one target's reports: todoflow empties it, marks it, watches that it is not replaced, and gives it to the
 * caller under sudo.
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

/** The folder of reports of a run. */
export interface ReportFolder {
  /** Absolute path without links. */
  path: string;
  /**
   * Makes the folder again if it was removed, such as by `git clean` or a test during the run; resolves to whether it was.
   *
   * @throws {Error} when another folder or a link has taken its place.
   */
  ensure(): Promise<boolean>;
  /** The same, synchronously, so that no other process can replace the folder before the caller writes to it. */
  ensureSync(): boolean;
  /** Gives its content, and the folders above it that were made for it, to the user who called sudo. */
  give(): Promise<void>;
}

/**
 * Takes the folder for a run: checks its owner, makes it, empties it unless `keep` is set, and marks it.
 *
 * @param options.checked the result of {@linkcode checkFolder}, if the caller has it
 * @param options.keep whether its content belongs to the same run
 * @throws {TodoflowError} when todoflow has not made it.
 * @throws {Error} of Deno when it cannot be written.
 */
export async function takeFolder(
  options: FolderOptions & { checked?: CheckedFolder; keep?: boolean },
): Promise<ReportFolder> {
  const { env } = options;
  const { path, there } = options.checked ?? await checkFolder(options);
  // The run has recorded the path without links, so any link is newer.
  if (options.keep && path !== options.folder) throw replaced(options.folder);
  if (!there) makeFolder(path, env);
  let own = there ?? Deno.lstatSync(path);
  /** Throws unless the path still leads to the folder that was checked, without a link. */
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
  // The record of a swept run does not say whether the folder is in a checkout.
  const text = markerText(options.keep ? {} : options);
  mark(path, { text, env, anew: !options.keep });
  const ensureSync = () => {
    const now = lstatSync(path);
    const isOwn = now !== undefined && isSame(now, own);
    const isFree = isOwn || !now || now.isDirectory && isEmpty(path);
    if (!isFree) throw replaced(path);
    // The path had no links when the run began.
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

/** Whether both are the same folder; compares the time of birth, too, because inode numbers are reused. */
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
 * Makes a folder and the missing ones above it. Under sudo, each new folder is given to the caller at once; existing ones
 * keep their owner.
 */
function makeFolder(path: string, env: Surroundings["env"]): void {
  const above = dirname(path);
  if (!lstatSync(above)) makeFolder(above, env);
  Deno.mkdirSync(path);
  giveOne(path, env);
}

/** @param anew whether to replace an existing marker, which may name a project that no longer exists */
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
  // The marker is renamed into place, so that no run finds half of it.
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

/** Empties a folder except for its marker, so that todoflow recognizes it even if emptying is interrupted. */
async function emptyFolder(
  folder: string,
  options: FolderOptions & { assertOwn: () => void },
): Promise<void> {
  const { dev, mode } = Deno.lstatSync(folder);
  // In a read-only folder, a mount looks like an ordinary folder.
  if (mode !== null && (mode & 0o700) !== 0o700) {
    Deno.chmodSync(folder, (mode & 0o777) | 0o700);
  }
  await openFolders(folder, { ...options, dev });
  for await (const { name } of Deno.readDir(folder)) {
    if (name === MARKER) continue;
    options.assertOwn();
    // This call does not follow links.
    await Deno.remove(join(folder, name), { recursive: true })
      .catch((error) => {
        if (!isAbsent(error)) throw error;
      });
  }
}

/** Makes all folders below a folder removable; refuses if something is mounted in it. */
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
    // The folder may have been replaced by a link in the meantime.
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
        // Another process has removed it, or it belongs to another user: then removing it fails with the reason.
      }
    }
    await openFolders(path, options)
      .catch((error) => {
        // The check removes a folder that is empty.
        if (!isAbsent(error)) throw error;
      });
  }
}

/**
 * Whether something is mounted at a folder, even from the same file system. Tries to remove the folder, because only this
 * needs no right to all of /proc: the kernel reports "busy" before "not empty". An empty folder is removed.
 *
 * @throws {Error} of Deno when the user may not write there, which the kernel checks first.
 */
function isMountedAt(folder: string): boolean {
  try {
    Deno.removeSync(folder);
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === "EBUSY") return true;
    // Systems without these codes have no such mounts.
    const isFull = code === "ENOTEMPTY" || code === "EEXIST" ||
      code === undefined;
    if (!isFull && !isAbsent(error)) throw error;
  }
  return false;
}

/**
 * Under sudo, gives a file, or a folder with its content, to the user who called sudo. Follows no link.
 *
 * @param options.uid the owner of the files that the run has made; files of other owners are left
 */
export async function give(
  path: string,
  options: { uid: number | null; env: Surroundings["env"] },
): Promise<void> {
  const { uid, env } = options;
  if (!callerOf(env) || uid === null) return;
  const found = await below(path);
  // A file with a hard link outside of the folder may belong to another program.
  const names = new Map<number, number>();
  for (const at of found) {
    const { ino, isDirectory } = lstatSync(at) ?? {};
    if (ino && !isDirectory) names.set(ino, (names.get(ino) ?? 0) + 1);
  }
  for (const at of found) {
    const there = lstatSync(at);
    // A container has written this through a mount, as another user.
    if (there?.uid !== uid) continue;
    const own = names.get(there.ino ?? 0) ?? 1;
    if (!there.isDirectory && (there.nlink ?? 1) > own) continue;
    giveOne(at, env);
  }
}

/** A folder's content at any depth; for a file, the file itself. Follows no link. */
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

/** Gives one file or folder that the run has made. */
function giveOne(path: string, env: Surroundings["env"]): void {
  const caller = callerOf(env);
  if (!caller) return;
  // A link in the place of the folder would give away a foreign file.
  if (Deno.realPathSync(dirname(path)) !== dirname(path)) return;
  try {
    lchownSync(path, caller.uid, caller.gid);
  } catch {
    // A user who may not change owners is the caller, who owns it already.
  }
}

/** The user who called this process with sudo; undefined without sudo, or if root called it. */
export function callerOf(
  { SUDO_UID, SUDO_GID }: Surroundings["env"],
): { uid: number; gid: number } | undefined {
  const [uid, gid] = [Number(SUDO_UID), Number(SUDO_GID)];
  const isKnown = Number.isSafeInteger(uid) && uid > 0 &&
    Number.isSafeInteger(gid) && gid >= 0;
  return isKnown ? { uid, gid } : undefined;
}
