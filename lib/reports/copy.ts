/**
 * Reads the tar stream of a report, entry by entry. Containers are not trusted: only the content of regular files gets
 * through, and every other entry is reported as lost.
 *
 * @module
 */

import type { TarHeader } from "modern-tar";
import { peek } from "./peek.ts";
import {
  Broken,
  type Copied,
  copyFile,
  type Copying,
  copyLink,
  type CopyOptions,
  type Entry,
  MAX_BYTES,
  MAX_FILES,
  partsOf,
} from "./write.ts";

/**
 * The most bytes to read of one report, and the most entries, folders and links included: files that are too large are
 * skipped, but not without end.
 */
const MOST = { bytes: 4 * MAX_BYTES, entries: 4 * MAX_FILES };

/** Why an entry of this type is lost. */
const NO_FILES: Readonly<Record<string, string>> = {
  "symlink": "it is a link",
  "fifo": "it is a FIFO",
  "character-device": "it is a device",
  "block-device": "it is a device",
};

/**
 * Copies the regular files of a tar stream, as `docker cp CONTAINER:PATH -` and the engine's `GET …/archive` give it. It
 * never rejects: an entry that cannot be copied does not stop the others, and is passed to `lost`.
 */
export async function copyTar(
  source: ReadableStream<Uint8Array>,
  options: CopyOptions,
): Promise<Copied> {
  const copied: Copied = {
    ...{ found: false, files: 0, bytes: 0, empty: [], broken: false },
    beyond: { files: 0, bytes: 0 },
  };
  const reading: Reading = {
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
    await copyEntries(entries, reading);
  } catch (error) {
    if (error instanceof TooLarge) copied.problem = error.message;
    else copied.broken = true;
  }
  stop.abort();
  return copied;
}

/** How far the stream was read. */
interface Reading extends Copying {
  /** Bytes of all entries so far. */
  read: number;
  /** How many entries. */
  entries: number;
}

/** The report exceeds {@linkcode MOST}, or the limits of the caller. */
class TooLarge extends Error {}

async function copyEntries(
  entries: ReadableStream<{
    header: TarHeader;
    body: ReadableStream<Uint8Array>;
  }>,
  reading: Reading,
): Promise<void> {
  const { report, copied } = reading;
  let folder: string | undefined;
  const endFolder = () => {
    if (folder !== undefined) copied.empty.push(folder || "/");
  };
  for await (const { header, body } of entries) {
    const parts = partsOf(header.name);
    const path = pathOf(report, parts);
    copied.found = true;
    // The entries of a folder follow it directly.
    if (!path.startsWith(`${folder}/`)) endFolder();
    folder = header.type === "directory" ? path : undefined;
    await copyEntry({ header, body, parts }, reading);
    await body.cancel().catch(() => {});
  }
  endFolder();
}

/** The path in the container: names in the stream begin with the last part of the report's path, except for the root. */
function pathOf(report: string, parts: readonly string[]): string {
  return [report, ...inner(report, parts)].join("/");
}

/** The parts below the report. */
function inner(report: string, parts: readonly string[]): readonly string[] {
  return report === "" ? parts : parts.slice(1);
}

async function copyEntry(entry: Entry, reading: Reading): Promise<void> {
  const { header: { type = "file", size }, parts } = entry;
  const { report, lost, most = MOST } = reading;
  const path = pathOf(report, parts);
  reading.read += size;
  reading.entries++;
  if (reading.read > most.bytes || reading.entries > most.entries) {
    throw new TooLarge(`${path} and what comes after it are too large`);
  }
  if (type === "directory") return;
  const below = inner(report, parts);
  const own = below.length === 0 ? parts : below;
  if (reading.sieve && !reading.sieve.entry(entry.header, own)) return;
  if (below.length === 0 && type !== "file") {
    return lost(path, NO_FILES[type] ?? "it is no file");
  }
  const sifted = await sift(entry, own, reading);
  if (!sifted) return;
  try {
    await copyPart(sifted, { path, own }, reading);
  } finally {
    // The rest of a body that is not read would stay in memory.
    await sifted.body.cancel().catch(() => {});
  }
}

/**
 * The entry; undefined for a file whose first bytes are not those of a report.
 *
 * @throws {Broken} when the stream fails
 */
async function sift(
  entry: Entry,
  own: readonly string[],
  { sieve }: Reading,
): Promise<Entry | undefined> {
  const { type = "file" } = entry.header;
  if (!sieve || type !== "file") return entry;
  const { first, body } = await peek(entry.body, sieve.count)
    .catch((cause) => Promise.reject(new Broken("", { cause })));
  if (sieve.first(first, own)) return { ...entry, body };
  await body.cancel();
  return undefined;
}

/** Copies an entry that is a part of the report, or says why it cannot. */
async function copyPart(
  entry: Entry,
  { path, own }: { path: string; own: readonly string[] },
  reading: Reading,
): Promise<void> {
  const { header: { type = "file" }, parts } = entry;
  const { lost } = reading;
  const place = reading.place(own);
  if (place === undefined) return;
  // A path that the Compose file names may be a part of the place.
  const why = problemOf(parts) ?? problemOf(place.split("/")) ?? NO_FILES[type];
  if (why !== undefined) return lost(path, why);
  try {
    if (type === "link") await copyLink(entry, { path, place }, reading);
    else if (type === "file") await copyFile(entry, { path, place }, reading);
    else lost(path, "it is no file");
  } catch (error) {
    // The stream failed, so no other entry will come.
    if (error instanceof Broken) throw error;
    lost(path, messageOf(error));
  }
}

/** Why an entry with this path is lost, whatever its type. */
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

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
