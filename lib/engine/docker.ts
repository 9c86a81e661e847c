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
  spawnProblem,
  type Surroundings,
} from "../child.ts";
import { unanswered } from "./command.ts";
import { codeOf, killed } from "./ending.ts";

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
