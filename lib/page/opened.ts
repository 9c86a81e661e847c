/**
 * The logs that are open when the page is opened: a reader of a failure wants to see them.
 *
 * @module
 */

import type { TimedEvent } from "../plan/events.ts";
import {
  fileIn,
  logFile,
  type LogPlaces,
  outputId,
  stepsWithOutput,
} from "./log_places.ts";
import type { Outcome } from "./outcome.ts";
import type { Timeline } from "./timeline.ts";

/** The IDs of the logs of failed services, of those that failures refer to, and of the output of failed commands. */
export function openedLogs(
  { events }: { events: readonly TimedEvent[] },
  { timeline, outcome, places }: {
    timeline: Timeline;
    outcome: Outcome;
    places: LogPlaces;
  },
): ReadonlySet<string> {
  const outputs = stepsWithOutput(events);
  const referred = outcome.failures.flatMap(({ explanation }) =>
    explanation.evidence ?? []
  ).map(({ logs = "" }) => places.get(fileIn(logs)?.path ?? ""));
  const failed = timeline.steps.filter(({ result }) => result === "failed")
    .map(({ step, planned }) => {
      const log = places.get(logFile(planned?.service ?? ""));
      if (log !== undefined) return log;
      const n = outputs.indexOf(step);
      return n < 0 ? undefined : outputId(n);
    });
  return new Set([...referred, ...failed].filter((id) => id !== undefined));
}
