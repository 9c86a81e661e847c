/** What every command has: the process that it runs in, and how it fails. @module */

/** Environment variables, standard output and error, and the request to stop; tests hand in their own. */
export interface World {
  readonly env: (name: string) => string | undefined;
  readonly out: (line: string) => void;
  readonly err: (line: string) => void;
  /** Registers what the first SIGTERM or SIGINT calls; without it, and at the second one, the process just ends. */
  readonly onStop: (stop: () => void) => void;
}

/** An expected failure, printed as one line; exit code 1: the command failed, 2: it was called or configured wrongly. */
export class CommandError extends Error {
  /** Makes a failure with its message and exit code. */
  constructor(message: string, readonly exitCode: 1 | 2, cause?: unknown) {
    super(message, { cause });
  }
}

/** The `code` of an error of the system or of a database driver, such as `ECONNREFUSED`; "" if it has none. */
export function errorCode(error: unknown): string {
  const { code } = Object(error) as { code?: unknown };
  return typeof code === "string" ? code : "";
}

/** The message of anything that was thrown; of a file that cannot be used, why. */
export function errorMessage(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "it is not there";
  const isForbidden = error instanceof Deno.errors.PermissionDenied ||
    error instanceof Deno.errors.NotCapable;
  if (isForbidden) return "this process may not use it";
  return error instanceof Error ? error.message : String(error);
}
