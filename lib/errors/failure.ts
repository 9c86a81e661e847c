/**
 * Everything that can go wrong, as data: the kinds of failure, and the facts of each.
 *
 * @module
 */

import type { Diagnosis } from "./diagnosis.ts";
import type { Location } from "./location.ts";
import type { TakenPort } from "./port_wording.ts";
import type { OwnershipFailure } from "./ownership_failure.ts";
import type { AttestFailure } from "./attest_failure.ts";
import type { PublishFailure } from "./publish_failure.ts";
import type { UsageFailure } from "./usage_failure.ts";

/** A target needs a role that no service has. */
export interface NoRole {
  kind: "no-role";
  /** The role that no service has. */
  role: "app" | "test" | "acceptance";
  target: string;
  /** Equal candidates, if rules cannot tell them apart. */
  candidates: readonly string[];
  /** All services of the file. */
  known: readonly string[];
  /** The sections of `x-todoflow` that the file has; undefined if it has no such block. */
  block: readonly string[] | undefined;
  /** The only app, where the tests are missing. */
  app?: string;
  /** The folder from which it is built, absolute. */
  folder?: string;
  /** The command that tests the app, by the files of its folder. */
  command?: readonly string[];
  /** The Compose file, as the caller would name it. */
  file?: string;
}

/** A failure, with the data that its wording needs. */
export type Failure = FailureKind & {
  /** A clause about what the run had removed before it failed. */
  gone?: string;
};

type FailureKind =
  | UsageFailure
  | {
    kind: "many-tests";
    /** The test services. */
    services: readonly string[];
    args: readonly string[];
  }
  | {
    kind: "many-test-files";
    /** As the caller would name them. */
    files: readonly string[];
    /** The first of them as `-f` takes it. */
    flag?: string;
    /** The services of the default file that are named like tests. */
    services: readonly string[];
  }
  | {
    kind: "no-directory";
    directory: string;
    /** Whether something else than a folder is there. */
    isThere?: true;
    /** The folder around it, and the names of the folders in there. */
    around?: string;
    folders?: readonly string[];
    /** The folder that is probably meant. */
    near?: string;
  }
  | { kind: "illegal-version"; version: string }
  | { kind: "long-project"; name: string; most: number }
  | { kind: "reserved-project"; name: string }
  /** With a detail, git exists and could not be started. */
  | { kind: "no-git"; detail?: string }
  | {
    kind: "no-repository";
    directory: string;
    detail: string;
    /** The command that git itself suggests. */
    remedy?: string;
  }
  | { kind: "no-commit"; directory: string }
  | { kind: "git-hangs"; directory: string; seconds: number }
  /** With a detail, docker exists and could not be started. */
  | { kind: "no-docker"; detail?: string }
  | { kind: "no-engine"; detail: string }
  | { kind: "no-compose"; detail: string }
  | { kind: "old-compose"; version: string; needed: string }
  | {
    kind: "no-compose-file";
    directory: string;
    /** Compose files in it and in its folders that have other names, as `-f` takes them. */
    near?: readonly string[];
  }
  | { kind: "invalid-compose-file" } & Complaint & { location?: Location }
  | {
    kind: "invalid-config";
    /** Keys and indexes from the top of the Compose file. */
    path: readonly (string | number)[];
    problem: string;
    nearest?: string;
    /** The place of the last key, if it was found. */
    location?: Location;
  }
  | {
    kind: "lacking";
    /** The work that the service cannot do. */
    work: "build" | "start";
    service: string;
    /** A clause about the thing that is not there. */
    lack: string;
    /** The things that are there instead. */
    why?: string;
    /** The command, or the advice, that helps. */
    next: string;
    /** Keys from the top of the Compose file. */
    path: readonly string[];
    /** The place of the last key, and its line, if they were found. */
    location?: Location;
    line?: string;
  }
  | NoRole
  | {
    kind: "no-start";
    /** The folder without a Dockerfile. */
    directory: string;
    /** The language of its source, if init knows it. */
    language?: string;
    /** A clause about the source. */
    why: string;
    next: string;
  }
  | {
    kind: "no-events";
    /** As the caller has named it; absent if the caller has not. */
    file?: string;
    /** Its state, in words. */
    problem: string;
  }
  | {
    kind: "unreadable-events";
    /** As the caller has named it. */
    file: string;
    detail: string;
    /** The command that shows the file's permissions. */
    look: string;
  }
  | {
    kind: "unwritable";
    /** As the caller would name it. */
    file: string;
    detail: string;
  }
  | {
    kind: "unsupported";
    feature: string;
    advice: string;
    /** Keys from the top of the Compose file. */
    path?: readonly string[];
    /** The place of the last key, if it was found. */
    location?: Location;
  }
  | {
    kind: "step-failed";
    step: string;
    shell: string;
    code: number;
    target: string;
    diagnosis?: Diagnosis;
  }
  | {
    kind: "deadline";
    step: string;
    shell: string;
    seconds: number;
    /** The key of `x-todoflow.deadlines` that sets that, if it is known. */
    key?: string;
    target: string;
    detail?: string;
    diagnosis?: Diagnosis;
  }
  | { kind: "clean-up-failed"; shell: readonly string[] }
  | {
    kind: "own-fault";
    /** The step that it happened in, if any. */
    step?: string;
    /** Of the exception. */
    message: string;
    /** The first frames of its stack. */
    frames: readonly string[];
    /** The folder of reports, relative to the caller's working directory. */
    reports?: string;
  }
  | { kind: "signal"; signal: string }
  | Fault & {
    step: string;
    /** Absent if it cannot be typed after the run. */
    shell?: string;
    target: string;
  }
  | OwnershipFailure
  | PublishFailure
  | AttestFailure;

/** A failure of a step that is the fault of the machine, not of the application. */
export type Fault = {
  [K in FaultKind]: {
    kind: K;
    /** In the engine's words, or docker's. */
    detail: string;
    /** The port, if the fault is one that is in use and its words name it. */
    taken?: TakenPort;
  };
}[FaultKind];

type FaultKind =
  | "engine-lost"
  | "docker-killed"
  | "disk-full"
  | "port-taken"
  | "no-address-pool"
  | "no-registry"
  | "network-gone"
  | "foreign-volume";

/** A complaint of Compose about its files. */
export interface Complaint {
  /** Compose's error. */
  detail: string;
  /** Compose's warnings before it. */
  warnings?: readonly string[];
  /** The missing or wrong thing, if it is no mistake in a line of the file. */
  about?: {
    /**
     * `undefined`: a service names a thing that no file defines; `env-line`: a line of an env file; `v1`: the file is one
     * of Compose v1; `conflict`: a merge has left its marks in it; `compose-file`: the caller names a file that is missing;
     * `folder`: the caller names a folder.
     */
    what:
      | ("variable" | "env-file" | "env-line" | "file" | "unreadable" | "name")
      | ("undefined" | "v1" | "empty" | "no-mapping" | "conflict")
      | ("compose-file" | "folder");
    /** Of the variable, the file or the project; of an undefined thing, with its kind. */
    name: string;
    /** The command that helps. */
    next?: string;
    /** The folder of a missing Compose file. */
    folder?: string;
    /** The names of the Compose files in that folder. */
    there?: readonly string[];
    /** The name that is probably meant. */
    nearest?: string;
    /** The Compose files to name instead, as `-f` takes them. */
    files?: readonly string[];
  };
  /** The wrong line. */
  line?: string;
}
