/**
 * The things that a repository lacks, as data.
 *
 * @module
 */

/** A file that is not there. */
export interface NewFile {
  /** Absolute path. */
  path: string;
  text: string;
}

/** Lines for a file that is there, which todoflow does not edit. */
export interface Block {
  /** Where they belong, such as "below compose.yaml:3"; the file as the caller would name it. */
  place: string;
  /** The reason, in a clause. */
  why: string;
  /** The lines, indented as in the file. */
  text: string;
  /** The start of a comment in that file. */
  comment: "#" | "//";
}

/** The whole. */
export interface Missing {
  files: readonly NewFile[];
  blocks: readonly Block[];
  /** Sentences about things that only the user can decide. */
  notes: readonly string[];
}

/** Several answers as one; of files with the same path, the first counts. */
export function joined(parts: readonly Missing[]): Missing {
  const files = new Map<string, NewFile>();
  for (const file of parts.flatMap(({ files }) => files)) {
    if (!files.has(file.path)) files.set(file.path, file);
  }
  return {
    files: [...files.values()],
    blocks: parts.flatMap(({ blocks }) => blocks),
    notes: [...new Set(parts.flatMap(({ notes }) => notes))],
  };
}

/** Nothing. */
export const NOTHING: Missing = { files: [], blocks: [], notes: [] };
