/**
 * Everything that can go wrong, as data: the kinds of failure, and the facts of each.
 *
 * @module
 */

/** What failed, with the data that its wording needs. */
export type Failure = FailureKind & {
  /** What was removed before it, in a clause. */
  gone?: string;
};

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

export type FailureKind =
  | { kind: "unknown-target"; word: string; nearest?: string }
  | { kind: "unknown-flag"; flag: string; target: string; nearest?: string }
  | { kind: "flag-value"; flag: string; problem: string }
  | { kind: "unexpected-argument"; word: string; target: string }
  | {
    kind: "argument";
    target: string;
    /** Absent where none was given. */
    word?: string;
    expected: readonly string[];
  }
  | { kind: "no-directory"; directory: string }
  | { kind: "illegal-version"; version: string }
  /** With a detail, git is there and could not be started. */
  | { kind: "no-git"; detail?: string }
  | {
    kind: "no-repository";
    directory: string;
    detail: string;
    /** The command that git itself advises. */
    remedy?: string;
  }
  | { kind: "no-commit"; directory: string }
  | { kind: "git-hangs"; directory: string; seconds: number }
  /** The same of docker. */
  | { kind: "no-docker"; detail?: string }
  | { kind: "no-engine"; detail: string }
  | { kind: "no-compose"; detail: string }
  | { kind: "old-compose"; version: string; needed: string }
  | { kind: "no-compose-file"; directory: string }
  | { kind: "invalid-compose-file"; detail: string }
  | {
    kind: "invalid-config";
    /** Keys and indexes from the top of the Compose file. */
    path: readonly (string | number)[];
    problem: string;
    nearest?: string;
    /** Where the last of the keys stands, if that was found. */
    location?: Location;
  }
  | {
    kind: "no-service";
    service: string;
    target: string;
    known: readonly string[];
  }
  | { kind: "unsupported"; feature: string; advice: string }
  | {
    kind: "step-failed";
    step: string;
    why: string;
    shell: string;
    code: number;
    target: string;
    diagnosis?: Diagnosis;
  }
  | {
    kind: "deadline";
    step: string;
    why: string;
    shell: string;
    seconds: number;
    target: string;
    detail?: string;
    diagnosis?: Diagnosis;
  }
  | { kind: "clean-up-failed"; shell: readonly string[] }
  | {
    kind: "own-fault";
    /** Where it happened, if that was in a step. */
    step?: string;
    /** Of the exception. */
    message: string;
    /** The first frames of its stack. */
    frames: readonly string[];
    /** The folder of reports, relative to where the caller stands. */
    reports?: string;
  }
  | { kind: "signal"; signal: string }
  | Fault & { step: string; shell: string; target: string }
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
  | { kind: "unpublishable"; reason: Unpublishable; again: AgainPublish }
  | {
    kind: "no-image-name";
    service: string;
    problem: "no build" | "no name" | "a digest";
    name?: string;
  }
  | {
    kind: "not-published";
    /** In the order in which they were to be pushed. */
    tags: readonly {
      reference: string;
      /** Whether it points at the image that was accepted; undefined where the registry could not be asked. */
      is: boolean | undefined;
      /** What it points at, or why that is not known. */
      detail: string;
    }[];
    again: string;
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

/** Why nothing is published: the image would not be the one of this commit that was accepted. */
export type Unpublishable =
  | { kind: "no receipt"; file: string }
  | { kind: "unreadable receipt"; file: string }
  | { kind: "other format"; file: string; format: unknown }
  /** The release could make no receipt. */
  | { kind: "none made"; why: string }
  | {
    kind: "other commit";
    accepted: string;
    now: string | undefined;
    /** Why no commit is known, and what helps. */
    detail?: string;
    remedy?: string;
  }
  | {
    kind: "other release";
    what: "Compose file" | "project" | "service" | "repository";
    accepted: string;
    now: string;
  }
  /** A label of the image contradicts the receipt. */
  | {
    kind: "other image";
    image: string;
    label: string;
    expected: string;
    found: string | undefined;
  }
  | { kind: "other version"; accepted: string; now: string }
  | { kind: "dirty release" }
  | {
    kind: "dirty tree";
    /** Filters that were not run, where files differ only without them. */
    filters?: readonly string[];
  }
  | { kind: "no image"; image: string; at: string };

/** What a person would type when nothing is published. */
export interface AgainPublish {
  release: string;
  publish: string;
  /** The same with what is in no commit. */
  dirty: string;
}

/** What is known of a failed step besides its exit code. */
export interface Diagnosis {
  /** Of the container that it was about. */
  service?: string;
  /** What became of it, in words that follow its name, such as "is unhealthy". */
  state?: string;
  /** What the exit code, or docker's words, mean. */
  meaning?: string;
  evidence?: { title: string; lines: readonly string[] };
  /** Services that were not started because of it. */
  blocked: readonly string[];
  /** The file with all of its log, relative to where the caller stands. */
  logs?: string;
  /** The container that it was about. */
  container?: string;
  again?: Again;
  /** What a person would type first. */
  next?: string;
}

/** What a person would type after a failure, with the flags that this run has got. */
export interface Again {
  /** The same once more. */
  command: string;
  /** The same, so that it leaves its containers; absent where it cannot. */
  keeping?: string;
  /** What removes the containers, if this run has left them. */
  clean?: string;
}

/** A step's failure that is the machine's, not the application's. */
export type Fault = {
  [K in FaultKind]: {
    kind: K;
    /** In the engine's words, or docker's. */
    detail: string;
  };
}[FaultKind];

type FaultKind =
  | "engine-lost"
  | "docker-killed"
  | "disk-full"
  | "port-taken"
  | "no-address-pool"
  | "foreign-volume";

/** A place in a file. */
export interface Location {
  /** Relative to where the caller stands. */
  file: string;
  /** Counted from 1. */
  line: number;
  /** Counted from 1. */
  column: number;
}
