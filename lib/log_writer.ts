/**
 * A `docker` that writes to a file: apart from the engine's module, because what it needs of Node would make `version` start
 * in twice the time.
 *
 * @module
 */

import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { childEnv, type Surroundings } from "./engine.ts";

/** A `docker` that writes to a file. */
export interface FileWriter {
  /** Resolves, when it has ended, to its exit code. */
  ended: Promise<number>;
  /** Asks it to end, and kills it a second later. */
  end(): void;
}

/** How long (ms) a docker that was asked to end may take. */
const GRACE = 1_000;

/**
 * Runs `docker` with both of its streams appended to one file. The program writes there itself: in the order in which the
 * engine tells the lines, whatever they are many, and without passing through this process. dax would have two pipes.
 */
export function dockerToFile(
  args: readonly string[],
  file: string,
  { directory, env }: Surroundings,
): FileWriter {
  const stream = openSync(file, "a");
  const child = spawn("docker", args, {
    cwd: directory,
    env: childEnv(env),
    stdio: ["ignore", stream, stream],
  });
  const ended = new Promise<number>((resolve) => {
    child.on("error", () => resolve(127));
    child.on("exit", (code) => resolve(code ?? 1));
  });
  closeSync(stream);
  let timer: ReturnType<typeof setTimeout> | undefined;
  void ended.then(() => clearTimeout(timer));
  const end = () => {
    if (timer !== undefined || child.exitCode !== null) return;
    child.kill();
    timer = setTimeout(() => child.kill("SIGKILL"), GRACE);
  };
  return { ended, end };
}
