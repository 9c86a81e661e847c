/**
 * What a reporter is and what it is made from.
 *
 * @module
 */

import type { TimedEvent } from "../plan/events.ts";
import { type Style, style, wantsColor } from "../text/color.ts";
import type { Sink } from "../world.ts";

/** Shows a run while it happens. It takes events in any order and never throws for one. */
export interface Reporter {
  /** Shows an event. */
  emit(event: TimedEvent): void;
  /** Shows the end: the summary, the URL, the failures. Afterwards nothing is shown any more. */
  close(): void;
}

/** Time, as a reporter needs it. */
export interface Clock {
  /** Milliseconds from any fixed point. */
  now(): number;
  /** Calls back once after `ms` milliseconds, unless the returned function is called before. */
  after(ms: number, callback: () => void): () => void;
}

/** What {@linkcode chooseReporter} chooses by, and what reporters write to. */
export interface ReporterOptions {
  /** Takes the answer. */
  stdout: Sink;
  /** Takes the story. */
  stderr: Sink;
  /** Environment variables. */
  env: Readonly<Record<string, string>>;
  flags: {
    json: boolean;
    quiet: boolean;
    verbose: boolean;
    color: "auto" | "always" | "never";
  };
  /** Cells of the terminal that stderr is; asked before each use, because windows change. */
  size(): { columns: number; rows: number };
  clock: Clock;
  /** Appends to a file that a CI system reads. */
  appendFile(path: string, text: string): void;
}

/** The same reporter, closed at most once; afterwards it shows nothing. */
export function closedOnce({ emit, close }: Reporter): Reporter {
  let closed = false;
  return {
    emit: (event) => {
      if (!closed) emit(event);
    },
    close: () => {
      if (closed) return;
      closed = true;
      close();
    },
  };
}

/** The paints that a reporter has on stderr. */
export function styleFor(
  { env, flags: { color }, stderr }: ReporterOptions,
): Style {
  return style(wantsColor({ env, color }, stderr));
}
