/**
 * What the runner reaches containers, registries and the network with: an interface.
 *
 * @module
 */

import type { Fault } from "../errors/failure.ts";
import type { Command, Does, Needs } from "./plan.ts";
import type { PostMortem } from "./diagnosis.ts";

/** What became of the wait: ready, or why not, in words that follow the service's name. */
export type Verdict = { ready: true } | { ready: false; reason: string };

/** Options of everything that runs a child process. */
export interface ChildOptions {
  /** Called with each line of stdout and stderr, without its line end. */
  output: (line: string) => void;
  /** Ends the child. */
  signal: AbortSignal;
  /** What the child sees besides what all see. */
  env?: Readonly<Record<string, string>>;
}

/** What the runner reaches the outside with; the real one is in `lib/run/docker_executor.ts`. */
export interface Executor {
  /** Runs a command to its end; resolves to its exit code. */
  execute(command: Command, options: ChildOptions): Promise<number>;
  /** Runs a command whose output is data. */
  capture(
    command: Command,
    signal: AbortSignal,
  ): Promise<{ code: number; stdout: string; stderr: string }>;
  /**
   * Waits until a container that was started is ready; see {@linkcode Verdict}. Its log is kept from here on, as
   * `service`'s.
   */
  awaitReady(
    container: string,
    options: {
      signal: AbortSignal;
      needs: Needs;
      serves: boolean;
      service: string;
    },
  ): Promise<Verdict>;
  /**
   * Follows a container's log until the container ends, and keeps it as `service`'s; resolves to its exit code. `notice`
   * takes what is to be said of the log.
   */
  follow(
    container: string,
    options: ChildOptions & {
      service: string;
      notice?: (line: string) => void;
    },
  ): Promise<number>;
  /** Makes the log of a container that has ended complete, and copies its reports. */
  collect(container: string, options: ChildOptions): Promise<void>;
  /**
   * Kills and removes a container with its anonymous volumes; one that is not there is no error. Resolves to whether it is
   * gone.
   */
  remove(container: string, signal: AbortSignal): Promise<boolean>;
  /**
   * Removes what is owned, after logs and reports were collected; resolves to whether nothing is left. `thorough`:
   * something was stopped halfway and may still be making something; `stop`: once it is aborted, what takes its time is
   * not collected.
   */
  tearDown(
    what: Does<"remove">,
    options: ChildOptions & {
      thorough: boolean;
      stop: AbortSignal;
      /** Whether the run has made something already. */
      made: boolean;
      /** Takes an exception that must not keep anything from being removed. */
      onFault?: (error: unknown) => void;
      /** Takes the commands that remove what is left, where that is known. */
      remains?: (commands: readonly string[]) => void;
    },
  ): Promise<boolean>;
  /** Whether a volume is one that this run has made; undefined where docker does not tell. */
  madeVolume(name: string, signal: AbortSignal): Promise<boolean | undefined>;
  /** The machine's fault in a step's failure, if its output tells one. */
  diagnose(
    lines: readonly string[],
    signal: AbortSignal,
  ): Promise<Fault | undefined>;
  /** What a container was when it, or the wait for it, had failed; undefined where it is gone, or nobody knows. */
  postMortem(
    container: string,
    signal: AbortSignal,
  ): Promise<PostMortem | undefined>;
  /**
   * Pushes until the registry says that the reference is the image, see {@linkcode StepKind}; resolves to the exit code
   * and the digest.
   */
  push(
    command: Command,
    what: Does<"push">,
    options: ChildOptions,
  ): Promise<{ code: number; digest?: string; unchanged: boolean }>;
  /**
   * Requests `path` at `address` ("host:port") until it answers with a status below 500, as long as the container runs;
   * resolves to the URL, or to "" after it has told the problem.
   */
  prove(
    address: string,
    path: string,
    options: ChildOptions & { container: string },
  ): Promise<string>;
}
