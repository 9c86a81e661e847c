/**
 * Refusals because of others, as data: their runs, containers, data, records and reports.
 *
 * @module
 */

import type { Location } from "./location.ts";
import type { TakenPort } from "./port_wording.ts";

/** A refusal because an object, a folder or a lock belongs to another run or person. */
export type OwnershipFailure =
  | {
    kind: "lock-held";
    target: string;
    project: string;
    holder?: {
      target: string;
      pid: number;
      host: string;
      /** ISO 8601. */
      started: string;
      directory: string;
    };
    /** The folder that another user has locked, if that is the cause. */
    directory?: string;
  }
  | {
    kind: "foreign";
    target: string;
    project: string;
    /** The folder of the Compose file, without links. */
    directory: string;
    /** Objects that no run of this checkout has made. */
    foreign: readonly Foreign[];
  }
  | {
    kind: "in-use";
    target: string;
    project: string;
    /** Containers that stay, with the objects that they use. */
    uses: readonly InUse[];
  }
  | {
    kind: "foreign-data";
    target: string;
    /** Each with a service that would use it, and the command that moves it away. */
    folders: readonly { service: string; folder: string; move: string }[];
  }
  | {
    kind: "port-in-use";
    target: string;
    /** One or more. */
    ports: readonly TakenPort[];
    /** Where the first of them is published. */
    location?: Location;
  }
  | { kind: "missing"; target: string; things: readonly Missing[] }
  | { kind: "no-state"; folder: string; detail: string }
  | {
    kind: "unsafe-state";
    /** The folder of records. */
    folder: string;
    /** The unsafe part of its path. */
    path: string;
    problem: string;
    /** The command that closes the folder to others, or takes another one. */
    fix: string;
  }
  | {
    kind: "unknown-record";
    /** Absolute path. */
    file: string;
    problem: string;
    /** The command that removes it. */
    remove: string;
  }
  | { kind: "no-reports"; folder: string; detail: string }
  | { kind: "foreign-reports"; folder: string } & ForeignReports;

/** An object in a project that todoflow has not made. */
export interface Foreign {
  kind: "container" | "network" | "volume";
  name: string;
  /** The Compose project that it belongs to, "" for none; absent for that of the target. */
  project?: string;
  /** Of a container, such as "running". */
  state?: string;
  /** Of a container: the folder of the Compose file that it was made from. */
  directory?: string;
}

/** A container that stays and uses an object that a run needs for itself. */
export interface InUse {
  container: string;
  /** Such as "running". */
  state?: string;
  /** "" without one. */
  project: string;
  /** Such as "the volume shop_data". */
  what: string;
  /** If it is a port. */
  taken?: TakenPort;
}

/** An external object that a project needs and the engine lacks. */
export interface Missing {
  kind: "network" | "volume";
  name: string;
}

/** The reason why a run must not use a folder for its reports. */
export type ForeignReports =
  & {
    /** The path that is in the way: absolute, or relative to the repository if git tracks it. */
    path: string;
  }
  & (
    | { problem: "files" | "tracked" | "later" | "mount" | "no folder" }
    | { problem: "project" | "within" | "state" }
    | {
      problem: "link";
      /** The target of the link, if it exists. */
      to?: string;
    }
    | { problem: "owner"; uid: number }
  );
