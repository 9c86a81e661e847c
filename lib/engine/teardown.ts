/**
 * Removes what a run owns from the engine: containers, networks, volumes and images.
 *
 * @module
 */

import { TodoflowError } from "../errors/todoflow_error.ts";
import type { Docker } from "./docker.ts";
import { explain } from "../errors/wording.ts";
import type { Proof } from "./owned.ts";
import { pause } from "../pause.ts";
import type { Owns, Shell } from "../plan/plan.ts";
import { capture } from "./command.ts";
import { findOwned, isNothing, namesOf } from "./find_owned.ts";
import { removeAll } from "./removal.ts";
import { removalCommands, tellRemoved, tellTags } from "./tell_removal.ts";

/** How often removal is tried where something remains, such as a network that still "has active endpoints". */
const ATTEMPTS = 3;

/** Milliseconds between two attempts. */
const RETRY_AFTER = 300;

/** How {@linkcode tearDown} works. */
export interface TearDownOptions {
  /** What shows that something is the run's. */
  proof: Proof;
  /** Seconds that a container has to end by itself. */
  grace: number;
  keepsImages: boolean;
  /** Gives up. */
  signal: AbortSignal;
  /** Takes the engine's reasons for what could not be removed. */
  output: (line: string) => void;
  /** Called with the names of the containers when they have ended; they are removed when it resolves. */
  ended: (containers: readonly string[]) => Promise<void>;
  /**
   * Whether to look again until nothing is found: what was stopped halfway may still be making something. Else only a
   * failure makes it look again.
   */
  thorough: boolean;
  /** Takes the commands that remove what is left, where that is known. */
  remains?: (commands: string[]) => void;
  /** `output` takes the names of what was removed, too, and of which of these images stay. */
  tells?: readonly string[];
}

/**
 * Removes what is there of what is owned; resolves to whether nothing is left. Containers end all at once, and what does
 * not depend on each other is removed in parallel: in less time than `docker compose down` takes.
 */
export async function tearDown(
  $: Shell,
  owns: Owns,
  options: TearDownOptions,
): Promise<boolean> {
  const { signal, output, thorough } = options;
  const docker: Docker = (...args) => capture($`docker ${args}`, signal);
  const removed = new Set<string>();
  // Images that a container of somebody else's uses.
  const stay = new Set<string>();
  /** What was there at the last look. */
  let last: string[] = [];
  let isGone = false;
  try {
    for (let attempt = 1; attempt <= ATTEMPTS && !signal.aborted; attempt++) {
      const found = await findOwned(docker, owns, { ...options, stay });
      const there = namesOf(found);
      last.filter((name) => !there.includes(name))
        .forEach((name) => removed.add(name));
      if (isNothing(found)) return isGone = true;
      const problems = await removeAll(docker, found, { ...options, stay });
      last = there;
      if (problems.length === 0 && !thorough) {
        there.forEach((name) => removed.add(name));
        return isGone = true;
      }
      if (attempt === ATTEMPTS) problems.forEach(output);
      if (problems.length > 0) await pause(RETRY_AFTER, signal);
    }
    return false;
  } catch (error) {
    if (!(error instanceof TodoflowError)) throw error;
    output(explain(error.failure).why ?? error.message);
    return false;
  } finally {
    for (const image of stay) {
      removed.delete(`image ${image}`);
      output(`image ${image} stays: a container uses it`);
    }
    if (!isGone && last.length > 0) options.remains?.(removalCommands(last));
    if (options.tells) {
      if (isGone || removed.size > 0) tellRemoved(removed, output);
      await tellTags(docker, owns, { tells: options.tells, output });
    }
  }
}
