/**
 * The files of this machine, as the doctor looks at them.
 *
 * @module
 */

import { readdir, readFile, statfs } from "node:fs/promises";
import type { Files } from "./project/context.ts";

/** Reads the file system by node:fs, because Deno has no function for the free space. */
export function localFiles(): Files {
  return {
    readTextFile: (path) => readFile(path, "utf8"),
    list: async (folder) =>
      (await readdir(folder, { withFileTypes: true })).map((entry) => ({
        name: entry.name,
        isFolder: entry.isDirectory(),
      })),
    free: async (folder) => {
      try {
        const { bavail, bsize } = await statfs(folder);
        return bavail * bsize;
      } catch {
        // No such folder here, or no permission to ask (--allow-sys=statfs).
        return undefined;
      }
    },
  };
}
