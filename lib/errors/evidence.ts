/**
 * The things that show the cause of a failure: failed tests, and lines of logs and files.
 *
 * @module
 */

/** A failed test. */
export interface FailedTest {
  /** The group that its program gives it; "" without a group. */
  suite: string;
  /** The name that its program gives it. */
  name: string;
  /** Why it failed; may have several lines. */
  message?: string;
  /** A path of the repository, relative to the caller's working directory, or one in the container. */
  file?: string;
  /** Counted from 1. */
  line?: number;
}

/** The test without all else that a report says about it. */
export function failedTest(
  { suite, name, message, file, line }: FailedTest,
): FailedTest {
  return {
    ...{ suite, name },
    ...(message !== undefined && { message }),
    ...(file !== undefined && { file }),
    ...(line !== undefined && { line }),
  };
}

/** Lines that show a cause. */
export interface Evidence {
  /** Such as `last lines of "db"`. */
  title: string;
  /** The lines, cut and chosen to fit on a screen. */
  lines: readonly string[];
  /** The file with all of its lines, relative to the caller's working directory. */
  logs?: string;
}
