/**
 * Files of a run that are written once, replaced or set aside.
 *
 * @module
 */

import { join } from "node:path";
import { checkFolder, type FolderOptions } from "../reports/checks.ts";
import { give } from "../reports/folder.ts";
import { lstat } from "../reports/look.ts";

/** The Compose file that gave a run's project its names. */
export const OVERRIDE = "compose.override.yaml";

/** Files that only the run itself writes, at its end. */
const AT_END = [
  ...["junit.xml", "steps.xml", "run.html", "trace.json", "receipt.json"],
  OVERRIDE,
];

/**
 * Renames files that already have a name of {@linkcode AT_END}: a container may write to the folder by a bind mount.
 * Resolves to a line for each. A file that cannot be renamed stays, so that writing the run's own file fails and is reported.
 */
export async function setAside(folder: string): Promise<string[]> {
  const lines: string[] = [];
  for (const name of AT_END) {
    const path = join(folder, name);
    if (!await lstat(path)) continue;
    let other = `service-${name}`;
    for (let i = 2; await lstat(join(folder, other)); i++) {
      other = `service-${i}-${name}`;
    }
    const isRenamed = await Deno.rename(path, join(folder, other))
      .then(() => true, () => false);
    if (isRenamed) {
      lines.push(
        `${name} is not from todoflow: it is kept as ${other}`,
      );
    }
  }
  return lines;
}

/**
 * Writes new files (name to text). An error does not keep the other files from being written.
 *
 * @returns the first error, such as that a file has come since `setAside`: neither is it replaced nor a link followed
 */
export async function writeNew(
  folder: string,
  files: Readonly<Record<string, string>>,
): Promise<unknown> {
  let failed: unknown;
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(join(folder, name), text, { createNew: true })
      .catch((error) => failed ??= error);
  }
  return failed;
}

/**
 * Replaces a file of todoflow in one step, so that no reader sees half of it.
 *
 * @throws {TodoflowError} when todoflow has not made its folder, or a link leads to it.
 * @throws {Error} of Deno when it cannot be written.
 */
export async function rewriteReport(
  name: string,
  { text, ...where }: FolderOptions & { text: string },
): Promise<void> {
  const path = join((await checkFolder(where)).path, name);
  const anew = `${path}.${crypto.randomUUID()}`;
  await Deno.writeTextFile(anew, text, { createNew: true });
  try {
    await Deno.rename(anew, path);
  } catch (error) {
    await Deno.remove(anew).catch(() => {});
    throw error;
  }
  const { uid } = await Deno.lstat(path);
  await give(path, { uid, env: where.env });
}

/** Whether there is a folder of this path. */
export async function isFolder(path: string): Promise<boolean> {
  return (await Deno.stat(path).catch(() => undefined))?.isDirectory ?? false;
}
