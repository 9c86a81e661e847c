/**
 * Chooses the reporter of a run, and describes its steps for events.
 *
 * @module
 */

import type { PerformOptions } from "./prepared.ts";
import { chooseReporter, type Reporter } from "../reporters/mod.ts";
import type { Step } from "../plan/plan.ts";
import type { PlannedStep } from "../plan/events.ts";

/** A step as events describe it. */
export function planned(
  { name, why, after, does, cleanup }: Step,
): PlannedStep {
  return {
    name,
    why,
    after,
    kind: does.kind,
    ...("service" in does && { service: does.service }),
    ...(cleanup && { cleanup }),
  };
}

/** The reporter for these flags and this environment. */
export function reporterOf({ request, world }: PerformOptions): Reporter {
  const { flags, color = "auto" } = request;
  return chooseReporter({
    ...world,
    flags: {
      json: flags.has("json"),
      quiet: flags.has("quiet"),
      verbose: flags.has("verbose"),
      color,
    },
    clock: {
      now: () => performance.now(),
      after: (ms, callback) => {
        const timer = setTimeout(callback, ms);
        return () => clearTimeout(timer);
      },
    },
  });
}
