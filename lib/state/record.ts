/**
 * What is written down about the runs of a Compose project on one engine.
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
}

/** A run that has not ended, or that died. */
export interface RunRecord {
  /** Every child of the run has it in its environment, as TODOFLOW_RUN. */
  id: string;
  /** Name of the target. */
  target: string;
  /** Of the application. */
  version?: string;
  /** Process id and name of the machine, which a pid alone says nothing without. */
  pid: number;
  /** Name of the machine. */
  host: string;
  /** ISO 8601. */
  started: string;
  /** What it makes on the engine. */
  owns: Owns;
  /** Absolute path of the folder of its reports. */
  reports: string;
  /** The containers whose logs and reports are collected if it dies. */
  collected: readonly Collected[];
  /** Under sudo, who called it: the reports that it has left as root are theirs. */
  caller?: { uid: number; gid: number };
  /** Whether its containers have its name in a label. */
  marks?: boolean;
  /** Whether its logs have values that must not be shown; the record does not say which. */
  hides?: boolean;
}

/** What is known of one Compose project on one engine. */
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
  /** What runs of this checkout have made and left on the engine: all that they may remove. */
  made?: readonly Made[];
  /** Whether the name is one that todoflow gives a checkout, so that nobody else uses it. */
  own?: boolean;
  /** Folders of the host that were empty before a run of this checkout, whose databases have filled them since. */
  folders?: readonly string[];
  /** The run that has the project, or that died with it. */
  run?: RunRecord;
  /** Whether the holder of the lock only removes what a dead run owned, and is soon done. */
  sweeping?: boolean;
  /** Until when a dead run was alive, as {@linkcode Claim.seen} told whoever has tried to remove what it left. */
  seen?: number;
}
