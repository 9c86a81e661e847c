/**
 * Checks who owns a folder of reports: todoflow empties, writes to and gives away only a folder that it has made.
 *
 * @module
 */

import { basename, dirname, isAbsolute, join, relative, sep } from "node:path";
import type { Surroundings } from "../child.ts";
import type { ForeignReports } from "../errors/ownership_failure.ts";
import { TodoflowError } from "../errors/todoflow_error.ts";
import { gitIn, withoutRepository } from "../git/git.ts";
import { stateFolder } from "../state/folder.ts";
import { lstat, nearest, ownUid } from "./look.ts";
import { FORMAT, isEarlier, MARKER, markerIn } from "./marker.ts";

/** The folder to check. */
export interface FolderOptions {
  /** Absolute path of the folder of one target's reports. */
  folder: string;
  /** Absolute path of the folder that no link may lead out of; absent if the caller has named a folder elsewhere. */
  checkout?: string;
  /** Absolute path of the project's folder; the marker of a folder outside of the checkout must name it. */
  directory?: string;
  env: Surroundings["env"];
  /** Stops git. */
  signal?: AbortSignal;
}

/** The folder of the repository that contains a folder, found by its `.git`; without one, the folder itself. */
export async function checkoutOf(directory: string): Promise<string> {
  for (let at = directory;; at = dirname(at)) {
    if (await lstat(join(at, ".git"))) return at;
    if (dirname(at) === at) return directory;
  }
}

