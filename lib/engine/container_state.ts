/**
 * The state of a container, as the engine reports it.
 *
 * @module
 */

/** The engine's state of a container. */
export interface ContainerState {
  /** The engine's word, such as "running", "restarting" or "exited". */
  status: string;
  exitCode: number;
  /** The time of its last start, in the engine's words; it differs for each start. */
  startedAt: string;
  /** The engine's verdict; undefined where the container has no health check. */
  health: "starting" | "healthy" | "unhealthy" | undefined;
  /** For how long (ms) after its start a failed probe does not count; absent for 0. */
  startPeriod?: number;
  /** The engine's last probe, if there was one. */
  lastProbe: ProbeResult | undefined;
}

/** One run of a health check. */
export interface ProbeResult {
  exitCode: number;
  output: string;
}

/** The outcome of a look at a container. A silent engine, or a failed docker, proves nothing about it. */
export type Look =
  | { kind: "known"; state: ContainerState }
  | { kind: "gone" }
  /** Another container has its name. */
  | { kind: "foreign" }
  | { kind: "silent" }
  | { kind: "failed"; detail: string };

/** Whether a container in this status no longer answers; a restarting one may. */
export function hasEnded(status: string): boolean {
  return ["exited", "dead"].includes(status);
}
