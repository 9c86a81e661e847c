/**
 * The outcome of a run, out of its events.
 *
 * @module
 */

import { isStopped } from "../errors/exit_code.ts";
import type { Event, TimedEvent } from "../plan/events.ts";

type Of<K extends Event["kind"]> = Extract<Event, { kind: K }>;

/** The outcome of a run. */
export interface Outcome {
  /** "unfinished": the events have no end. */
  result: "ok" | "failed" | "stopped" | "unfinished";
  start?: Of<"run-start">;
  end?: Of<"run-end">;
  /** The failures, the first cause first. */
  failures: readonly Of<"failure">[];
  urls: readonly Of<"url">[];
  /** Decisions about roles that the Compose file does not make itself. */
  guesses: readonly Of<"role">[];
  published: readonly Of<"published">[];
  /** Losses and remarks that have not failed the run. */
  notices: readonly string[];
}

/** The outcome that the events of one run show. */
export function outcomeOf(events: readonly TimedEvent[]): Outcome {
  const start = events.find((event) => event.kind === "run-start");
  const end = events.findLast((event) => event.kind === "run-end");
  return {
    result: resultOf(end?.code),
    ...(start && { start }),
    ...(end && { end }),
    urls: events.filter((event) => event.kind === "url"),
    guesses: events.filter((event) => event.kind === "role"),
    published: events.filter((event) => event.kind === "published"),
    failures: events.filter((event) => event.kind === "failure"),
    notices: events.filter((event) => event.kind === "output")
      .filter(({ notice }) => notice).map(({ line }) => line),
  };
}

function resultOf(code: number | undefined): Outcome["result"] {
  if (code === undefined) return "unfinished";
  if (code === 0) return "ok";
  return isStopped(code) ? "stopped" : "failed";
}

/** The sign of each result. */
export const SIGNS: Readonly<Record<Outcome["result"], string>> = {
  ok: "✓",
  failed: "✕",
  stopped: "■",
  unfinished: "…",
};

/** The title of the page. */
export function titleOf({ result, start }: Outcome): string {
  const what = start ? `${start.target} of ${start.project}` : "run";
  return `${SIGNS[result]} ${what}: ${result}`;
}
