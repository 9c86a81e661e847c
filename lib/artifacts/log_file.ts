/**
 * The file of a service's log: what is written stays, and a file that cannot be written is told once and keeps nobody from
 * going on.
 *
 * @module
 */

import { dirname } from "node:path";
import {
  isRealFolder,
  openPlain,
  plainSize,
  readPlain,
  writeAllSync,
} from "../reports/plain_file.ts";
import type { ServiceLog } from "../page/logs.ts";
import { MAX_LOG } from "../page/logs.ts";

/** A file to which the lines of a log are appended. It never throws. */
export interface LogFile {
  /** Takes bytes, which it copies. */
  write(bytes: Uint8Array): void;
  /** Keeps bytes, which it copies, for `release`. */
  hold(bytes: Uint8Array): void;
  /** Whether something is held. */
  holds(): boolean;
  /** Writes what is held. */
  release(): void;
  /** Lets others see what was written. */
  flush(): void;
  /** Whether the file is where it was opened: not if somebody has removed it. True where it could not be opened. */
  isThere(): boolean;
  close(): void;
}

/** Throws when the folder of a run is not what it was: a link that has taken its place is not followed. */
export type Ensure = () => void;

/** Bytes that are written at once. */
const BATCH = 64 * 1024;

/** The most bytes that are held in memory; more go to a file. */
const MAX_HELD = 1024 * 1024;

/**
 * Opens a file, beginning a new line of it.
 *
 * @param problem called at most once, with why the file is incomplete
 * @param options.open opens the file, to append to it
 * @param options.ensure called before anything is made; throws when the folder of the run is not what it was
 */
export function logFile(
  path: string,
  problem: (why: string) => void,
  { open = openLog, ensure = () => {} }: {
    open?: (path: string) => Deno.FsFile;
    ensure?: Ensure | undefined;
  } = {},
): LogFile {
  let file: Deno.FsFile | undefined;
  let identity: string | undefined;
  const fail = (error: unknown) => {
    if (!file) return;
    problem(reasonOf(error as Error));
    closeQuietly(file);
    file = undefined;
  };
  try {
    ensure();
    file = open(path);
    identity = identityOf(file.statSync());
  } catch (error) {
    problem(reasonOf(error as Error));
  }
  const batch = new Uint8Array(BATCH);
  let length = 0;
  const writeAll = (bytes: Uint8Array) => {
    try {
      for (let at = 0; at < bytes.length && file;) {
        at += file.writeSync(bytes.subarray(at));
      }
    } catch (error) {
      fail(error);
    }
  };
  const flush = () => {
    writeAll(batch.subarray(0, length));
    length = 0;
  };
  const write = (bytes: Uint8Array) => {
    if (!file) return;
    if (length + bytes.length > BATCH) flush();
    if (bytes.length > BATCH) return writeAll(bytes);
    batch.set(bytes, length);
    length += bytes.length;
  };
  const held = heldIn(`${path}.held`, { ensure, fail });
  return {
    write,
    hold: (bytes) => {
      if (file) held.take(bytes);
    },
    holds: held.has,
    release: () => held.give(write),
    flush,
    isThere: () => {
      if (identity === undefined) return true;
      try {
        return identityOf(Deno.lstatSync(path)) === identity;
      } catch {
        return false;
      }
    },
    close: () => {
      flush();
      held.end();
      if (file) closeQuietly(file);
      file = undefined;
    },
  };
}

/** Where the number of a file that was removed may have been given to another one, their times tell them apart. */
function identityOf({ dev, ino, birthtime }: Deno.FileInfo): string {
  return `${dev}:${ino}:${birthtime?.getTime()}`;
}

function openLog(path: string): Deno.FsFile {
  // The folder may have been removed since the run has begun.
  Deno.mkdirSync(dirname(path), { recursive: true });
  const file = openPlain(path);
  if (file.statSync().size === 0) return file;
  file.seekSync(-1, Deno.SeekMode.End);
  const last = new Uint8Array(1);
  file.readSync(last);
  // What was broken off, or written by a program without a last line end.
  if (last[0] !== LF) file.writeSync(new Uint8Array([LF]));
  return file;
}

