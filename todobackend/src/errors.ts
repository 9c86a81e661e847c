/**
 * The failure of a command: a message for people and the exit code that goes with it.
 *
 * @module
 */

/** An expected failure: it is printed as one line, without a stack trace. */
export class CommandError extends Error {
  /** 1: the command failed; 2: it was called or configured wrongly. */
  readonly exitCode: 1 | 2;

  /** Makes a failure with its message and exit code. */
  constructor(message: string, exitCode: 1 | 2, options?: ErrorOptions) {
    super(message, options);
    this.name = "CommandError";
    this.exitCode = exitCode;
  }
}

/** The database lacks migrations that this release needs. */
export class SchemaBehind extends Error {
  /** Says which, and what to do. */
  constructor(missing: readonly string[]) {
    const names = missing.map((name) => `"${name}"`).join(", ");
    super(`the schema is behind, run "migrate" (${names})`);
    this.name = "SchemaBehind";
  }
}

/** The `code` of an error of the system or of a database driver, such as `ECONNREFUSED`; "" if it has none. */
export function errorCode(error: unknown): string {
  if (typeof error !== "object" || error === null) return "";
  return "code" in error && typeof error.code === "string" ? error.code : "";
}

/** The message of anything that was thrown. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
