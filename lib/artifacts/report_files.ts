/**
 * Finds the files in the folder of a run that may be reports of tests or coverage.
 *
 * @module
 */

import { join } from "node:path";
import { readPlainText } from "../reports/plain_file.ts";
import type { ReportFile } from "../test_results/find.ts";

/** The files whose names may be those of test or coverage reports; each is read only when its text is requested. */
export async function reportFiles(folder: string): Promise<ReportFile[]> {
  const names = (await filesIn(folder))
    .filter((name) => /\.(xml|info|lcov|tap)$/.test(name));
  return names.map((path) => {
    let measured: number | undefined;
    return {
      path,
      size: async () => measured = (await Deno.lstat(join(folder, path))).size,
      text: () => readPlainText(join(folder, path), measured),
    };
  });
}

/** The regular files below a folder, relative to it. Links are not followed, because they could lead anywhere. */
async function filesIn(folder: string, below = ""): Promise<string[]> {
  const files: string[] = [];
  for (const { name, isDirectory, isFile } of await entriesOf(folder)) {
    const path = join(below, name);
    if (isDirectory) {
      for (const file of await filesIn(join(folder, name), path)) {
        files.push(file);
      }
    }
    if (isFile) files.push(path);
  }
  return files.toSorted();
}

/** The entries of a folder; none if it cannot be read, or was removed in the meantime. */
async function entriesOf(folder: string): Promise<Deno.DirEntry[]> {
  return await Array.fromAsync(Deno.readDir(folder)).catch(() => []);
}
