/**
 * Reads and writes green records in the folder of records.
 *
 * @module
 */

import { readPrivate, writePrivate } from "./file.ts";
import type { Green, GreenPlace } from "./green.ts";
import { FORMAT, parseGreen } from "./green_shape.ts";
import { greenPath, greenPrefix, keysIn, recordKey } from "./paths.ts";

/** The most green records in the folder: one each for project, engine, target and checkout, without end otherwise. */
const MOST = 100;

/**
 * The record of the last successful run in this checkout; without one, the newest of the same project, engine and target
 * in another checkout. A file that this version cannot read counts as missing.
 *
 * @param options.onlyOwn whether records of other checkouts count as missing, too
 */
export async function readGreen(
  folder: string,
  place: GreenPlace,
  { onlyOwn = false } = {},
): Promise<Green | undefined> {
  const key = await recordKey(place.project, place.engine);
  const own = await readAt(await greenPath(folder, key, place));
  if (own?.directory === place.directory) return own;
  if (onlyOwn) return undefined;
  const prefix = greenPrefix(key, place.target);
  const names = (await keysIn(folder, ENDING))
    .filter((name) => name.startsWith(prefix));
  const found = await Promise.all(
    names.map((name) => readAt(`${folder}/${name}${ENDING}`)),
  );
  return found.filter((one) => one !== undefined)
    .toSorted((a, b) => a.at < b.at ? -1 : 1).at(-1);
}

const ENDING = ".green";

async function readAt(path: string): Promise<Green | undefined> {
  const file = await readPrivate(path);
  const parsed = file && "text" in file ? parseGreen(file.text) : undefined;
  return parsed && "value" in parsed ? parsed.value : undefined;
}

/**
 * Replaces the record of the checkout, and removes the oldest records if there are too many. The caller holds the lock of
 * the project.
 *
 * @throws {Error} of Deno if it cannot be written
 */
export async function writeGreen(folder: string, green: Green): Promise<void> {
  const key = await recordKey(green.project, green.engine);
  const path = await greenPath(folder, key, green);
  await writePrivate(path, JSON.stringify({ format: FORMAT, ...green }));
  const names = await keysIn(folder, ENDING);
  if (names.length <= MOST) return;
  const files = await Promise.all(names.map(async (name) => {
    const path = `${folder}/${name}${ENDING}`;
    const info = await Deno.lstat(path).catch(() => undefined);
    return { path, written: info?.mtime?.getTime() ?? 0 };
  }));
  const old = files.toSorted((a, b) => b.written - a.written).slice(MOST);
  for (const { path } of old) await Deno.remove(path).catch(() => {});
}