const LF = 10;

/** Bytes that wait: in memory as long as they are few, then in a file. */
function heldIn(
  path: string,
  { ensure, fail }: { ensure: Ensure; fail: (error: unknown) => void },
) {
  let parts: Uint8Array[] = [];
  let size = 0;
  let spool: Deno.FsFile | undefined;
  const spill = () => {
    if (!spool) ensure();
    spool ??= openSpool(path);
    for (const part of parts) writeAllSync(spool, part);
    parts = [];
    size = 0;
  };
  const end = () => {
    parts = [];
    size = 0;
    if (!spool) return;
    closeQuietly(spool);
    spool = undefined;
    try {
      ensure();
      Deno.removeSync(path);
    } catch {
      // Somebody else has removed it, or replaced its folder.
    }
  };
  const guarded = (action: () => void) => {
    try {
      action();
    } catch (error) {
      fail(error);
      end();
    }
  };
  return {
    has: () => size > 0 || spool !== undefined,
    take: (bytes: Uint8Array) => {
      parts.push(bytes.slice());
      size += bytes.length;
      if (size > MAX_HELD) guarded(spill);
    },
    give: (write: (bytes: Uint8Array) => void) =>
      guarded(() => {
        spool?.seekSync(0, Deno.SeekMode.Start);
        const buffer = new Uint8Array(BATCH);
        for (let count; (count = spool?.readSync(buffer));) {
          write(buffer.subarray(0, count));
        }
        parts.forEach(write);
        end();
      }),
    end,
  };
}

/** Anew: what has its name may lead elsewhere. */
function openSpool(path: string): Deno.FsFile {
  const folder = dirname(path);
  if (!isRealFolder(folder)) throw new Error(`${folder} is no folder`);
  discard(path);
  return Deno.openSync(path, { createNew: true, read: true, write: true });
}

function closeQuietly(file: Deno.FsFile): void {
  try {
    file.close();
  } catch {
    // A full disk can be told as late as here.
  }
}

function reasonOf({ message }: Error): string {
  return /no space left|quota exceeded/i.test(message)
    ? "no space left"
    : message;
}

/** The logs in a folder, of long ones the end. */
export async function readLogs(folder: string): Promise<ServiceLog[]> {
  const names: string[] = [];
  try {
    for await (const { name, isFile } of Deno.readDir(folder)) {
      if (isFile && name.endsWith(".log")) names.push(name);
    }
  } catch {
    // Somebody has removed the folder.
  }
  const logs = await Promise.all(
    names.toSorted().map(async (name) => {
      try {
        return [await readLog(folder, name)];
      } catch {
        return [];
      }
    }),
  );
  return logs.flat();
}

async function readLog(folder: string, name: string): Promise<ServiceLog> {
  const file = readPlain(`${folder}/${name}`);
  const cut = Math.max(0, (await file.stat()).size - MAX_LOG);
  await file.seek(cut, Deno.SeekMode.Start);
  const text = await new Response(file.readable).text();
  return {
    service: name.slice(0, -".log".length),
    // From the start of a line.
    text: cut > 0 ? text.slice(text.indexOf("\n") + 1) : text,
    cut,
  };
}

/**
 * Puts a log that was read anew in the place of the one that is there, unless that one has more.
 *
 * @param options.fresh path of the new one, which is gone afterwards
 */
export function replaceIfLonger(
  path: string,
  { fresh, ensure = () => {} }: { fresh: string; ensure?: Ensure | undefined },
): void {
  try {
    ensure();
    if (!isRealFolder(dirname(path))) return;
    if (plainSize(fresh) >= plainSize(path)) Deno.renameSync(fresh, path);
    else Deno.removeSync(fresh);
  } catch {
    // Somebody has removed the folder, or the log could not be written.
  }
}

/** Removes what is left of a log that was read anew by a process that has died. */
export function discard(path: string, ensure: Ensure = () => {}): void {
  try {
    ensure();
    if (isRealFolder(dirname(path))) Deno.removeSync(path);
  } catch {
    // There is nothing.
  }
}
