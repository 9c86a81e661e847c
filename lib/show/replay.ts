/**
 * Shows the events of a run that is over, by the reporter that would have shown them then.
 *
 * @module
 */

import { readEvent } from "../plan/event_shape.ts";
import type { TimedEvent } from "../plan/events.ts";
import { chooseReporter, type ReporterOptions } from "../reporters/mod.ts";
import { pastClock } from "./clock.ts";
import type { FileLine } from "./lines.ts";

/** A run that was shown. */
export interface Shown {
  /** How many of its events this version knows. */
  known: number;
  /** Whether the file has no line. */
  isEmpty: boolean;
  /** How many lines were left out, because they are no events, or there are too many or too long ones. */
  leftOut: number;
  /** The run that has begun and not ended, if that is so. */
  unfinished?: {
    target: string;
    /** Milliseconds until its last event. */
    ms: number;
    /** The steps that run. */
    steps: readonly string[];
  };
}

/** Shows the lines of a file of events. */
export interface Replay {
  /** Shows a line; returns whether the file may be one of events: its first line decides. */
  take(line: FileLine): boolean;
  /**
   * Shows the end.
   *
   * @param page path of the page of the run, as the caller would name it
   */
  end(page?: string): Shown;
}

/** How many events are shown before the screen is drawn: a reporter keeps what it has not drawn. */
const EVERY = 1_000;

/** The most bytes of events that a reporter keeps until the end: those that are not output. */
const MAX_KEPT = 2 ** 26;

/** Begins to show a run. It writes to nothing but the two outputs: no CI system gets its results again. */
export function replay(
  options: Omit<ReporterOptions, "clock" | "appendFile">,
): Replay {
  const clock = pastClock();
  const reporter = chooseReporter({ ...options, clock, appendFile: () => {} });
  const { json } = options.flags;
  const progress = progressOf();
  const counts = { lines: 0, known: 0, leftOut: 0, kept: 0 };
  const emit = (event: TimedEvent) => {
    try {
      reporter.emit(event);
    } catch {
      // Such as an event in which objects are nested too deeply to be printed.
      counts.leftOut++;
    }
  };
  const show = (event: TimedEvent, bytes: number) => {
    if (event.kind !== "output" && event.kind !== "run-end") {
      counts.kept += bytes;
      if (counts.kept > MAX_KEPT) return void counts.leftOut++;
    }
    clock.set(event.at);
    progress.see(event, clock.now()).forEach(emit);
    if (counts.lines % EVERY === 0) clock.tick();
  };
  return {
    take: ({ text = "", bytes, isEnded }) => {
      if (bytes === 0) return true;
      const read = readEvent(parsed(text));
      counts.lines++;
      if (read.is === "nothing") {
        // A run that was killed has not ended its last line.
        if (isEnded) counts.leftOut++;
        return counts.lines > 1;
      }
      if (read.is === "event") counts.known++;
      if (json) emit(read.event as TimedEvent);
      else if (read.is === "event") show(read.event, bytes);
      return true;
    },
    end: (page) => {
      const { known, leftOut } = counts;
      if (known > 0) reporter.close(page);
      const unfinished = json ? undefined : progress.unfinished();
      const isEmpty = counts.lines === 0;
      return { known, isEmpty, leftOut, ...(unfinished && { unfinished }) };
    },
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Follows a run to its end. A URL is told only then, because a run that was killed has not printed it. */
function progressOf() {
  let start: { target: string; at: number } | undefined;
  let last = 0;
  let urls: TimedEvent[] = [];
  const running = new Set<string>();
  return {
    /** The events to show now. */
    see: (event: TimedEvent, now: number): readonly TimedEvent[] => {
      last = now;
      switch (event.kind) {
        case "run-start":
          start = { target: event.target, at: now };
          running.clear();
          urls = [];
          break;
        case "step-start":
          running.add(event.step);
          break;
        case "step-end":
          running.delete(event.step);
          break;
        case "url":
          urls.push(event);
          return [];
        case "run-end":
          start = undefined;
          return [...urls.splice(0), event];
      }
      return [event];
    },
    unfinished: (): Shown["unfinished"] =>
      start && {
        target: start.target,
        ms: last - start.at,
        steps: [...running],
      },
  };
}
