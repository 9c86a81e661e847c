/**
 * A place in a file.
 *
 * @module
 */

/** A place in a file. */
export interface Location {
  /** Relative to the caller's working directory. */
  file: string;
  /** Counted from 1. */
  line: number;
  /** Counted from 1. */
  column: number;
}
