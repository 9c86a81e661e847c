/**
 * The run around a failed container.
 *
 * @module
 */

import type { Workflow } from "../compose/workflow.ts";
import type { EngineApi } from "../engine/api.ts";

/** The run around a container. */
export interface Around {
  workflow: Pick<Workflow, "project" | "services" | "release">;
  /** The services that the run starts. */
  parts: ReadonlySet<string>;
  /** The run's id. */
  run: string;
  /** The name of this machine. */
  host?: () => string;
}

/** A failed container, and its words. */
export interface Circumstances {
  api: EngineApi;
  /** Name or ID. */
  container: string;
  around: Around;
  /** The last lines of the container, and the engine's reason why it could not start it. */
  words: readonly string[];
  signal: AbortSignal;
}
