/**
 * What a command may use of the process that it runs in; tests hand in their own.
 *
 * @module
 */

/** Environment variables, standard output and error, and the request to stop. */
export interface World {
  /** The value of an environment variable. */
  readonly env: (name: string) => string | undefined;
  /** Writes one line to standard output. */
  readonly out: (line: string) => void;
  /** Writes one line to standard error. */
  readonly err: (line: string) => void;
  /** Registers what the first SIGTERM or SIGINT calls; without it, and at the second one, the process just ends. */
  readonly onStop: (stop: () => void) => void;
}
