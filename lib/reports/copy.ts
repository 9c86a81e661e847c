/**
 * Copies what is in a container out of it, file by file, from a tar stream: a container is nobody's friend, so that nothing
 * but the content of regular files gets through, and what is lost is told.
 *
 * @module
 */

import { dirname, join } from "node:path";
import type { TarHeader } from "modern-tar";
import { lstat } from "./look.ts";

/** The most bytes and files that are copied in a run. */
export const MAX_BYTES = 2 ** 30;
export const MAX_FILES = 100_000;

/** The most bytes that are read of one report: what is too large is passed over, but not for ever. */
const MAX_READ = 4 * MAX_BYTES;

/** The most entries that are read of one report, folders and links included. */
const MAX_ENTRIES = 4 * MAX_FILES;

/** Files and their bytes. */
export interface Amount {
  files: number;
  bytes: number;
}

/** Where a tree goes. */
export interface CopyOptions {
  /** Absolute path on the host, without links. */
  folder: string;
  /** Path of the report in the container, without a slash at its end: "" is the root. */
  report: string;
  /** What has been copied in the run so far; it grows. */
  used: Amount;
  /**
   * Where a file goes, relative to the folder; undefined when it is none of the report. Its parts are below what was
   * asked for; a file that was asked for itself has its name alone.
   */
  place(parts: readonly string[]): string | undefined;
  /** Called before a file is written; rejects when the folder is not what it was. */
  ensure(): Promise<unknown>;
  /** Ends the copying. */
  signal: AbortSignal;
  /** Tells what of the tree is lost: a path in the container, and why. */
  lost(path: string, why: string): void;
}

/** What came out of a stream. */
export interface Copied extends Amount {
  /** Whether there was what was asked for. */
  found: boolean;
  /** Folders with nothing in them, as paths in the container. */
  empty: string[];
  /** What was more than a run copies, and the first of it. */
  beyond: Amount & { path?: string };
  /** Why not all of the stream was read. */
  problem?: string;
  /** Whether the stream ended early. */
  broken: boolean;
}

/** What stands in the way of an entry that is no file. */
const NO_FILES: Readonly<Record<string, string>> = {
  "symlink": "it is a link",
  "fifo": "it is a FIFO",
  "character-device": "it is a device",
  "block-device": "it is a device",
};

/** What goes on while a stream is read. */
interface Copying extends CopyOptions {
  copied: Copied;
  /** Where files have gone that a hard link may name, by their names in the stream. */
  placed: Map<string, string>;
  /** Bytes of entries so far, and how many. */
  read: number;
  entries: number;
}

/**
 * Copies the regular files of a tar stream, as `docker cp CONTAINER:PATH -` and the engine's `GET …/archive` give it. It
 * never rejects: one entry that cannot be copied is lost alone, and what is lost is told.
 */
export async function copyTar(
  source: ReadableStream<Uint8Array>,
  options: CopyOptions,
): Promise<Copied> {
  const copied: Copied = {
    ...{ found: false, files: 0, bytes: 0, empty: [], broken: false },
    beyond: { files: 0, bytes: 0 },
  };
  const copying = {
    ...options,
    copied,
    placed: new Map(),
    read: 0,
    entries: 0,
  };
  const stop = new AbortController();
  try {
    const { createTarDecoder } = await import("modern-tar");
    const entries = source.pipeThrough(createTarDecoder({ strict: true }), {
      signal: AbortSignal.any([stop.signal, options.signal]),
    });
    await copyEntries(entries, copying);
  } catch (error) {
    if (error instanceof TooLarge) copied.problem = error.message;
    else copied.broken = true;
  }
  stop.abort();
  return copied;
}

/** What comes is more than is read of a report. */
class TooLarge extends Error {}

async function copyEntries(
  entries: ReadableStream<{
    header: TarHeader;
    body: ReadableStream<Uint8Array>;
  }>,
  copying: Copying,
): Promise<void> {
  const { report, copied } = copying;
  let folder: string | undefined;
  const endFolder = () => {
    if (folder !== undefined) copied.empty.push(folder || "/");
  };
  for await (const { header, body } of entries) {
    const parts = partsOf(header.name);
    const path = pathOf(report, parts);
    copied.found = true;
    // What is in a folder comes right behind it.
    if (!path.startsWith(`${folder}/`)) endFolder();
    folder = header.type === "directory" ? path : undefined;
    await copyEntry({ header, body, parts }, copying);
    await body.cancel().catch(() => {});
  }
  endFolder();
}

interface Entry {
  header: TarHeader;
  body: ReadableStream<Uint8Array>;
  /** Of its path. */
  parts: readonly string[];
}

/** The parts of an entry's name; that of a file that was asked for itself has one. */
function partsOf(name: string): string[] {
  return name.split("/").filter((part) => part !== "" && part !== ".");
}

/** The path in the container: names in the stream begin with the last part of what was asked for, but for the root's. */
function pathOf(report: string, parts: readonly string[]): string {
  return [report, ...inner(report, parts)].join("/");
}

/** The parts below what was asked for. */
function inner(report: string, parts: readonly string[]): readonly string[] {
  return report === "" ? parts : parts.slice(1);
}

async function copyEntry(entry: Entry, copying: Copying): Promise<void> {
  const { header: { type = "file", size }, parts } = entry;
  const { report, lost } = copying;
  const path = pathOf(report, parts);
  copying.read += size;
  copying.entries++;
  if (copying.read > MAX_READ || copying.entries > MAX_ENTRIES) {
    throw new TooLarge(`${path} and what comes after it are too large`);
  }
  if (type === "directory") return;
  const below = inner(report, parts);
  if (below.length === 0 && type !== "file") {
    return lost(path, NO_FILES[type] ?? "it is no file");
  }
  const place = copying.place(below.length === 0 ? parts : below);
  if (place === undefined) return;
  // A path that the Compose file names may be a part of the place.
  const why = problemOf(parts) ?? problemOf(place.split("/")) ?? NO_FILES[type];
  if (why !== undefined) return lost(path, why);
  try {
    if (type === "link") await copyLink(entry, { path, place }, copying);
    else if (type === "file") await copyFile(entry, { path, place }, copying);
    else lost(path, "it is no file");
  } catch (error) {
    // What failed was the stream: nothing comes any more.
    if (error instanceof Broken) throw error;
    lost(path, messageOf(error));
  }
}

/** Why a path is not taken, whatever is there. */
function problemOf(parts: readonly string[]): string | undefined {
  const odd = Deno.build.os === "windows" ? /[\0\\:]/ : /\0/;
  if (parts.some((part) => part === ".." || odd.test(part))) {
    return "its name leads out of the report";
  }
  if (parts.some((part) => part.toLowerCase() === ".git")) {
    return "it is in a .git, whose configuration git would obey here";
  }
  return undefined;
}

interface Place {
  /** In the container. */
  path: string;
  /** On the host, relative to the folder. */
  place: string;
}

/** Takes room for a file; resolves to whether there was some. */
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

/** Counts a file that was written, or gives back its room if it cannot be. */
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

async function copyFile(
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
      // The caller may read it, and nobody execute it, least of all with another one's rights.
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

/** A second name of a file takes no bytes. */
async function copyLink(
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

/** Makes the folders of a file and removes what has its name, so that no link is followed; resolves to its path. */
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

/** Another report may have made it meanwhile. */
async function makeFolder(path: string): Promise<void> {
  await Deno.mkdir(path).catch((error) => {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  });
}

/** The stream has ended, which is not the file's fault. */
class Broken extends Error {}

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

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
