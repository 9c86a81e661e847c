/**
 * Wrong command lines, as data.
 *
 * @module
 */

/** A command line that is wrong. */
export type UsageFailure =
  | {
    kind: "unknown-target";
    word: string;
    /** The target that is probably meant. */
    nearest?: string;
    /** The command line with that target. */
    next?: string;
    /** The subject of a word that is no target, and that there is an answer to. */
    told?: "logs" | "dev";
  }
  | {
    kind: "unknown-flag";
    flag: string;
    /** Absent if the command line names none. */
    target?: string;
    /** The flag that is probably meant. */
    nearest?: string;
    /** The command line with that flag, if it is right. */
    next?: string;
    /** The command line that hands the flag to the target's arguments, if it takes some. */
    forArgs?: string;
  }
  | {
    kind: "misplaced-flag";
    flag: string;
    /** Absent if the command line names none. */
    target?: string;
    /** Why the flag means nothing to the target, as a clause. */
    reason?: string;
    /** The targets that have the flag. */
    of: readonly string[];
    next: string;
  }
  | { kind: "flag-value"; flag: string; problem: string; next: string }
  | {
    kind: "unexpected-argument";
    word: string;
    target: string;
    /** The command line that hands the word to the target's arguments, if it takes some. */
    forArgs?: string;
    /** The command lines that are probably meant. */
    next?: string;
  }
  | {
    kind: "argument";
    target: string;
    /** Absent if the caller gave none. */
    word?: string;
    expected: readonly string[];
  };
