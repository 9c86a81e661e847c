/**
 * Asks docker, within a time limit.
 *
 * @module
 */

import type { Output } from "../../child.ts";
import { capture } from "../../engine/command.ts";
import type { Command } from "../../plan/plan.ts";

/** How long (ms) to wait for an answer: an engine that does not answer must not delay the other findings. */
const PATIENCE = 10_000;

/** The exit code of a command that exceeded the time limit, as that of `timeout`. */
const LATE = 124;

/** Runs a command to its end. Unlike `capture`, it does not wait for a child that ignores the signal to stop. */
export async function ask(
  command: Command,
  patience = PATIENCE,
): Promise<Output> {
  const over = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<Output>((resolve) => {
    timer = setTimeout(() => {
      over.abort();
      const stderr = `docker did not answer within ${patience / 1000} s`;
      resolve({ code: LATE, stdout: "", stderr });
    }, patience);
  });
  try {
    return await Promise.race([capture(command, over.signal), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The lines of a command's output, without empty ones. */
export function linesOf({ stdout }: Output): string[] {
  return stdout.split("\n").filter(Boolean);
}

/** The output of a command as JSON; undefined where it is none. */
export function jsonOf<T>({ stdout }: Output): T | undefined {
  try {
    return JSON.parse(stdout) as T;
  } catch {
    return undefined;
  }
}
