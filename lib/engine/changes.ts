/**
 * Lists the files that a container has written.
 *
 * @module
 */

import type { EngineApi } from "./api.ts";
import { containerPath } from "./paths.ts";

/** The most bytes of the engine's answer that are read: about half a million paths. */
const MAX_READ = 64 * 1024 * 1024;

/** The most UTF-16 units of one change: a path has at most 4096 bytes, each of which may be six units in JSON. */
const MAX_CHANGE = 32 * 1024;

/** The kind of a change by which a file of the image was removed: 0 is a file that has changed, 1 a new one. */
const REMOVED = 2;

/** The files that a container has written. */
export interface Changes {
  /** Absolute paths in the container, folders included. */
  paths: string[];
  /** Whether there are more changes than were read. */
  hasMore: boolean;
}

/** Options of {@linkcode changesOf}. */
interface ChangesOptions {
  /** Chooses among the paths. */
  wanted: (path: string) => boolean;
  /** The most paths to return. */
  most: number;
  signal: AbortSignal;
}

/**
 * The paths that a container has made or changed in its own file system, so without what it has written to its mounts. An
 * answer of any length is read in pieces: a container may have changed 100,000 files. The engine first compares all files
 * of the image, so a large image takes seconds; until then, it does not remove the container.
 *
 * @throws {EngineError} when the engine refuses or does not answer
 */
export async function changesOf(
  api: EngineApi,
  container: string,
  { wanted, most, signal }: ChangesOptions,
): Promise<Changes> {
  const { body } = await api.request(containerPath(container, "changes"), {
    signal,
  });
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const objects = objectReader();
  const paths: string[] = [];
  try {
    for (let read = 0;;) {
      const { value } = await reader.read();
      if (!value) return { paths, hasMore: false };
      read += value.length;
      for (
        const text of objects.read(decoder.decode(value, { stream: true }))
      ) {
        const path = pathIn(text);
        if (path === undefined || !wanted(path)) continue;
        if (paths.length === most) return { paths, hasMore: true };
        paths.push(path);
      }
      if (read > MAX_READ || objects.isLost()) return { paths, hasMore: true };
    }
  } finally {
    // Also ends an answer of which nothing more is needed.
    await reader.cancel().catch(() => {});
  }
}

/** The path of a change that has not removed a file. */
function pathIn(text: string): string | undefined {
  try {
    const { Path, Kind } = JSON.parse(text);
    return typeof Path === "string" && Kind !== REMOVED ? Path : undefined;
  } catch {
    return undefined;
  }
}

/** Takes the objects out of the text of a JSON array, which comes in pieces. Each character is looked at once. */
function objectReader() {
  let text = "";
  let start = -1;
  let inString = false;
  let isEscaped = false;
  return {
    /** The text of each object that ends in this piece. */
    read: (piece: string): string[] => {
      const found: string[] = [];
      const from = text.length;
      text += piece;
      for (let at = from; at < text.length; at++) {
        const char = text[at];
        if (isEscaped) isEscaped = false;
        else if (char === "\\") isEscaped = inString;
        else if (char === '"') inString = !inString;
        else if (inString) continue;
        else if (char === "{") start = at;
        else if (char === "}" && start >= 0) {
          found.push(text.slice(start, at + 1));
          start = -1;
        }
      }
      text = start < 0 ? "" : text.slice(start);
      if (start > 0) start = 0;
      return found;
    },
    /** Whether the current object is longer than a change can be. */
    isLost: () => text.length > MAX_CHANGE,
  };
}
