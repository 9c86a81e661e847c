/**
 * Asks docker, but not for ever.
 *
 * @module
 */

import type { Output } from "../../child.ts";
import { capture } from "../../engine/command.ts";
import type { Command } from "../../plan/plan.ts";

/** Milliseconds: an engine that does not answer must not hold up what can be told without it. */
const PATIENCE = 10_000;

/** The exit code of a command that was not done in time, as that of `timeout`. */
const LATE = 124;

/** Runs a command to its end, or tells that it took too long. */
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

/** The lines of what a command printed. */
export function linesOf({ stdout }: Output): string[] {
  return stdout.split("\n").filter(Boolean);
}

/** What a command printed as JSON; undefined where it is none. */
export function jsonOf<T>({ stdout }: Output): T | undefined {
  try {
    return JSON.parse(stdout) as T;
  } catch {
    return undefined;
  }
}
