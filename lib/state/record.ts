/**
 * The record of the runs of a Compose project on one engine.
 *
 * @module
 */

import type { Made, Owns } from "../plan/plan.ts";

/** A container whose log and reports belong to a run. */
export interface Collected {
  /** Its name. */
  container: string;
  /** Name of its log, `logs/<service>.log`. */
  service: string;
  /** Files, folders and globs in it. */
  reports: readonly string[];
  /** If its reports are found without being named: the key of the Compose file that would name them. */
  finds?: string;
}

/** A run that has not ended, or that died. */
export interface RunRecord {
  /** The id of the run, which each of its children has in its environment as TODOFLOW_RUN. */
  id: string;
  /** Name of the target. */
  target: string;
  /** Of the application. */
  version?: string;
  /** The process id, which is only meaningful with the name of the machine. */
  pid: number;
  /** Name of the machine. */
  host: string;
  /** ISO 8601. */
  started: string;
  /** The objects that it makes on the engine. */
  owns: Owns;
  /** Absolute path of the folder of its reports. */
  reports: string;
  /** The containers whose logs and reports the next run collects if this one dies. */
  collected: readonly Collected[];
  /** Under sudo, the user who called it: reports that it has left as root are given to that user. */
  caller?: { uid: number; gid: number };
  /** Whether a label of its containers names the run. */
  marks?: boolean;
  /** Whether its logs contain secret values; the record does not contain them. */
  hides?: boolean;
}

/** The record of one Compose project on one engine. */
export interface ProjectRecord {
  /** Name of the project. */
  project: string;
  /** Absolute path of the folder of its Compose file. */
  directory: string;
  /** Endpoint, such as `unix:///var/run/docker.sock`. */
  engine: string;
  /** The application that a run has left: accepted, or `kept` after a failure. */
  left?: {
    what: "released" | "kept";
    version?: string;
    url?: string;
    /** ISO 8601. */
    since: string;
  };
  /** Objects that runs of this checkout have made and left on the engine: they may remove only these. */
  made?: readonly Made[];
  /** Whether todoflow has chosen the name for the checkout, so that no other program uses it. */
  own?: boolean;
  /** Folders of the host that were empty before a run of this checkout, and that its databases have filled since. */
  folders?: readonly string[];
  /** The run that holds the project, or that died holding it. */
  run?: RunRecord;
  /** Whether the holder of the lock only sweeps after a dead run, and is soon done. */
  sweeping?: boolean;
  /**
   * Until when a dead run was alive: the value of {@linkcode Claim.seen} in the run that has tried to sweep after it.
   */
  seen?: number;
}
