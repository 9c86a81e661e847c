/**
 * The Compose files as they are written, before Compose resolves them.
 *
 * @module
 */

import type { ReadTextFile } from "./files.ts";

/** The Compose files, and their text. */
export interface Written {
  /** The Compose files, as absolute paths, each after those that it overrides. */
  files: readonly string[];
  /** Their YAML, before Compose resolves it; nothing of a file that cannot be read. */
  documents: readonly unknown[];
  readTextFile: ReadTextFile;
}

/** Reads the Compose files as they are written. */
export async function readWritten(
  files: readonly string[],
  readTextFile: ReadTextFile,
): Promise<Written> {
  const { parseAllDocuments } = await import("yaml");
  const read = async (file: string) => {
    try {
      const text = await readTextFile(file);
      // Compose knows the key `<<`, and tags of its own, such as `!reset`.
      return [...parseAllDocuments(text, { merge: true, logLevel: "error" })]
        .map((document) => document.toJS() as unknown);
    } catch {
      return [];
    }
  };
  const documents = await Promise.all(files.map(read));
  return { files, documents: documents.flat(), readTextFile };
}
