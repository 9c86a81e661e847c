/**
 * The events of a run as text to show, the same for every reporter, and the facts that the end of a run needs.
 *
 * @module
 */

import type { Explanation } from "../errors/explanation.ts";
import type { Event, TimedEvent } from "../plan/events.ts";
import { isNearLimit } from "../plan/usage.ts";
import { type Condenser, condenser, lastWritten } from "./condense.ts";
import { plainLine } from "../text/plain_line.ts";
import type { ReporterOptions } from "./reporter.ts";

type Of<K extends Event["kind"]> = Extract<Event, { kind: K }>;

/** A line of output. */
export interface Line {
  /** The service, or the step whose command has written it. */
  who: string;
  text: string;
}

/** A step that has ended. */
export type Row = Pick<Of<"step-end">, "step" | "result" | "ms">;

/** Something to show. All of its text is from {@linkcode plainLine}, so it is harmless on a terminal. */
export type Told =
  | { kind: "start"; step: string; why: string }
  | { kind: "line"; step: string; line: Line }
  /** `held`: lines of a failed step that were not shown before. */
  | { kind: "end"; row: Row; held: readonly Line[] };

/** A step that runs. */
export interface Running {
  step: string;
  /** Start, by the clock (ms). */
  since: number;
  /** Its current work. */
  now: string;
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
  /** In the order in which they ended. */
  rows: Row[];
  /** Names of the steps of clean-up. */
  cleanUps: ReadonlySet<string>;
  tests: Of<"tests">[];
  /** The containers that came near their limits of memory. */
  nearLimits: Of<"usage">[];
  /** Losses that do not make the run fail. */
  notices: string[];
  /** The apps that answer; `service` is absent where there is only one. */
  urls: { url: string; service?: string }[];
  published: Of<"published">[];
  failures: Explanation[];
  end?: Of<"run-end">;
}

/** Follows a run. */
export interface Story {
  tell(event: TimedEvent): Told[];
  /** In the order in which they started. */
  running(): readonly Running[];
  run(): Run;
}

/** How to tell a story. */
interface StoryOptions extends Pick<ReporterOptions, "clock"> {
  /** `quiet`: no output of successful steps; `verbose`: all output, not condensed. */
  flags: Pick<ReporterOptions["flags"], "quiet" | "verbose">;
  /** Whether to keep the colors of containers. */
  color: boolean;
}

/** The most lines to hold of a step. */
const HELD = 50;

/** Longest name (cells) that widens the column of names. */
const WIDEST = 16;

/** A step, while it runs. */
interface Current extends Running {
  condenser: Condenser;
  held: Line[];
}

/** The state of a story. */
interface State extends StoryOptions {
  run: Run;
  /** By their names in events. */
  current: Map<string, Current>;
  warnings: Set<string>;
}

/** Tells the story of one run. */
export function story(options: StoryOptions): Story {
  const run = {
    ...{ target: "run", width: 0, rows: [], tests: [], nearLimits: [] },
    ...{ notices: [], urls: [], published: [], failures: [] },
    cleanUps: new Set<string>(),
  };
  const current = new Map<string, Current>();
  const state: State = { ...options, run, current, warnings: new Set() };
  return {
    run: () => state.run,
    running: () => [...current.values()],
    tell: (event) => tell(state, event),
  };
}

function tell(state: State, event: TimedEvent): Told[] {
  const { run } = state;
  switch (event.kind) {
    case "run-start":
      // Another round of the run begins: nothing of the earlier one is in its summary.
      Object.assign(run, { rows: [], tests: [], notices: [] });
      run.target = label(event.target);
      if (event.version) run.version = label(event.version);
      run.project = label(event.project);
      run.width = widthOf(event);
      run.cleanUps = new Set(
        event.steps.filter(({ cleanup }) => cleanup)
          .map(({ name }) => label(name)),
      );
      return [];
    case "role":
      return tellRole(state, event);
    case "step-start":
      return tellStart(state, event);
    case "output":
      return tellOutput(state, event);
    case "image":
      return tellImage(state, event);
    case "step-end":
      return tellEnd(state, event);
    case "tests":
      run.tests.push(event);
      return [];
    case "usage":
      if (isNearLimit(event)) run.nearLimits.push(event);
      return [];
    case "url":
      run.urls.push({
        url: label(event.url),
        ...(event.service !== undefined && { service: label(event.service) }),
      });
      return [];
    case "published":
      return tellPublished(state, event);
    case "failure":
      run.failures.push(event.explanation);
      return [];
    case "run-end":
      run.end = event;
      return [];
  }
}

