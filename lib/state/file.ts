/**
 * Reads and writes the files of the folder of records. Links, devices and files of other users are neither read nor
 * written.
 *
 * @module
 */

import { TodoflowError } from "../errors/todoflow_error.ts";
import { quote } from "../plan/script.ts";
import { checkPrivate } from "./folder.ts";

/** The mode of a file that only its user can read, because it contains paths and process ids. */
const mode = 0o600;

/** The most bytes of a record; a larger one is not read. */
const MOST_BYTES = 4 * 1024 * 1024;

/** The text of a file, or the reason for not reading it; undefined if there is none. */
export async function readPrivate(
  path: string,
): Promise<{ text: string } | { problem: string } | undefined> {
  let info: Deno.FileInfo;
  try {
    info = await Deno.lstat(path);
  } catch (error) {
    return error instanceof Deno.errors.NotFound
      ? undefined
      : { problem: reasonOf(error) };
  }
  // Check before opening, because opening a pipe waits for its writer.
  const problem = strangeness(info);
  if (problem !== undefined) return { problem };
  if (info.size > MOST_BYTES) return { problem: "it is larger than 4 MiB" };
  try {
    const bytes = await Deno.readFile(path);
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    const isText = !(error instanceof TypeError);
    return { problem: isText ? reasonOf(error) : "it is not UTF-8" };
  }
}

function reasonOf(error: unknown): string {
  return (error as Error).message;
}

/** The reason why this user's runs cannot have written a file; undefined if they can. */
function strangeness(
  { isSymlink, isFile, uid }: Deno.FileInfo,
): string | undefined {
  if (isSymlink) return "it is a link";
  if (!isFile) return "it is not a file";
  const own = Deno.uid();
  return own === null || uid === own
    ? undefined
    : `it belongs to the user ${uid}`;
}

/**
 * Writes a file in one step: a previous file of that name is replaced, not written to. The caller holds the lock for
 * this file.
 *
 * @throws {Error} of Deno if it cannot be written
 */
export async function writePrivate(path: string, text: string): Promise<void> {
  const file = `${path}.new`;
  // Leftover of a killed run.
  await Deno.remove(file).catch(() => {});
  await Deno.writeTextFile(file, text, { createNew: true, mode });
  await Deno.rename(file, path);
}

/**
 * Writes a Compose file that is merged into those of a project. The caller holds the lock of the project.
 *
 * @throws {TodoflowError} if it cannot be written
 */
export async function writeOverride(path: string, text: string): Promise<void> {
  const folder = path.slice(0, path.lastIndexOf("/"));
  checkPrivate(folder);
  try {
    await writePrivate(path, text);
  } catch (error) {
    const { message: detail } = error as Error;
    throw new TodoflowError({ kind: "no-state", folder, detail });
  }
}

/**
 * Opens the file of a lock, and creates it if it is missing.
 *
 * @throws {TodoflowError} if something else has its name
 */
export async function openLock(
  path: string,
): Promise<{ file: Deno.FsFile; isNew: boolean }> {
  for (;;) {
    try {
      const options = { createNew: true, read: true, write: true, mode };
      return { file: await Deno.open(path, options), isNew: true };
    } catch (error) {
      if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    }
    try {
      const strange = strangeness(await Deno.lstat(path));
      if (strange !== undefined) throw strangerIn(path, strange);
      const options = { read: true, write: true };
      return { file: await Deno.open(path, options), isNew: false };
    } catch (error) {
      // Its last holder has removed it meanwhile.
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}

function strangerIn(path: string, problem: string): TodoflowError {
  const folder = path.slice(0, path.lastIndexOf("/"));
  return new TodoflowError({
    kind: "unsafe-state",
    ...{ folder, path, problem },
    fix: `mv ${quote(path)} ${quote(`${path}.old`)}`,
  });
}

/**
 * Whether another process holds a lock, and the text of its file; a lock is opened for reading, which changes nothing.
 */
export async function lookAtLock(
  path: string,
): Promise<{ held: boolean; text: string }> {
  const free = { held: false, text: "" };
  try {
    const info = await Deno.lstat(path);
    if (strangeness(info) !== undefined || info.size > MOST_BYTES) return free;
    using file = await Deno.open(path);
    if (await file.tryLock(false)) return free;
    return { held: true, text: await Deno.readTextFile(path) };
  } catch {
    return free;
  }
}
