/**
 * The files of this machine, as `init` reads and writes them: it follows no link, and makes files only where there is
 * nothing.
 *
 * @module
 */

import { lstat, mkdir, open, readdir, readFile } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { TodoflowError } from "../errors/todoflow_error.ts";
import type { NewFile } from "./missing.ts";
import type { Tree } from "./source.ts";

/** The largest file that is read. */
const MOST_BYTES = 500_000;

/** Reads the file system. */
export function localTree(): Tree {
  return {
    list: async (folder) => {
      try {
        const entries = await readdir(folder, { withFileTypes: true });
        return entries.map((entry) => ({
          name: entry.name,
          kind: entry.isFile()
            ? "file" as const
            : entry.isDirectory()
            ? "folder" as const
            : "other" as const,
        })).toSorted((a, b) => a.name < b.name ? -1 : 1);
      } catch {
        return [];
      }
    },
    read: async (path) => {
      try {
        const stat = await lstat(path);
        if (!stat.isFile() || stat.size > MOST_BYTES) return undefined;
        return await readFile(path, "utf8");
      } catch {
        return undefined;
      }
    },
  };
}

/** Whether there is anything at a path, a link that leads nowhere included. */
export async function isTaken(path: string): Promise<boolean> {
  return await lstat(path).then(() => true, () => false);
}

/** The nearest folder with `.git`: the folder itself, or one above it. */
export async function topOf(folder: string): Promise<string | undefined> {
  if (await isTaken(join(folder, ".git"))) return folder;
  const above = dirname(folder);
  return above === folder ? undefined : await topOf(above);
}

/**
 * Writes a file that is not there yet.
 *
 * @param options.top the folder that it must be in, without links
 * @param options.shown its path, as the caller would name it
 * @throws {TodoflowError} if it cannot be written, if there is something at its path, or if a folder on the way is a link
 */
export async function writeNew(
  { path, text }: NewFile,
  { top, shown }: { top: string; shown: string },
): Promise<void> {
  const fail = (detail: string) =>
    new TodoflowError({ kind: "unwritable", file: shown, detail });
  const within = relative(top, path);
  if (
    within === "" || within.split(sep)[0] === ".." || within.startsWith(sep)
  ) {
    throw fail("it is outside of the repository");
  }
  try {
    if (!await makeFolders(dirname(path), top)) {
      throw fail("a folder on the way to it is a link");
    }
    // "x": neither an existing file nor what a link leads to is opened.
    const file = await open(path, "wx", 0o644);
    try {
      await file.writeFile(text);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof TodoflowError) throw error;
    const { code, message } = error as { code?: string; message: string };
    throw fail(code === "EEXIST" ? "it is there already" : message);
  }
}

/** Makes the folders between the top and a folder; resolves to whether none of them is a link, which leads elsewhere. */
async function makeFolders(folder: string, top: string): Promise<boolean> {
  if (folder === top) return true;
  if (!await makeFolders(dirname(folder), top)) return false;
  const found = await lstat(folder).catch(() => undefined);
  if (!found) await mkdir(folder);
  return !found?.isSymbolicLink();
}
