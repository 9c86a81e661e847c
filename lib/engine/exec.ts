/**
 * Runs a program in a container through the engine's API, without a `docker exec` process.
 *
 * @module
 */

import type { ChildOptions } from "../plan/executor.ts";
import { lineReader } from "../text/lines.ts";
import type { EngineApi } from "./api.ts";
import { frameReader, STDERR } from "./frames.ts";
import { containerPath } from "./paths.ts";

/** The exit code where the program has not run to its end. */
const FAILED = 1;

/**
 * Runs a program in a container and passes on each line of both streams; resolves to its exit code. When the engine
 * refuses, its reason is the only line. A program that is stopped goes on in the container.
 */
export async function run(
  api: EngineApi,
  container: string,
  argv: readonly string[],
  { signal, output }: Pick<ChildOptions, "signal" | "output">,
): Promise<number> {
  const lines = [lineReader(output), lineReader(output)] as const;
  const decoders = [new TextDecoder(), new TextDecoder()] as const;
  let current: 0 | 1 = 0;
  const read = frameReader({
    begin: (type) => current = type === STDERR ? 1 : 0,
    content: (bytes) =>
      lines[current].read(decoders[current].decode(bytes, { stream: true })),
    end: () => {},
  });
  try {
    const path = containerPath(container, "exec");
    const { Id } = await api.json<{ Id: string }>(path, {
      method: "POST",
      body: { AttachStdout: true, AttachStderr: true, Cmd: argv },
      signal,
    });
    const { body } = await api.request(`/exec/${Id}/start`, {
      method: "POST",
      body: { Detach: false, Tty: false },
      signal,
    });
    for await (const bytes of body) read(bytes);
    lines.forEach((one) => one.end());
    const { ExitCode } = await api.json<{ ExitCode: number | null }>(
      `/exec/${Id}/json`,
      { signal },
    );
    return ExitCode ?? FAILED;
  } catch (error) {
    if (!signal.aborted) output((error as Error).message);
    return FAILED;
  }
}
