/**
 * Reads files out of containers, running or not.
 *
 * @module
 */

import type { EngineApi } from "./api.ts";
import { EngineError } from "./http.ts";
import { containerPath } from "./paths.ts";

/** Files of a container, as the engine sends them. */
interface Archive {
  /** A tar archive; it ends early where the engine fails. */
  tar: ReadableStream<Uint8Array>;
  /** Why it has ended early, in the engine's words; undefined if it has not. */
  problem(): string | undefined;
}

/**
 * A file or a folder of a container. Its names begin with the last part of the path. Nothing is in memory but the piece
 * that is read.
 *
 * @param path in the container; "/." is everything
 */
export function archive(
  api: EngineApi,
  container: string,
  path: string,
  signal: AbortSignal,
): Archive {
  let problem: string | undefined;
  const asked = async () => {
    const { body } = await api.request(
      containerPath(container, "archive"),
      { query: { path }, signal },
    );
    return body.getReader();
  };
  let reader: ReturnType<typeof asked> | undefined;
  const tar = new ReadableStream<Uint8Array>({
    pull: async (to) => {
      try {
        reader ??= asked();
        const { value } = await (await reader).read();
        if (value) to.enqueue(value);
        else to.close();
      } catch (error) {
        problem = signal.aborted ? "stopped" : (error as Error).message;
        to.close();
      }
    },
    cancel: async () => {
      const opened = await reader?.catch(() => undefined);
      await opened?.cancel();
    },
  }, { highWaterMark: 0 });
  return { tar, problem: () => problem };
}

/** A file or folder of a container; a link is not followed. */
export interface PathStat {
  /** Bytes. */
  size: number;
  /** Milliseconds since 1970, by the clock of the machine that has written it. */
  mtime: number;
  kind: "file" | "folder" | "other";
}

/** Bits of the mode in Go: https://pkg.go.dev/io/fs#FileMode. */
const FOLDER_BIT = 2 ** 31;
/** Link, FIFO, socket, devices and what Go calls irregular. */
const OTHER_BITS = [27, 26, 25, 24, 21, 19];

/**
 * Describes a path in a container, running or not; undefined if there is none.
 *
 * @throws {EngineError} when the engine does not describe it
 */
export async function pathStat(
  api: EngineApi,
  container: string,
  path: string,
  signal: AbortSignal,
): Promise<PathStat | undefined> {
  try {
    const { headers, body } = await api.request(
      containerPath(container, "archive"),
      { method: "HEAD", query: { path }, signal },
    );
    await body.pipeTo(new WritableStream());
    return statIn(headers.get("x-docker-container-path-stat") ?? "");
  } catch (error) {
    if (error instanceof EngineError && error.status === 404) return undefined;
    throw error;
  }
}

/** The description in the header of the engine's answer: JSON in base64. */
function statIn(header: string): PathStat {
  let stat: { size?: number; mode?: number; mtime?: string };
  try {
    stat = JSON.parse(atob(header));
  } catch {
    throw new EngineError("the engine does not describe the path");
  }
  const { size = 0, mode = 0, mtime = "" } = stat;
  const has = (bit: number) => Math.floor(mode / bit) % 2 === 1;
  return {
    size,
    mtime: Date.parse(mtime) || 0,
    kind: has(FOLDER_BIT)
      ? "folder"
      : OTHER_BITS.some((bit) => has(2 ** bit))
      ? "other"
      : "file",
  };
}
