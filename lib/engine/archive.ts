/**
 * Reads files out of containers, running or not.
 *
 * @module
 */

import type { EngineApi } from "./api.ts";
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
