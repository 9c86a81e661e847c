/**
 * The diagnosis of a failed step: its cause, where the remedy belongs, and the commands to type.
 *
 * @module
 */

import type { Evidence } from "./evidence.ts";

/** A cause, in words, and where its remedy belongs. */
export interface Cause {
  /** One line, or a line for each of several. */
  why: string;
  place?: Place;
  /** Whether it tells only how the program has ended, such as by a signal. */
  isEnd?: boolean;
}

/** A part of the Compose file, or of the Dockerfile of a service. */
export interface Place {
  service: string;
  /** Keys below the service, such as `["healthcheck", "test"]`. */
  path?: readonly string[];
  /** A word in one of its values, such as the name of a host. */
  word?: string;
  /** The start of an instruction of its Dockerfile, as BuildKit shows it. */
  instruction?: string;
}

/** The diagnosis of a failed step: all that is known besides its exit code. */
export interface Diagnosis {
  /** The service of the failed container. */
  service?: string;
  /** The state of the service, in words that follow its name, such as "is unhealthy". */
  state?: string;
  /** The meaning of the exit code, or of docker's words. */
  meaning?: string;
  /** Whether that is only how the program has ended. */
  isEnd?: boolean;
  /** Where the remedy of that belongs. */
  place?: Place;
  evidence?: Evidence;
  /** The failed container. */
  container?: string;
  /** Whether it still runs. */
  runs?: boolean;
  again?: Again;
  /** The command to type next, if it differs from that of the step. */
  next?: string;
}

/** Commands to type after a failure, with the flags of this run. */
export interface Again {
  /** Repeats the run. */
  command: string;
  /** Releases anew; absent for a run that is no publication. */
  release?: string;
  /** Repeats the run and keeps its containers; absent for a target that cannot. */
  keeping?: string;
  /** Removes the containers, if this run has kept them. */
  clean?: string;
}
