/**
 * The command `collectstatic`: puts the static files where they are served from, under names with content hashes,
 * compressed, and with a manifest.
 *
 * @module
 */

import { type Asset, readAssets, sha256 } from "./assets.ts";
import { CommandError, errorMessage } from "./errors.ts";
import {
  fileNames,
  MANIFEST,
  type Manifest,
  readManifest,
} from "./manifest.ts";
import { encode, type Encoding, SUFFIXES } from "./representation.ts";
import { staticRoot } from "./settings.ts";
import type { World } from "./world.ts";

/**
 * Collects all static files in STATIC_ROOT, which is made if it is not there. The collection before it stays as well, for
 * pages that are still open and servers that still run; older ones go. Files that were not collected stay.
 *
 * @throws {CommandError} when a file cannot be read or written
 */
export async function collectStatic(
  { env, out }: World,
  sources?: string,
): Promise<void> {
  const root = staticRoot(env);
  try {
    const assets = await readAssets(sources);
    await Deno.mkdir(root, { recursive: true });
    // One that cannot be used is replaced.
    const before = await readManifest(root).catch(() => undefined);
    const collected = await writeAssets(root, [...assets.values()]);
    const current = Object.fromEntries(
      [...assets].map(([source, { name }]) => [source, name]),
    );
    const manifest = withPrevious({ current, files: collected }, before);
    // Last: whoever can read it finds everything that it names.
    await writeWhole(
      `${root}/${MANIFEST}`,
      new TextEncoder().encode(`${JSON.stringify(manifest, null, 2)}\n`),
    );
    await removeOld(root, before, manifest);
    out(`${assets.size} static files collected in "${root}"`);
  } catch (error) {
    throw new CommandError(
      `Cannot collect static files in "${root}": ${
        errorMessage(error)
      } (STATIC_ROOT)`,
      1,
      { cause: error },
    );
  }
}

async function writeAssets(
  root: string,
  assets: readonly Asset[],
): Promise<Manifest["files"]> {
  const files: Manifest["files"] = {};
  for (const { name, bytes } of assets) {
    const digests: Partial<Record<Encoding, string>> = {};
    for (const [encoding, body] of Object.entries(encode(bytes))) {
      const known = encoding as Encoding;
      await writeWhole(`${root}/${name}${SUFFIXES[known]}`, body);
      digests[known] = sha256(body);
    }
    files[name] = digests;
  }
  return files;
}

/** Renamed when it is complete: another collection, or a server that starts, may be at work in the same folder. */
async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const unfinished = `${path}.${crypto.randomUUID()}`;
  try {
    await Deno.writeFile(unfinished, bytes);
    await Deno.rename(unfinished, path);
  } catch (error) {
    await Deno.remove(unfinished).catch(() => {});
    throw error;
  }
}

/** The manifest with the files of the collection before it; what is collected again has still the same one before it. */
function withPrevious(
  manifest: Manifest,
  before: Manifest | undefined,
): Manifest {
  if (before === undefined) return manifest;
  const isSame =
    JSON.stringify(before.current) === JSON.stringify(manifest.current);
  const kept = isSame
    ? Object.keys(before.files)
    : Object.values(before.current);
  const files = { ...manifest.files };
  for (const name of kept) files[name] ??= before.files[name] ?? {};
  return { ...manifest, files };
}

async function removeOld(
  root: string,
  before: Manifest | undefined,
  manifest: Manifest,
): Promise<void> {
  if (before === undefined) return;
  const needed = new Set(fileNames(manifest));
  const old = fileNames(before).filter((name) => !needed.has(name));
  // Another collection may have been quicker.
  for (const name of old) await Deno.remove(`${root}/${name}`).catch(() => {});
}