/** Whether a path is the folder or in it; both are absolute. */
export function isWithin(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/** A folder that a run may have. */
export interface CheckedFolder {
  /** Absolute path without links. */
  path: string;
  /** The folder that was there during the check; todoflow empties no other. */
  there: Deno.FileInfo | undefined;
}

/**
 * Checks that a run may use the folder. Changes nothing.
 *
 * @throws {TodoflowError} when the folder belongs to another program or user, or may.
 * @throws {Error} when git fails.
 */
export async function checkFolder(
  options: FolderOptions,
): Promise<CheckedFolder> {
  const { path, there } = await checkPath(options);
  await checkTracked(path, options);
  await checkAbove(path, options);
  if (!there) return { path, there };
  const own = await ownUid(dirname(path));
  checkOwner(path, there, { ...options, own });
  await checkMarker(path, { ...options, own });
  await checkState(path, options);
  return { path, there };
}

/**
 * Checks only where the folder is, not its content; resolves to its path without links, and to the folder if it exists.
 *
 * @throws {TodoflowError} when a link leads to it, or it is not a folder.
 */
async function checkPath(
  options: FolderOptions,
): Promise<{ path: string; there: Deno.FileInfo | undefined }> {
  const path = await realFolder(options);
  const there = await lstat(path);
  if (there?.isSymlink) throw foreign(options, { problem: "link", path });
  if (there && !there.isDirectory) {
    throw foreign(options, { problem: "no folder", path });
  }
  return { path, there };
}

/** A failure that names the foreign file or folder. */
function foreign(
  { folder }: Pick<FolderOptions, "folder">,
  reason: ForeignReports,
): TodoflowError {
  return new TodoflowError({ kind: "foreign-reports", folder, ...reason });
}

/** The path of the folder with the links above it resolved; none of them may lead out of the checkout. */
async function realFolder(options: FolderOptions): Promise<string> {
  const { folder, checkout } = options;
  const above = dirname(folder);
  const there = await nearest(above);
  const real = await Deno.realPath(there).catch(() => undefined);
  // A broken link would lead out of the checkout as soon as its target is made.
  if (real === undefined) {
    throw foreign(options, { problem: "link", path: there });
  }
  if (!(await Deno.stat(real)).isDirectory) {
    throw foreign(options, { problem: "no folder", path: there });
  }
  if (checkout !== undefined) {
    const root = await Deno.realPath(checkout);
    if (!isWithin(real, root) || !isWithin(folder, checkout)) {
      throw foreign(options, { problem: "link", path: there, to: real });
    }
  }
  return join(real, relative(there, above), basename(folder));
}

/** Refuses a folder with files that git tracks, whether they exist now or not: they belong to the caller. */
async function checkTracked(
  folder: string,
  options: FolderOptions,
): Promise<void> {
  // git runs above the folder: a repository inside it may come from a container, and git would obey its configuration.
  const directory = await nearest(dirname(folder));
  const env = {
    ...withoutRepository(options.env),
    // A search that ends too soon would find no repository.
    GIT_CEILING_DIRECTORIES: "",
    // The reports may be a volume that is mounted into the checkout.
    GIT_DISCOVERY_ACROSS_FILESYSTEM: "1",
    // Its messages are read.
    LC_ALL: "C",
  };
  const { signal } = options;
  const git = gitIn({ directory, env, ...(signal && { signal }) });
  const { code, stdout, stderr } = await git([
    "--literal-pathspecs",
    ...["ls-files", "-z", "--full-name", "--", folder],
  ]).catch((error) => {
    const { kind, detail } = error.failure ?? {};
    // If git is installed but cannot be started, the tracked files are unknown.
    if (kind !== "no-git" || detail !== undefined) throw error;
    return { code: 128, stdout: "", stderr: NO_REPOSITORY };
  });
  if (code !== 0) {
    if (UNTRACKED.some((words) => stderr.includes(words))) return;
    const why = stderr.trim().split("\n").at(-1) || `it exits with ${code}`;
    throw new Error(`cannot tell whether git has files of it: ${why}`);
  }
  const [path] = stdout.split("\0");
  if (path) throw foreign(options, { problem: "tracked", path });
}

const NO_REPOSITORY = "not a git repository";

/**
 * Messages of git if there is no repository, or if it refuses one of another user. CI agents that check out as another user
 * get the second in each run; the marker still protects the folder.
 */
const UNTRACKED = [
  NO_REPOSITORY,
  "must be run in a work tree",
  "dubious ownership",
];

interface Owned extends FolderOptions {
  /** The caller's user ID on this file system. */
  own: number | null;
}

/** Refuses a folder that belongs neither to this user nor, under sudo, to the caller. */
function checkOwner(
  path: string,
  { uid }: Deno.FileInfo,
  options: Owned,
): void {
  if (uid === null || isCallers(uid, options)) return;
  throw foreign(options, { problem: "owner", path, uid });
}

function isCallers(
  uid: number | null,
  { own, env: { SUDO_UID } }: Owned,
): boolean {
  if (uid === null || own === null || uid === own) return true;
  return own === 0 && SUDO_UID !== undefined && Number(SUDO_UID) === uid;
}

/** Refuses a folder without a valid marker, unless it is empty: there is nothing to lose in it. */
async function checkMarker(
  folder: string,
  options: Owned,
): Promise<void> {
  const path = join(folder, MARKER);
  const marker = await markerIn(folder);
  if (marker) {
    checkOwner(path, marker.file, options);
    if (marker.format !== FORMAT) {
      throw foreign(options, { problem: "later", path });
    }
    return await checkDirectory(marker.directory, options);
  }
  if (await isEarlier(folder)) return;
  for await (const { name } of Deno.readDir(folder)) {
    throw foreign(options, { problem: "files", path: join(folder, name) });
  }
}

/** Refuses a folder outside of any checkout that holds the reports of another project, as long as that project exists. */
async function checkDirectory(
  of: string | undefined,
  options: FolderOptions,
): Promise<void> {
  if (of === undefined || options.directory === undefined) return;
  if (of === options.directory || !await lstat(of)) return;
  throw foreign(options, { problem: "project", path: of });
}

/** Refuses a folder inside one that a run empties: the next run would remove it. */
async function checkAbove(
  path: string,
  options: FolderOptions,
): Promise<void> {
  for (let at = dirname(path); dirname(at) !== at; at = dirname(at)) {
    const marker = await markerIn(at);
    if (!marker) continue;
    const own = await ownUid(at);
    // Another user's marker is ignored: otherwise one file could block every user.
    if (!isCallers(marker.file.uid, { ...options, own })) continue;
    throw foreign(options, { problem: "within", path: at });
  }
}

/** Refuses a folder that contains the records of runs, which no run may remove. */
async function checkState(
  path: string,
  options: FolderOptions,
): Promise<void> {
  const state = stateFolder(options.env);
  const real = await Deno.realPath(state).catch(() => state);
  if (!isWithin(real, path)) return;
  throw foreign(options, { problem: "state", path: real });
}
