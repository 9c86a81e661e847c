/**
 * The state of a container, as far as the engine tells it.
 *
 * @module
 */

/** What the engine says of a container. */
export interface ContainerState {
  /** The engine's word, such as "running", "restarting" or "exited". */
  status: string;
  exitCode: number;
  /** When it was started last, in the engine's words; of each start another. */
  startedAt: string;
  /** The engine's verdict; undefined where the container has no health check. */
  health: "starting" | "healthy" | "unhealthy" | undefined;
  /** The engine's last probe, if there was one. */
  lastProbe: ProbeResult | undefined;
}

/** One run of a health check. */
export interface ProbeResult {
  exitCode: number;
  output: string;
}

/** What a look at a container shows. An engine that does not answer, or a docker that fails, says nothing of it. */
export type Look =
  | { kind: "known"; state: ContainerState }
  | { kind: "gone" }
  /** Another one has its name. */
  | { kind: "foreign" }
  | { kind: "silent" }
  | { kind: "failed"; detail: string };

/** Whether a container in this status will not answer any more; one that restarts may. */
export function hasEnded(status: string): boolean {
  return ["exited", "dead"].includes(status);
}
