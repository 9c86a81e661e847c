/**
 * The facts about a run that reporters show.
 *
 * @module
 */

import type { Explanation } from "../errors/explanation.ts";
import type { Event } from "../plan/events.ts";
import type { Row } from "./rows.ts";

/** The events of a kind. */
export type Of<K extends Event["kind"]> = Extract<Event, { kind: K }>;

/** A line of output. */
export interface Line {
  /** The service, or the step whose command has written it. */
  who: string;
  text: string;
}

/** Something to show. All of its text is from {@linkcode plainLine}, so it is harmless on a terminal. */
export type Told =
  /** Only with `verbose`. */
  | { kind: "start"; step: string; why: string }
  | { kind: "line"; step: string; line: Line }
  | Ended;

/** The end of a step. */
export interface Ended {
  kind: "end";
  row: Row;
  /** A summary of the step, if there is one. */
  note?: string;
  /** Whether it is a step of bookkeeping, whose end needs no line. */
  isSmall: boolean;
}

/** A step that runs. */
export interface Running {
  step: string;
  /** Start, by the clock (ms). */
  since: number;
  why: string;
  /** Its current work; "" until it is known. */
  doing: string;
}

/** The facts about a run so far. */
export interface Run {
  /** "run" until the run has started. */
  target: string;
  version?: string;
  /** Of its containers. */
  project?: string;
  /** Cells of the longest name before a line. */
  width: number;
  /** By the names of their steps, in the order in which they ended. */
  rows: Map<string, Row>;
  tests: Of<"tests">[];
  /** The containers that came near their limits of memory. */
  nearLimits: Of<"usage">[];
  /** Losses that do not make the run fail, each once. */
  notices: Set<string>;
  /** The apps that answer; `service` is absent where there is only one. */
  urls: { url: string; service?: string }[];
  published: Of<"published">[];
  failures: Explanation[];
  end?: Of<"run-end">;
}
