/**
 * Refusals because of others, as data: their runs, containers, data, records and reports.
 *
 * @module
 */

/** A refusal because something is not this run's, or another run has it. */
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
    /** The folder that another user has, where that is why. */
    directory?: string;
  }
  | {
    kind: "foreign";
    target: string;
    project: string;
    /** The folder of the Compose file, without links. */
    directory: string;
    /** What no run of this checkout has made. */
    foreign: readonly Foreign[];
  }
  | {
    kind: "in-use";
    target: string;
    project: string;
    /** Containers that stay, and what they have. */
    uses: readonly InUse[];
  }
  | {
    kind: "foreign-data";
    target: string;
    /** Each with a service that would use it, and the command that moves it away. */
    folders: readonly { service: string; folder: string; move: string }[];
  }
  | { kind: "missing"; target: string; things: readonly Missing[] }
  | {
    kind: "release-in-use";
    project: string;
    /** Those of the release that the tests need. */
    services: readonly string[];
    /** Of the release. */
    version?: string;
  }
  | { kind: "no-state"; folder: string; detail: string }
  | {
    kind: "unsafe-state";
    /** Of the records. */
    folder: string;
    /** The part of its path that is unsafe, and why, in words that follow it. */
    path: string;
    problem: string;
    /** What a person would type. */
    fix: string;
  }
  | {
    kind: "unknown-record";
    /** Absolute path. */
    file: string;
    problem: string;
    /** What a person would type to remove it. */
    remove: string;
  }
  | { kind: "no-reports"; folder: string; detail: string }
  | { kind: "foreign-reports"; folder: string } & ForeignReports;

/** Something in a project that todoflow has not made. */
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

/** A container that stays and has what a run needs for itself. */
export interface InUse {
  container: string;
  /** Such as "running". */
  state?: string;
  /** "" without one. */
  project: string;
  /** Such as "the volume shop_data". */
  what: string;
}

/** What a project takes for there and is not. */
export interface Missing {
  kind: "network" | "volume";
  name: string;
}

/** Why a folder of reports is not todoflow's. */
export type ForeignReports =
  & {
    /** Absolute path of what is not todoflow's; of what git tracks, its path in the repository. */
    path: string;
  }
  & (
    | { problem: "files" | "tracked" | "later" | "mount" | "no folder" }
    | { problem: "project" | "within" | "state" }
    | {
      problem: "link";
      /** Where it leads to, if that is there. */
      to?: string;
    }
    | { problem: "owner"; uid: number }
  );
