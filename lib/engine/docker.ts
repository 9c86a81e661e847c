/**
 * Makes the `$` that reaches docker, and runs its commands. The only module that loads dax.
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

/** Asks docker something, and resolves to what it wrote; 127 is the exit code where it cannot be started. */
export type Docker = (...args: readonly string[]) => Promise<Output>;

/**
 * What asks docker without dax, which can be loaded meanwhile: the first answers are what every run waits for. A question
 * that is not answered within a minute has failed.
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

/** A docker whose output is read as it comes. */
interface DockerStream {
  stdout: ReadableStream<Uint8Array>;
  /** Resolves, when it has ended, to its exit code and to the beginning of what it wrote to stderr. */
  ended: Promise<{ code: number; stderr: string }>;
}

/** UTF-16 units of stderr that are kept. */
const MAX_STDERR = 10_000;

/**
 * Starts a docker, without dax, which would not wait for the reader; the signal ends it, if need be by force, as the end of
 * reading does.
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
      // Whoever reads no more has no use for the end.
      void writer.close().catch(() => {});
    }
  };
  return { stdout: readable, ended: run() };
}
