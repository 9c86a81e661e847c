/**
 * The interface through which the runner reaches containers, registries and the network.
 *
 * @module
 */

import type { Fault } from "../errors/failure.ts";
import type { Command, Does, Needs } from "./plan.ts";
import type { PostMortem } from "./post_mortem.ts";

/** Stands before the exit code of a health check that has failed. */
export const PROBED = "its last probe ended with";

/** The state of a service whose health check cannot run, in words that follow its name. */
export const UNCHECKABLE = "has a health check that cannot run";

/** The end of a wait: ready, or the reason why not, in words that follow the name of the service. */
export type Verdict =
  | {
    ready: true;
    /** Whether it has ended with exit code 0, which is as good. */
    ended?: true;
  }
  | { ready: false; reason: string };

/** Options of each call that runs a child process. */
export interface ChildOptions {
  /** Called with each line of stdout and stderr, without its line end. */
  output: (line: string) => void;
  /** Ends the child. */
  signal: AbortSignal;
  /** Variables for this child, added to those of all children. */
  env?: Readonly<Record<string, string>>;
}

/** Reaches containers, registries and the network; the real one is in `lib/run/docker_executor.ts`. */
export interface Executor {
  /** Runs a command to its end; resolves to its exit code. */
  execute(command: Command, options: ChildOptions): Promise<number>;
  /**
   * Runs a command that lets Compose start a container, and follows the hooks that Compose runs before, each in a
   * container of its own. `tell` gets their lines.
   */
  executeWithHooks(
    command: Command,
    options: ChildOptions & {
      service: string;
      container: string;
      tell: (line: string) => void;
    },
  ): Promise<number>;
  /** Runs a command whose output is data. */
  capture(
    command: Command,
    signal: AbortSignal,
  ): Promise<{ code: number; stdout: string; stderr: string }>;
  /**
   * Waits until a started container is ready; see {@linkcode Verdict}. From here on, its log is kept under the name of
   * `service`.
   */
  awaitReady(
    container: string,
    options: {
      signal: AbortSignal;
      needs: Needs;
      mayEnd?: true;
      staysUp?: true;
      serves: boolean;
      service: string;
      /** Gets what the last probe said, when that is new. */
      onProbe?: (said: string) => void;
    },
  ): Promise<Verdict>;
  /**
   * Follows the log of a container until the container ends, and keeps it under the name of `service`; resolves to the
   * exit code of the container. `notice` gets remarks about the log.
   */
  follow(
    container: string,
    options: ChildOptions & {
      service: string;
      notice?: (line: string) => void;
    },
  ): Promise<number>;
  /** Completes the log of an ended container, and copies its reports; the end of the run tells the losses. */
  collect(container: string, options: ChildOptions): Promise<void>;
  /**
   * Kills and removes a container with its anonymous volumes; a missing one is no error. Resolves to whether it is
   * gone.
   */
  remove(container: string, signal: AbortSignal): Promise<boolean>;
  /** The ID of an image; undefined if the engine has none of this name, or does not answer. */
  imageId(name: string, signal: AbortSignal): Promise<string | undefined>;
  /**
   * Removes the objects that the run owns, after logs and reports were collected; resolves to whether all are gone.
   * `thorough`: a stopped child may still be making something; `stop`: once aborted, slow collection is skipped.
   */
  tearDown(
    what: Does<"remove">,
    options: ChildOptions & {
      thorough: boolean;
      stop: AbortSignal;
      /** Whether the run has already made something. */
      made: boolean;
      /** Gets an exception that must not prevent the removal. */
      onFault?: (error: unknown) => void;
      /** Gets the commands that remove the leftovers, if they are known. */
      remains?: (commands: readonly string[]) => void;
    },
  ): Promise<boolean>;
  /** Whether this run has made the volume; undefined where docker does not say. */
  madeVolume(name: string, signal: AbortSignal): Promise<boolean | undefined>;
  /** Finds the machine's fault in the output of a failed step, if there is one. */
  diagnose(
    lines: readonly string[],
    signal: AbortSignal,
  ): Promise<Fault | undefined>;
  /**
   * Inspects a container after it, or the wait for it, has failed, or the hook that kept it from starting; undefined where
   * it is gone or the engine does not answer.
   */
  postMortem(
    container: string,
    signal: AbortSignal,
  ): Promise<PostMortem | undefined>;
  /**
   * Pushes until the reference points at the image, see {@linkcode StepKind}; resolves to the exit code and the digest.
   */
  push(
    command: Command,
    what: Does<"push">,
    options: ChildOptions,
  ): Promise<{ code: number; digest?: string; unchanged: boolean }>;
  /** Signs a statement about an image that was pushed, unless the registry has it already; resolves to the exit code. */
  attest(
    what: Does<"attest">,
    options: ChildOptions,
  ): Promise<{ code: number }>;
  /**
   * Proves that the port which is published at `addresses` (each "host:port") answers, as long as the container runs;
   * resolves to the URL, or to "" after it has reported the problem. `notice` gets remarks about the URL.
   */
  prove(
    addresses: readonly string[],
    what: Does<"url">,
    options: ChildOptions & { notice: (line: string) => void },
  ): Promise<string>;
}
