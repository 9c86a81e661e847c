/**
 * Removes what a run owns from the engine: containers, networks, volumes and images.
 *
 * @module
 */

import { TodoflowError } from "../errors/todoflow_error.ts";
import type { EngineApi } from "./api.ts";
import { explain } from "../errors/wording.ts";
import type { Proof } from "./owned.ts";
import { pause, type Sleep } from "../pause.ts";
import type { Owns, Tag } from "../plan/plan.ts";
import { findOwned, type Found, isNothing, namesOf } from "./find_owned.ts";
import { removeAll, type Unhurried } from "./removal.ts";
import { removalCommands, tellRemoved, tellTags } from "./tell_removal.ts";

/** How many attempts a removal gets, for example because a network still "has active endpoints". */
const ATTEMPTS = 3;

/** The time (ms) between two attempts. */
const RETRY_AFTER = 300;

/** How long (ms) a build that was stopped may take to name its image: the engine goes on for a moment. */
const NAMED_WITHIN = 1_000;

/** Options of {@linkcode tearDown}. */
export interface TearDownOptions {
  /** The proof that an object is the run's. */
  proof: Proof;
  /** How long (s) a container may take to end by itself. */
  grace: number;
  unhurried?: Unhurried;
  keepsImages: boolean;
  /** Stops the removal. */
  signal: AbortSignal;
  /** Gets the engine's reasons for each failure. */
  output: (line: string) => void;
  /** Called with the names of the containers after they have ended; they are removed when it resolves. */
  ended: (containers: readonly string[]) => Promise<void>;
  /**
   * Whether to repeat the removal until nothing is found, because a stopped child may still be making something.
   * Otherwise only a failure repeats it.
   */
  thorough: boolean;
  /** Gets the commands that remove the leftovers, if they are known. */
  remains?: (commands: string[]) => void;
  /**
   * Names of images: if present, `output` also gets the names of the removed objects, and which of these images stay.
   */
  tells?: readonly string[];
  /** Waits between two attempts. */
  sleep?: Sleep | undefined;
}

/**
 * Removes the objects that the run owns; resolves to whether none is left. All containers end at once, and independent
 * objects are removed in parallel: that takes less time than `docker compose down`.
 */
export async function tearDown(
  engine: EngineApi,
  owns: Owns,
  options: TearDownOptions,
): Promise<boolean> {
  const { signal, output, thorough, sleep = pause } = options;
  const api = engine.until(signal);
  const removed = new Set<string>();
  // Images that another container uses.
  const stay = new Set<string>();
  /** The objects at the last look. */
  let last: string[] = [];
  let isGone = false;
  const names = options.keepsImages ? [] : owns.images;
  const started = performance.now();
  try {
    for (let attempt = 1; attempt <= ATTEMPTS && !signal.aborted; attempt++) {
      const look = () => findOwned(api, owns, { ...options, stay });
      let found = await look();
      const wait = started + NAMED_WITHIN - performance.now();
      const isSeen = ({ name }: Tag) =>
        [...removed, ...last].includes(`image ${name}`);
      if (isNothing(found) && thorough && !names.every(isSeen) && wait > 0) {
        found = await lookLater(look, { wait, signal, sleep }) ?? found;
      }
      const there = namesOf(found);
      last.filter((name) => !there.includes(name))
        .forEach((name) => removed.add(name));
      if (isNothing(found)) return isGone = true;
      const problems = await removeAll(api, found, { ...options, stay });
      last = there;
      if (problems.length === 0 && !thorough) {
        there.forEach((name) => removed.add(name));
        return isGone = true;
      }
      if (attempt === ATTEMPTS) problems.forEach(output);
      if (problems.length > 0) await sleep(RETRY_AFTER, signal);
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
      await tellTags(api, owns, { tells: options.tells, output });
    }
  }
}

/** Looks again after a while; undefined if the signal comes first, because a look that was given up has seen nothing. */
async function lookLater(
  look: () => Promise<Found>,
  { wait, signal, sleep }: { wait: number; signal: AbortSignal; sleep: Sleep },
): Promise<Found | undefined> {
  await sleep(wait, signal);
  if (signal.aborted) return undefined;
  try {
    return await look();
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}
