/**
 * The collected static files, as requests below `/static/` get them.
 *
 * @module
 */

import { getMimeType } from "hono/utils/mime";
import { type Asset, sha256 } from "./assets.ts";
import { readManifest } from "./manifest.ts";
import {
  type Encoded,
  type Encoding,
  represent,
  type Representation,
  SUFFIXES,
} from "./representation.ts";

/** Static files by their names, which is all that a request can name: there is no path that could lead elsewhere. */
export type StaticFiles = ReadonlyMap<string, Representation>;

/** The static file of this name. Its content never changes: another one would have another name. */
export function staticFile(name: string, encoded: Encoded): Representation {
  return represent(encoded, {
    "Content-Type": getMimeType(name) ?? "application/octet-stream",
    "Cache-Control": "public, max-age=31536000, immutable",
  });
}

/**
 * Reads a collection: into memory, as it is small, and nothing that happens to its folder later can break a page.
 *
 * @throws {Error} when it is not there, is damaged, or is not the collection of these static files
 */
export async function readCollection(
  root: string,
  assets: ReadonlyMap<string, Asset>,
): Promise<StaticFiles> {
  const { current, files } = await readManifest(root);
  for (const [source, { name }] of assets) {
    if (current[source] === name && Object.hasOwn(files, name)) continue;
    throw new Error(`${source} is not the one of this release`);
  }
  const needed = new Set(Object.values(current));
  const collection = new Map<string, Representation>();
  for (const [name, digests] of Object.entries(files)) {
    try {
      const encoded = await readEncoded(root, name, digests);
      collection.set(name, staticFile(name, encoded));
    } catch (error) {
      // To collect again would not bring back what only an earlier page needs.
      if (needed.has(name)) throw error;
    }
  }
  return collection;
}

async function readEncoded(
  root: string,
  name: string,
  digests: Readonly<Partial<Record<Encoding, string>>>,
): Promise<Encoded> {
  const encoded: Partial<Record<Encoding, Uint8Array<ArrayBuffer>>> = {};
  for (const [encoding, digest] of Object.entries(digests)) {
    const file = `${name}${SUFFIXES[encoding as Encoding]}`;
    const bytes = await Deno.readFile(`${root}/${file}`);
    if (sha256(bytes) !== digest) throw new Error(`${file} is damaged`);
    encoded[encoding as Encoding] = bytes;
  }
  if (!encoded.identity) throw new Error(`${name} is missing`);
  return encoded;
}
