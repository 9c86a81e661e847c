/**
 * The static files under the names that they are served by: a hash of the content makes each name good for ever.
 *
 * @module
 */

import { createHash } from "node:crypto";

/** A static file. */
export interface Asset {
  /** With the hash in it, such as `app.0123456789ab.js`. */
  readonly name: string;
  /** The content, in which other static files have their names with hashes, too. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const FOLDER = `${import.meta.dirname}/../static`;
const HASH_LENGTH = 12;

/** The SHA-256 of bytes, in hexadecimal digits. */
export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/**
 * Reads all static files, by the names that they have in their folder. Where a script or a style sheet names another one
 * as `"./name"`, it gets the name with the hash.
 *
 * @throws {Error} when a file cannot be read, or files name each other in a circle
 */
export async function readAssets(
  folder = FOLDER,
): Promise<ReadonlyMap<string, Asset>> {
  const contents = new Map<string, Uint8Array<ArrayBuffer>>();
  for await (const { name } of Deno.readDir(folder)) {
    contents.set(name, await Deno.readFile(`${folder}/${name}`));
  }
  const assets = new Map<string, Asset>();
  const add = (source: string, namedBy: readonly string[]): Asset => {
    const known = assets.get(source);
    if (known) return known;
    const path = [...namedBy, source];
    // The name of each would depend on the name of the other.
    if (namedBy.includes(source)) {
      throw new Error(`${path.join(" -> ")} is a circle`);
    }
    let bytes = contents.get(source)!;
    if (/\.(css|js)$/.test(source)) {
      let text = new TextDecoder().decode(bytes);
      for (const other of contents.keys()) {
        const reference = `"./${other}"`;
        if (!text.includes(reference)) continue;
        text = text.replaceAll(reference, `"./${add(other, path).name}"`);
      }
      bytes = new TextEncoder().encode(text);
    }
    const asset = { name: hashedName(source, bytes), bytes };
    assets.set(source, asset);
    return asset;
  };
  for (const source of [...contents.keys()].sort()) add(source, []);
  return assets;
}

function hashedName(source: string, bytes: Uint8Array): string {
  const hash = sha256(bytes).slice(0, HASH_LENGTH);
  return source.replace(/(\.[^.]*)?$/, `.${hash}$1`);
}
