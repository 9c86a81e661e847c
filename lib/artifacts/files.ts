/**
 * Files of a run that are replaced or set aside.
 *
 * @module
 */

import { lstat } from "../reports/look.ts";
import { give } from "../reports/folder.ts";
import { checkFolder, type FolderOptions } from "../reports/checks.ts";
import { RECEIPT } from "../publish/receipt.ts";
import { join } from "node:path";

/** Files that only the run itself writes, at its end. */
const AT_END = ["junit.xml", "run.html", "trace.json", RECEIPT];

/**
 * Gives other names to what already has those of {@linkcode AT_END}: a container may write to the folder by a bind mount.
 * Resolves to a line for each. What cannot be renamed is left, so that writing the run's own file fails, which is told.
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
 * Writes a file of todoflow's, which was read before, anew: nobody ever reads half of it.
 *
 * @throws {TodoflowError} when its folder is not todoflow's, or a link leads to it.
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
