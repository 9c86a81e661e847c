/**
 * The folder of one target's reports: emptied, marked, kept an eye on, and given to the caller.
 *
 * @module
 */

import { dirname, join } from "node:path";
import { TodoflowError } from "./errors.ts";
import {
  checkFolder,
  type FolderOptions,
  isAbsent,
  lstat,
  MARKER,
  MARKER_TEXT,
  ownUid,
} from "./report_checks.ts";

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
 * @param options.keep whether what is in it belongs to the same run
 * @throws {TodoflowError} when it is not todoflow's.
 * @throws {Error} of Deno when it cannot be written.
 */
export async function takeFolder(
  options: FolderOptions & { keep?: boolean },
): Promise<ReportFolder> {
  const path = await checkFolder(options);
  // A run has recorded the path without links: they are newer.
  if (options.keep && path !== options.folder) throw replaced(options.folder);
  const made = await makeFolder(path);
  const uid = await ownUid(path);
  let own = await Deno.lstat(path);
  if (!options.keep) await emptyFolder(path, options);
  mark(path);
  const ensureSync = () => {
    const there = lstatSync(path);
    const isOwn = there !== undefined && isSame(there, own);
    const isFree = isOwn || !there || there.isDirectory && isEmpty(path);
    if (!isFree) throw replaced(path);
    // What was above it when the run began had no links.
    const above = nearestSync(path);
    if (Deno.realPathSync(above) !== above) throw replaced(above);
    if (!there) Deno.mkdirSync(path, { recursive: true });
    // A test may have emptied it: without a marker, the next run would refuse it.
    if (!isOwn || !lstatSync(join(path, MARKER))) mark(path);
    if (!isOwn) own = Deno.lstatSync(path);
    return !isOwn;
  };
  return {
    path,
    ensureSync,
    ensure: () => new Promise((resolve) => resolve(ensureSync())),
    give: () => give([...made, path], { uid, env: options.env }),
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

/** Makes a folder and those above it; resolves to those above it that were not there. */
async function makeFolder(path: string): Promise<string[]> {
  const missing: string[] = [];
  for (let at = dirname(path); !await lstat(at); at = dirname(at)) {
    missing.unshift(at);
  }
  await Deno.mkdir(path, { recursive: true });
  return missing;
}

function mark(folder: string): void {
  const path = join(folder, MARKER);
  if (lstatSync(path)?.isFile) return;
  Deno.writeTextFileSync(path, MARKER_TEXT, { createNew: true });
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
  options: FolderOptions,
): Promise<void> {
  const { dev } = await Deno.lstat(folder);
  await openFolders(folder, { ...options, dev });
  for await (const { name } of Deno.readDir(folder)) {
    if (name === MARKER) continue;
    // It follows no links.
    await Deno.remove(join(folder, name), { recursive: true })
      .catch((error) => {
        if (!isAbsent(error)) throw error;
      });
  }
}

/** Makes all folders below one removable, and refuses if one is another file system's. */
async function openFolders(
  folder: string,
  options: FolderOptions & { dev: number },
): Promise<void> {
  const names: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) names.push(name);
  }
  for (const name of names) {
    const path = join(folder, name);
    const there = await lstat(path);
    if (!there?.isDirectory) continue;
    if (there.dev !== options.dev) {
      throw new TodoflowError({
        kind: "foreign-reports",
        folder: options.folder,
        problem: "mount",
        path,
      });
    }
    const { mode } = there;
    if (mode !== null && (mode & 0o700) !== 0o700) {
      await Deno.chmod(path, (mode & 0o777) | 0o700).catch(() => {});
    }
    await openFolders(path, options);
  }
}

/**
 * Under sudo, what a run has made as root belongs to who called it: these files, and these folders with all that is in the
 * last one. No link is followed.
 */
export async function give(
  paths: readonly string[],
  { uid, env: { SUDO_UID, SUDO_GID } }: Pick<FolderOptions, "env"> & {
    /** Who has what the run has made. */
    uid: number | null;
  },
): Promise<void> {
  if (!SUDO_UID || !SUDO_GID || uid === null) return;
  const { lchown } = await import("node:fs/promises");
  const giveOne = async (path: string) => {
    const there = await lstat(path);
    // What a container has written through a mount as somebody else is not the run's.
    if (there?.uid !== uid) return there;
    // Without the right to give it away, it is the caller's already.
    await lchown(path, Number(SUDO_UID), Number(SUDO_GID)).catch(() => {});
    return there;
  };
  const giveAll = async (path: string) => {
    const there = await giveOne(path);
    if (!there?.isDirectory) return;
    const names = await Array.fromAsync(Deno.readDir(path), ({ name }) => name);
    for (const name of names) await giveAll(join(path, name));
  };
  for (const path of paths.slice(0, -1)) await giveOne(path);
  for (const path of paths.slice(-1)) await giveAll(path);
}
