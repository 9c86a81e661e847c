/**
 * Finds the folder of records, and checks that only this user can write to it.
 *
 * @module
 */

import { userInfo } from "node:os";
import { basename, dirname, join } from "node:path";
import { TodoflowError } from "../errors/todoflow_error.ts";
import { quote } from "../plan/script.ts";

/**
 * Bits of a mode: write permission for others than the owner; and the sticky bit, with which only the owner of an entry
 * can rename it.
 */
const GROUP_WRITES = 0o020;
const OTHERS_WRITE = 0o002;
const STICKY = 0o1000;

/** The most links in a path, as many as Linux follows. */
const MOST_LINKS = 40;

/** The mode of a folder that only its user can read, because it contains paths and process ids. */
const FOLDER_MODE = 0o700;

/**
 * The folder of the records: `$XDG_STATE_HOME/todoflow`, by default in `~/.local/state`; a relative path is ignored.
 * https://specifications.freedesktop.org/basedir-spec/latest/
 *
 * A HOME that belongs to another user is ignored: `sudo` keeps it in some configurations, and build agents mount one
 * into containers. Without a home, the folder has the uid in its name.
 */
export function stateFolder(env: Readonly<Record<string, string>>): string {
  const { XDG_STATE_HOME, HOME, LOCALAPPDATA, TMPDIR } = env;
  if (isAbsolute(XDG_STATE_HOME)) return join(XDG_STATE_HOME, "todoflow");
  if (isAbsolute(HOME) && !isAnothers(HOME)) return inHome(HOME);
  if (LOCALAPPDATA) return join(LOCALAPPDATA, "todoflow");
  const home = homeOfUser();
  if (home !== undefined) return inHome(home);
  return join(
    isAbsolute(TMPDIR) ? TMPDIR : "/tmp",
    `todoflow-${Deno.uid() ?? "user"}`,
  );
}

function inHome(home: string): string {
  return join(home, ".local", "state", "todoflow");
}

function isAbsolute(path: string | undefined): path is string {
  return /^([/\\]|[A-Z]:)/.test(path ?? "");
}

/** Whether a folder visibly belongs to neither this user nor root. */
function isAnothers(path: string): boolean {
  try {
    return !isTrusted(Deno.statSync(path).uid);
  } catch {
    return false;
  }
}

/** The home of this user according to the system, if it exists. */
function homeOfUser(): string | undefined {
  try {
    const { homedir } = userInfo();
    return homedir && Deno.statSync(homedir).isDirectory ? homedir : undefined;
  } catch {
    // The uid has no entry, as in containers.
    return undefined;
  }
}

/** Whether an owner is trusted: this user, or root, which has access anyway. Without uids, every owner is. */
function isTrusted(owner: number | null): boolean {
  const own = Deno.uid();
  return own === null || owner === null || owner === own || owner === 0;
}

/**
 * Creates the folder of records if it is missing, and asserts that it is private.
 *
 * @throws {TodoflowError} if others could write to it, before anything is created
 * @throws {Error} of Deno if it cannot be created
 */
export async function makePrivate(folder: string): Promise<void> {
  checkPrivate(folder);
  await Deno.mkdir(folder, { recursive: true, mode: FOLDER_MODE });
  checkPrivate(folder);
}

/**
 * Asserts that only this user and root can put something into a folder, or another folder in its place. A missing
 * folder passes if no other user can create it.
 *
 * @throws {TodoflowError} with the problem and the command that fixes it
 */
export function checkPrivate(folder: string): void {
  // Windows has neither uids nor modes; a profile there is private.
  if (Deno.uid() === null) return;
  const found = problemOf(folder);
  if (found) {
    throw new TodoflowError({ kind: "unsafe-state", folder, ...found });
  }
}

interface Problem {
  path: string;
  /** The problem of the path, in words that follow it. */
  problem: string;
  /** The command that fixes it. */
  fix: string;
}

const ELSEWHERE =
  'export XDG_STATE_HOME="$(mktemp -d)"   # or a folder of yours that lasts';

function problemOf(folder: string): Problem | undefined {
  const parent = resolved(dirname(folder));
  return typeof parent === "string"
    ? ownProblem(join(parent, basename(folder)))
    : parent;
}

/**
 * The path with links resolved, the problem of a part of it, or undefined if it does not lead to a folder. The path is
 * followed from the top, as the kernel does, because the owner of each folder and link in it decides where it leads.
 */
function resolved(folder: string): string | Problem | undefined {
  const names = [".", ...folder.split("/")];
  let at = "/";
  let links = 0;
  while (names.length > 0) {
    const path = join(at, names.shift()!);
    const info = lookAt(path);
    if (!info) return undefined;
    const problem = parentProblem(path, info);
    if (problem) return problem;
    if (!info.isSymlink) at = path;
    else {
      if (++links > MOST_LINKS) return undefined;
      const target = Deno.readLinkSync(path);
      if (target.startsWith("/")) at = "/";
      names.unshift(...target.split("/"));
    }
  }
  return at;
}

function lookAt(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.lstatSync(path);
  } catch {
    // A missing or unreadable part fails where it is used.
    return undefined;
  }
}

/** The problem of a folder or link above the records. */
function parentProblem(
  path: string,
  { uid, gid, mode, isSymlink }: Deno.FileInfo,
): Problem | undefined {
  const so = "who could put another folder in its place";
  if (!isTrusted(uid)) {
    return {
      path,
      problem: `belongs to the user ${uid}, ${so}`,
      fix: ELSEWHERE,
    };
  }
  // A link has no mode of its own.
  if (isSymlink || !isOpen(mode!, gid!) || mode! & STICKY) return undefined;
  const fix = uid === Deno.uid() ? `chmod go-w ${quote(path)}` : ELSEWHERE;
  return {
    path,
    problem: `can be written by others (mode ${octal(mode!)}), ${so}`,
    fix,
  };
}

/**
 * Whether others can write. Groups that are trusted: that with the number of the uid, which is the user's own, and
 * root's.
 */
function isOpen(mode: number, gid: number): boolean {
  const isOwn = gid === Deno.uid() || gid === 0;
  return (mode & OTHERS_WRITE) !== 0 ||
    ((mode & GROUP_WRITES) !== 0 && !isOwn);
}

/** The problem of the folder of records itself. */
function ownProblem(path: string): Problem | undefined {
  const info = lookAt(path);
  if (!info) return undefined;
  const { isSymlink, isDirectory, uid } = info;
  const own = Deno.uid();
  const away = lookAt(dirname(path))?.uid === own
    ? `mv ${quote(path)} ${quote(`${path}.old`)}`
    : ELSEWHERE;
  if (isSymlink) return { path, problem: "is a link", fix: away };
  if (!isDirectory) return { path, problem: "is not a folder", fix: away };
  if (uid !== own) {
    const problem = `belongs to the user ${uid}, not to the user ${own}`;
    return { path, problem, fix: away };
  }
  const mode = info.mode!;
  return !(mode & (GROUP_WRITES | OTHERS_WRITE)) ? undefined : {
    path,
    problem: `can be written by others (mode ${octal(mode)})`,
    fix: `chmod go-w ${quote(path)}`,
  };
}

function octal(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(4, "0");
}
