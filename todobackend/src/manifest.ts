/**
 * The manifest of a collection of static files.
 *
 * @module
 */

import { type Encoding, SUFFIXES } from "./representation.ts";

/** The name of the manifest in its folder. */
export const MANIFEST = "manifest.json";

/** What was collected. */
export interface Manifest {
  /** The names of this collection's files, by the names that their sources have. */
  readonly current: Readonly<Record<string, string>>;
  /** The SHA-256 of each file in each encoding, those of the collection before included. */
  readonly files: Record<string, Readonly<Partial<Record<Encoding, string>>>>;
}

/**
 * Reads the manifest in a folder.
 *
 * @throws {Error} when it is not there, or is none
 */
export async function readManifest(root: string): Promise<Manifest> {
  const manifest = JSON.parse(await Deno.readTextFile(`${root}/${MANIFEST}`));
  const isOne = isRecord(manifest?.current) && isRecord(manifest?.files) &&
    Object.values(manifest.current).every((name) => typeof name === "string") &&
    Object.values(manifest.files).every(isRecord) &&
    fileNames(manifest).every((name) => /^[^./\\][^/\\]*$/.test(name));
  if (!isOne) throw new Error(`${MANIFEST} is not a manifest`);
  return manifest;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** The names of all files that a manifest tells of. */
export function fileNames({ files }: Manifest): string[] {
  return Object.entries(files).flatMap(([name, digests]) =>
    Object.keys(digests).map((encoding) =>
      `${name}${SUFFIXES[encoding as Encoding]}`
    )
  );
}
