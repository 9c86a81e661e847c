/**
 * An exception as a failure: it is a fault of todoflow, fits on one screen and skips no clean-up.
 *
 * @module
 */

import type { Failure } from "./failure.ts";
import { TodoflowError } from "./todoflow_error.ts";

/** How many frames of the stack are shown. */
const FRAMES = 6;

/** How many faults of one run are reported: the first ones cause the others. */
const TOLD = 3;

/** Where an exception was caught. */
interface Caught {
  /** Name of the step. */
  step?: string | undefined;
  /** The folder of reports, relative to the caller's working directory. */
  reports?: string | undefined;
}

/** Turns an exception into a failure. */
export function ownFault(
  error: unknown,
  { step, reports }: Caught = {},
): Failure {
  if (error instanceof TodoflowError) return error.failure;
  const { message, stack = "" } = error instanceof Error
    ? error
    : { message: String(error) };
  return {
    kind: "own-fault",
    message: message.trim() || "an error without a message",
    frames: framesOf(stack),
    ...(step !== undefined && { step }),
    ...(reports !== undefined && { reports }),
  };
}

/** The first frames of a stack, without the paths of one machine. */
function framesOf(stack: string): string[] {
  return stack.split("\n").map((line) => line.trim())
    .filter((line) => line.startsWith("at "))
    .slice(0, FRAMES)
    .map((line) =>
      line.replace(
        /(?:[a-z]+:\/\/)?\/\S*?\/((?:lib|tasks)\/\S+|[^/\s]+$)/,
        (_, place) => place,
      )
    );
}

/** Notes exceptions while a run goes on. */
export interface Faults {
  /** Notes an exception, and returns its failure. */
  note(error: unknown, step?: string): Failure;
  /** The distinct failures until now. */
  all(): readonly Failure[];
}

/** A collector of the exceptions of one run. */
export function notedFaults(reports?: string): Faults {
  const noted = new Map<string, Failure>();
  return {
    note: (error, step) => {
      const failure = ownFault(error, { step, reports });
      const key = failure.kind === "own-fault"
        ? failure.message
        : JSON.stringify(failure);
      const known = noted.get(key);
      if (known) return known;
      if (noted.size < TOLD) noted.set(key, failure);
      return failure;
    },
    all: () => [...noted.values()],
  };
}
