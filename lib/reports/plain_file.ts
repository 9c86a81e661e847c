/**
 * Opens todoflow's own files in folders that a container may write to by a bind mount, without following a link, FIFO or
 * device that the container has put there.
 *
 * @module
 */

import { dirname } from "node:path";

/**
 * Opens a regular file in a folder that is no link, for appending and reading; makes it if it does not exist.
 *
 * @throws {Error} when the path leads to something else.
 */
export function openPlain(path: string): Deno.FsFile {
  const there = plainAt(path);
  return same(
    Deno.openSync(path, { append: true, read: true, createNew: !there }),
    path,
  );
}

/**
 * Opens a regular file in a folder that is no link, for reading.
 *
 * @throws {Error} when there is none.
 */
export function readPlain(path: string): Deno.FsFile {
  plainAt(path);
  return same(Deno.openSync(path), path);
}

/**
 * The text of a regular file in a folder that is no link.
 *
 * @param most bytes that it may have; default: any number
 * @throws {Error} when there is no such file, or it has more bytes.
 */
export async function readPlainText(
  path: string,
  most?: number,
): Promise<string> {
  using file = readPlain(path);
  const { size } = await file.stat();
  if (size > (most ?? size)) {
    throw new Error(`it has grown to more than ${most} bytes`);
  }
  const bytes = new Uint8Array(size);
  let length = 0;
  for (let count: number | null = 0; length < size;) {
    count = await file.read(bytes.subarray(length));
    if (count === null) break;
    length += count;
  }
  return new TextDecoder().decode(bytes.subarray(0, length));
}

/** Whether the path leads to a folder, and not to a link. */
export function isRealFolder(path: string): boolean {
  try {
    return Deno.lstatSync(path).isDirectory;
  } catch {
    return false;
  }
}

/** Bytes of a regular file; -1 if there is none. */
export function plainSize(path: string): number {
  try {
    const { isFile, size } = Deno.lstatSync(path);
    return isFile ? size : -1;
  } catch {
    return -1;
  }
}

/** Writes all bytes: a single call may write only a part of them. */
export function writeAllSync(file: Deno.FsFile, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
}

/** Closes a file after its last write; ignores errors, because a full disk may be reported only here. */
export function closeQuietly(file: Deno.FsFile): void {
  try {
    file.close();
  } catch {
    // The file is incomplete, but there is nothing left to do with it.
  }
}

/** Whether there is a regular file. Throws if the path leads to something else, or its folder is a link. */
function plainAt(path: string): boolean {
  const folder = dirname(path);
  if (!isRealFolder(folder)) throw new Error(`${folder} is no folder`);
  try {
    if (!Deno.lstatSync(path).isFile) throw notPlain(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** The file, if the path still leads to it: another one may have taken its place between check and opening. */
function same(file: Deno.FsFile, path: string): Deno.FsFile {
  try {
    const [opened, there] = [file.statSync(), Deno.lstatSync(path)];
    const isSame = opened.dev === there.dev && opened.ino === there.ino;
    if (!opened.isFile || !there.isFile || !isSame) throw notPlain(path);
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}

function notPlain(path: string): Error {
  return new Error(`${path} is no regular file`);
}