/** A text of one line without colors. */
function label(text: string): string {
  return plainLine(text, { color: false });
}

function widthOf({ steps }: Of<"run-start">): number {
  const widths = steps.map(({ name, service }) => (service ?? name).length);
  return Math.max(0, ...widths.filter((width) => width <= WIDEST));
}

/** A guess, told once; all of them are in the dry run, the receipt and the page. */
function tellRole(
  { flags }: State,
  { role, service, reason }: Of<"role">,
): Told[] {
  if (flags.quiet) return [];
  const text = label(`${role}: ${service} (${reason})`);
  return [{ kind: "line", step: "roles", line: { who: "roles", text } }];
}

function tellStart(
  { current, clock, flags }: State,
  { step, why }: Of<"step-start">,
): Told[] {
  const told = { step: label(step), why: label(why) };
  current.set(step, {
    step: told.step,
    since: clock.now(),
    now: told.why,
    condenser: condenser(),
    held: [],
  });
  return flags.quiet ? [] : [{ kind: "start", ...told }];
}

function tellOutput(state: State, event: Of<"output">): Told[] {
  const { step, service } = event;
  const { current, color, flags } = state;
  if (event.notice) {
    state.run.notices.push(label(event.line));
    return [];
  }
  const at = current.get(step);
  const who = label(service ?? step);
  const line = service === undefined ? lastWritten(event.line) : event.line;
  const text = plainLine(line, { color });
  const plain = label(line);
  if (service !== undefined) {
    if (at && plain.trim()) at.now = plain;
    return show(state, step, { who, text });
  }
  const condensed = at?.condenser.take(plain) ?? { show: [plain] };
  if (at && condensed.now) at.now = condensed.now;
  if (flags.verbose && !flags.quiet) return show(state, step, { who, text });
  if (condensed.keep) hold(at, { who, text: plain });
  return (condensed.show ?? []).filter((text) => isNews(state, text))
    .flatMap((text) => show(state, step, { who, text }));
}

/** Whether a line is new: Compose repeats its warnings about the file in every call. */
function isNews({ warnings }: State, text: string): boolean {
  if (!text.startsWith("warning: ")) return true;
  const isNew = !warnings.has(text);
  warnings.add(text);
  return isNew;
}

function tellImage(
  state: State,
  { step, services, id, unchanged }: Of<"image">,
): Told[] {
  const short = id.replace(/^(?:sha256:)?(\w{12})\w*$/, "$1");
  const text = `${services.join(", ")}: ${short}` +
    (unchanged ? " (unchanged)" : "");
  return show(state, step, { who: label(step), text: label(text) });
}

function tellPublished(state: State, event: Of<"published">): Told[] {
  const { step, digest, unchanged } = event;
  state.run.published.push(event);
  const text = `${unchanged ? "points already" : "points"} at ${digest}`;
  return show(state, step, { who: label(step), text: label(text) });
}

/** Shows the line; with `quiet` it is held until its step fails. */
function show({ flags, current }: State, step: string, line: Line): Told[] {
  if (!flags.quiet) return [{ kind: "line", step: label(step), line }];
  hold(current.get(step), line);
  return [];
}

function hold(at: Current | undefined, line: Line) {
  at?.held.push(line);
  if (at && at.held.length > HELD) at.held.shift();
}

function tellEnd(
  { run, current, flags }: State,
  { step, result, ms }: Of<"step-end">,
): Told[] {
  const at = current.get(step);
  current.delete(step);
  const row = { step: label(step), result, ms };
  run.rows.push(row);
  if (flags.quiet && result !== "failed") return [];
  const sum = flags.quiet || flags.verbose ? undefined : at?.condenser.end();
  return [
    ...(sum === undefined ? [] : [{
      kind: "line" as const,
      step: row.step,
      line: { who: row.step, text: sum },
    }]),
    { kind: "end", row, held: result === "failed" ? at?.held ?? [] : [] },
  ];
}
