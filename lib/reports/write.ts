/**
 * Writes the files of a tar stream to a folder on the host, without following a link, within the limits of a run.
 *
 * @module
 */

import { dirname, join } from "node:path";
import type { TarHeader } from "modern-tar";
import { lstat } from "./look.ts";

/** The most bytes that a run copies. */
export const MAX_BYTES = 2 ** 30;

/** The most files that a run copies. */
export const MAX_FILES = 100_000;

/** Files and their bytes. */
export interface Amount {
  files: number;
  bytes: number;
}

/** Decides which entries of a stream are a part of the report; the others are left out without a word. */
export interface Sieve {
  /** Whether an entry may be a part of it; no folder is asked about. The parts are those that `place` gets. */
  entry(header: TarHeader, parts: readonly string[]): boolean;
  /** Whether a regular file is a part of it. */
  first(bytes: Uint8Array, parts: readonly string[]): boolean;
  /** How many bytes `first` needs. */
  count: number;
}

/** Where the files of a report go. */
export interface CopyOptions {
  /** Absolute path on the host, without links. */
  folder: string;
  /** Path of the report in the container, without a slash at its end: "" is the root. */
  report: string;
  /** How much the run has copied so far; it grows. */
  used: Amount;
  /**
   * Where a file goes, relative to the folder; undefined if the file is not a part of the report. The parts are those
   * below the report; if the report is a single file, its name is the only part.
   */
  place(parts: readonly string[]): string | undefined;
  /** Asked before `place`. */
  sieve?: Sieve;
  /** How many bytes and entries are read of the stream; by default, more than a run copies. */
  most?: { bytes: number; entries: number };
  /** Called before a file is written; rejects when the folder was replaced. */
  ensure(): Promise<unknown>;
  /** Ends the copying. */
  signal: AbortSignal;
  /** Takes the path in the container of an entry that is lost, and why. */
  lost(path: string, why: string): void;
}

/** The outcome of copying a stream. */
export interface Copied extends Amount {
  /** Whether the report exists. */
  found: boolean;
  /** Empty folders, as paths in the container. */
  empty: string[];
  /** Files beyond the limits of a run, and the first of them. */
  beyond: Amount & { path?: string };
  /** Why the stream was not read to its end. */
  problem?: string;
  /** Whether the stream ended early. */
  broken: boolean;
}

/** The state while a stream is copied. */
export interface Copying extends CopyOptions {
  copied: Copied;
  /** Where each file was written, by its name in the stream: a hard link may name it. */
  placed: Map<string, string>;
}

/** An entry of the stream. */
export interface Entry {
  /** Its type, size, mode and names. */
  header: TarHeader;
  /** The content of a file. */
  body: ReadableStream<Uint8Array>;
  /** The parts of its name, as {@linkcode partsOf} gives them. */
  parts: readonly string[];
}

/** The parts of an entry's name; only one if the report is a single file. */
export function partsOf(name: string): string[] {
  return name.split("/").filter((part) => part !== "" && part !== ".");
}

/** Where one file comes from and goes. */
interface Place {
  /** In the container. */
  path: string;
  /** On the host, relative to the folder. */
  place: string;
}

/** Takes room for a file; returns whether the limits of a run allow it. */
function takesRoom(bytes: number, path: string, copying: Copying): boolean {
  const { used, copied: { beyond } } = copying;
  if (used.files + 1 > MAX_FILES || used.bytes + bytes > MAX_BYTES) {
    beyond.path ??= path;
    beyond.files++;
    beyond.bytes += bytes;
    return false;
  }
  used.files++;
  used.bytes += bytes;
  return true;
}

/** Counts a file after it was written, or gives back its room if writing fails. */
async function counted(
  bytes: number,
  { used, copied }: Copying,
  write: () => Promise<void>,
): Promise<void> {
  try {
    await write();
  } catch (error) {
    used.files--;
    used.bytes -= bytes;
    throw error;
  }
  copied.files++;
  copied.bytes += bytes;
}

/** Writes a regular file. */
export async function copyFile(
  { header, body, parts }: Entry,
  { path, place }: Place,
  copying: Copying,
): Promise<void> {
  const { size, mode = 0 } = header;
  if (!takesRoom(size, path, copying)) return;
  await counted(size, copying, async () => {
    const to = await makeRoom(place, copying);
    const file = await Deno.open(to, {
      write: true,
      createNew: true,
      // The caller may read the file; no user may execute it, least of all with the rights of another one (setuid).
      mode: (mode & 0o666) | 0o600,
    });
    try {
      await writeAll(body, file);
    } catch (error) {
      await Deno.remove(to).catch(() => {});
      throw error;
    } finally {
      file.close();
    }
  });
  copying.placed.set(parts.join("/"), place);
}

/** Makes a hard link to a file that was copied; it takes no bytes. */
export async function copyLink(
  { header: { linkname = "" }, parts }: Entry,
  { path, place }: Place,
  copying: Copying,
): Promise<void> {
  const { folder, placed, lost } = copying;
  const target = placed.get(partsOf(linkname).join("/"));
  if (target === undefined) {
    return lost(path, `it is a hard link to ${linkname}, which was not copied`);
  }
  if (!takesRoom(0, path, copying)) return;
  await counted(0, copying, async () => {
    const to = await makeRoom(place, copying);
    await Deno.link(join(folder, target), to);
  });
  placed.set(parts.join("/"), place);
}

/** Makes the folders of a file and removes an older file of its name, so that no link is followed; resolves to its path. */
async function makeRoom(
  place: string,
  { folder, ensure }: Copying,
): Promise<string> {
  await ensure();
  const to = join(folder, place);
  const above: string[] = [];
  for (let at = dirname(to); at !== folder; at = dirname(at)) above.unshift(at);
  for (const path of above) {
    const there = await lstat(path);
    if (there && !there.isDirectory) {
      throw new Error("its folder is a file here");
    }
    if (!there) await makeFolder(path);
  }
  const there = await lstat(to);
  if (there?.isDirectory) throw new Error("there is a folder of its name here");
  if (there) await Deno.remove(to);
  return to;
}

/** Makes a folder, unless another report has made it in the meantime. */
async function makeFolder(path: string): Promise<void> {
  await Deno.mkdir(path).catch((error) => {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  });
}

/** The stream has failed, not the writing of the file. */
export class Broken extends Error {}

async function writeAll(
  body: ReadableStream<Uint8Array>,
  file: Deno.FsFile,
): Promise<void> {
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read()
        .catch((cause) => Promise.reject(new Broken("", { cause })));
      if (done) return;
      for (let at = 0; at < value.length;) {
        at += await file.write(value.subarray(at));
      }
    }
  } finally {
    reader.releaseLock();
  }
}
