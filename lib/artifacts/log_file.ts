/**
 * The file of a service's log. Written lines stay; a file that cannot be written is reported once and does not stop the run.
 *
 * @module
 */

import { dirname } from "node:path";
import {
  closeQuietly,
  openPlain,
  writeAllSync,
} from "../reports/plain_file.ts";
import { heldIn } from "./held.ts";
import type { Ensure } from "./log_folder.ts";

/** A file to which the lines of a log are appended. It never throws. */
export interface LogFile {
  /** Takes bytes, which it copies. */
  write(bytes: Uint8Array): void;
  /** Keeps bytes, which it copies, for `release`. */
  hold(bytes: Uint8Array): void;
  /** Whether something is held. */
  holds(): boolean;
  /** Writes the held bytes. */
  release(): void;
  /** Writes all bytes to the disk, so that other programs see them. */
  flush(): void;
  /** Whether the file is still where it was opened, and not removed. True if it could not be opened. */
  isThere(): boolean;
  close(): void;
}

/** How many bytes are collected before they are written. */
const BATCH = 64 * 1024;

/**
 * Opens a file, beginning a new line of it.
 *
 * @param problem called at most once, with why the file is incomplete
 * @param options.open opens the file, to append to it
 * @param options.ensure called before a file is made; throws when the folder of the run was replaced
 */
export function logFile(
  path: string,
  problem: (why: string) => void,
  { open = openLog, ensure = () => {} }: {
    open?: (path: string) => Deno.FsFile;
    ensure?: Ensure | undefined;
  } = {},
): LogFile {
  const file = openedFile(path, {
    open: () => {
      ensure();
      return open(path);
    },
    problem: (error) => problem(reasonOf(error as Error)),
  });
  const { add, flush } = batched(file.write);
  const write = (bytes: Uint8Array) => {
    if (file.isOpen()) add(bytes);
  };
  const held = heldIn(`${path}.held`, { ensure, fail: file.fail });
  return {
    write,
    hold: (bytes) => {
      if (file.isOpen()) held.take(bytes);
    },
    holds: held.has,
    release: () => held.give(write),
    flush,
    isThere: file.isThere,
    close: () => {
      flush();
      held.end();
      file.close();
    },
  };
}

/** A file that its first fault closes, and that ignores all bytes after that. */
function openedFile(
  path: string,
  { open, problem }: {
    open: () => Deno.FsFile;
    problem: (error: unknown) => void;
  },
) {
  let file: Deno.FsFile | undefined;
  let identity: string | undefined;
  let isGone = false;
  const close = () => {
    if (file) closeQuietly(file);
    file = undefined;
  };
  const fail = (error: unknown) => {
    if (!file) return;
    problem(error);
    close();
  };
  try {
    file = open();
    identity = identityOf(file.statSync());
  } catch (error) {
    problem(error);
  }
  return {
    isOpen: () => file !== undefined,
    write: (bytes: Uint8Array) => {
      try {
        if (file) writeAllSync(file, bytes);
      } catch (error) {
        fail(error);
      }
    },
    fail,
    isThere: () => {
      if (identity === undefined) return true;
      // A file that is gone stays gone: a new one may get its inode number, and even its time of birth, of few ms.
      isGone ||= identityIn(path) !== identity;
      return !isGone;
    },
    close,
  };
}

/** Collects bytes, so that they are written in few calls. */
function batched(write: (bytes: Uint8Array) => void) {
  const batch = new Uint8Array(BATCH);
  let length = 0;
  const flush = () => {
    write(batch.subarray(0, length));
    length = 0;
  };
  const add = (bytes: Uint8Array) => {
    if (length + bytes.length > BATCH) flush();
    if (bytes.length > BATCH) return write(bytes);
    batch.set(bytes, length);
    length += bytes.length;
  };
  return { add, flush };
}

/** Includes the time of birth, because a new file may get the inode number of a removed one. */
function identityOf({ dev, ino, birthtime }: Deno.FileInfo): string {
  return `${dev}:${ino}:${birthtime?.getTime()}`;
}

function identityIn(path: string): string | undefined {
  try {
    return identityOf(Deno.lstatSync(path));
  } catch {
    return undefined;
  }
}

function openLog(path: string): Deno.FsFile {
  // The folder may have been removed since the run has begun.
  Deno.mkdirSync(dirname(path), { recursive: true });
  const file = openPlain(path);
  if (file.statSync().size === 0) return file;
  file.seekSync(-1, Deno.SeekMode.End);
  const last = new Uint8Array(1);
  file.readSync(last);
  // The last line was broken off, or its program wrote no line end.
  if (last[0] !== LF) file.writeSync(new Uint8Array([LF]));
  return file;
}

const LF = 10;

function reasonOf({ message }: Error): string {
  return /no space left|quota exceeded/i.test(message)
    ? "no space left"
    : message;
}
