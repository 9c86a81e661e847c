/**
 * The facts about a container that has failed.
 *
 * @module
 */

import type { Facts } from "../causes/facts.ts";

/** The state of a container after it, or the wait for it, has failed. */
export interface PostMortem {
  /** Whether it still runs. */
  runs: boolean;
  exitCode: number;
  /** Whether the kernel has killed it because memory ran out. */
  outOfMemory: boolean;
  /** Its limit in bytes; 0 where it has none. */
  memory: number;
  /** The most bytes of memory that were measured; undefined without a measurement. */
  peakMemory: number | undefined;
  /** Why the engine could not start it; empty where it could. */
  error: string;
  /** The last lines of its log. */
  lines: readonly string[];
  /** The lines of its last probe, if a wait for it has failed. */
  probe?: readonly string[];
  /** The facts by which those lines become a cause; undefined where they are not known. */
  facts?: Facts;
  /** Whether it is that of a hook, which Compose runs before it starts the service. */
  isHook?: true;
}
