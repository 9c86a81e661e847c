/**
 * Runs docker without dax.
 *
 * @module
 */

import {
  ANSWERS_WITHIN,
  childEnv,
  type Output,
  outputOf,
  runChild,
  spawnProblem,
  type Surroundings,
} from "../child.ts";
import { unanswered } from "./command.ts";
import { codeOf, killed } from "./shell.ts";

/** Runs docker and resolves to its output; the exit code is 127 if it cannot be started. */
export type Docker = (...args: readonly string[]) => Promise<Output>;

/**
 * Runs docker without dax, which loads meanwhile, because every run waits for the first answers. A question fails after
 * a minute without an answer.
 */
export function dockerIn(
  { directory, env, giveUp }: Surroundings,
): Docker {
  return async (...args) => {
    const late = AbortSignal.timeout(ANSWERS_WITHIN);
    try {
      const output = await outputOf("docker", {
        args,
        cwd: directory,
        env: childEnv(env),
        signals: [giveUp, late],
      });
      return {
        code: codeOf(output),
        stdout: output.stdout,
        stderr: output.stderr + killed(output) +
          (output.stopped && late.aborted ? unanswered() : ""),
      };
    } catch (error) {
      return { code: 127, stdout: "", stderr: spawnProblem(error) };
    }
  };
}

/** A docker whose output is read while it runs. */
interface DockerStream {
  stdout: ReadableStream<Uint8Array>;
  /** Resolves at its end to its exit code and the beginning of its stderr. */
  ended: Promise<{ code: number; stderr: string }>;
}

/** UTF-16 units of stderr that are kept. */
const MAX_STDERR = 10_000;

/**
 * Starts docker without dax, which would not wait for the reader. The signal, or the end of reading, ends it, by force
 * if necessary.
 */
export function dockerStream(
  args: readonly string[],
  { directory, env, giveUp }: Surroundings,
  signal: AbortSignal,
): DockerStream {
  const { readable, writable } = new TransformStream<Uint8Array>();
  const writer = writable.getWriter();
  const unread = new AbortController();
  const decoder = new TextDecoder();
  let text = "";
  const run = async () => {
    try {
      const ending = await runChild("docker", {
        args,
        cwd: directory,
        env: childEnv(env),
        signals: [signal, giveUp, unread.signal],
        stdout: (chunk) => writer.write(chunk).catch(() => unread.abort()),
        stderr: (chunk) => {
          const part = decoder.decode(chunk, { stream: true });
          if (text.length < MAX_STDERR) text += part;
        },
      });
      const stderr = text.slice(0, MAX_STDERR) + killed(ending);
      return { code: codeOf(ending), stderr };
    } catch (error) {
      return { code: 127, stderr: (error as Error).message };
    } finally {
      // A reader that has stopped does not need the end.
      void writer.close().catch(() => {});
    }
  };
  return { stdout: readable, ended: run() };
}
