/**
 * The interface of a reporter, and its options.
 *
 * @module
 */

import type { TimedEvent } from "../plan/events.ts";
import { type Style, style, wantsColor } from "../text/color.ts";
import type { Sink } from "../world.ts";

/** Shows a run while it happens. It accepts events in any order and never throws. */
export interface Reporter {
  /** Shows an event. */
  emit(event: TimedEvent): void;
  /**
   * Shows the end: the summary, the URL, the failures. Afterwards it shows nothing.
   *
   * @param page path of the page of the run, relative to the caller's working directory, if it was written
   */
  close(page?: string): void;
}

/** The time that a reporter goes by. */
export interface Clock {
  /** Milliseconds from any fixed point. */
  now(): number;
  /** Calls back once after `ms` milliseconds, unless the caller calls the returned function before. */
  after(ms: number, callback: () => void): () => void;
}

/** The flags, environment and terminal of a reporter, and its outputs. */
export interface ReporterOptions {
  /** Takes the answer. */
  stdout: Sink;
  /** Takes everything else. */
  stderr: Sink;
  /** Environment variables. */
  env: Readonly<Record<string, string>>;
  flags: {
    json: boolean;
    quiet: boolean;
    verbose: boolean;
    color: "auto" | "always" | "never";
  };
  /** Size of the terminal that stderr is, in cells; called before each use, because users resize windows. */
  size(): { columns: number; rows: number };
  clock: Clock;
  /** Appends to a file that a CI system reads. */
  appendFile(path: string, text: string): void;
}

/** The same reporter, which closes once and then ignores everything. */
export function closedOnce({ emit, close }: Reporter): Reporter {
  let closed = false;
  return {
    emit: (event) => {
      if (!closed) emit(event);
    },
    close: (page) => {
      if (closed) return;
      closed = true;
      close(page);
    },
  };
}

/** The colors of stderr. */
export function styleFor(
  { env, flags: { color }, stderr }: ReporterOptions,
): Style {
  return style(wantsColor({ env, color }, stderr));
}

/** The colors of the answer on stdout: a program that reads it gets none. */
export function answerStyle(
  { env, flags: { color }, stdout }: ReporterOptions,
): Style {
  return style(stdout.isTerminal && wantsColor({ env, color }, stdout));
}
