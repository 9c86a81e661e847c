/**
 * Everything that can go wrong, as data: the kinds of failure, and the facts of each.
 *
 * @module
 */

import type { OwnershipFailure } from "./ownership_failure.ts";
import type { PublishFailure } from "./publish_failure.ts";

/** What failed, with the data that its wording needs. */
export type Failure = FailureKind & {
  /** What was removed before it, in a clause. */
  gone?: string;
};

type FailureKind =
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
  | OwnershipFailure
  | PublishFailure;

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
