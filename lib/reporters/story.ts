/**
 * The events of a run as text to show, the same for every reporter, and the facts that the end of a run needs.
 *
 * @module
 */

import type { PlannedStep, TimedEvent } from "../plan/events.ts";
import { isNearLimit } from "../plan/usage.ts";
import { type Condenser, condenser, lastWritten } from "./condense.ts";
import { plainLine } from "../text/plain_line.ts";
import { shortId } from "../text/short_id.ts";
import type { ReporterOptions } from "./reporter.ts";
import { addRow, isBookkeeping, type Row } from "./rows.ts";
import type { Line, Of, Run, Running, Told } from "./told.ts";

/** Follows a run. */
export interface Story {
  tell(event: TimedEvent): Told[];
  /** In the order in which they started. */
  running(): readonly Running[];
  run(): Run;
}

/** How to tell a story. */
interface StoryOptions extends Pick<ReporterOptions, "clock"> {
  /** `quiet`: no lines at all; `verbose`: all output, not condensed. */
  flags: Pick<ReporterOptions["flags"], "quiet" | "verbose">;
  /** Whether to keep the colors of containers. */
  color: boolean;
  /**
   * Whether the reader sees the current work of each step: then the output of containers is not told, and that of docker
   * only when the step has succeeded. The failure of a step has the lines that matter.
   */
  folds?: boolean;
}

/** The most lines to hold of a step until it has succeeded: the last ones. */
const HELD = 50;

/** Longest name (cells) that widens the column of names. */
const WIDEST = 16;

/** A step, while it runs. */
interface Current extends Running {
  condenser: Condenser;
  /** Lines that are told if the step succeeds. */
  held: Line[];
  note?: string;
}

/** The state of a story. */
interface State extends StoryOptions {
  run: Run;
  /** By their names in events. */
  current: Map<string, Current>;
  /** By their names in events. */
  planned: Map<string, PlannedStep>;
  warnings: Set<string>;
}

/** Tells the story of one run. */
export function story(options: StoryOptions): Story {
  const run = {
    ...{ target: "run", width: 0, rows: new Map(), tests: [] },
    ...{ nearLimits: [], notices: new Set<string>() },
    ...{ urls: [], published: [], failures: [] },
  };
  const current = new Map<string, Current>();
  const state: State = {
    ...{ ...options, run, current },
    ...{ planned: new Map(), warnings: new Set() },
  };
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
      tellRunStart(state, event);
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
      tellPublished(state, event);
      return [];
    case "failure":
      run.failures.push(event.explanation);
      return [];
    case "run-end":
      run.end = event;
      return [];
  }
}

function tellRunStart({ run, planned }: State, event: Of<"run-start">) {
  // Another round of the run begins: nothing of the earlier one is in its summary.
  Object.assign(run, { rows: new Map(), tests: [], notices: new Set() });
  planned.clear();
  for (const step of event.steps) planned.set(step.name, step);
  run.target = label(event.target);
  if (event.version) run.version = label(event.version);
  run.project = label(event.project);
  run.width = widthOf(event);
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
    ...told,
    since: clock.now(),
    doing: "",
    condenser: condenser(),
    held: [],
  });
  return flags.verbose && !flags.quiet ? [{ kind: "start", ...told }] : [];
}

function tellOutput(state: State, event: Of<"output">): Told[] {
  const { line, service, notice } = event;
  if (service !== undefined) return tellContainer(state, { ...event, service });
  if (!notice) return tellDocker(state, event);
  state.run.notices.add(label(line));
  return [];
}

function tellContainer(
  state: State,
  { step, line, service, progress }: Of<"output"> & { service: string },
): Told[] {
  const { current, color, flags, folds } = state;
  const at = current.get(step);
  const plain = label(line);
  if (at && plain.trim()) at.doing = plain;
  if (progress || folds && !flags.verbose) return [];
  const text = plainLine(line, { color });
  return tellLine(state, step, { who: label(service), text });
}

function tellDocker(
  state: State,
  { step, line }: Of<"output">,
): Told[] {
  const { current, color, flags, folds } = state;
  const at = current.get(step);
  const who = label(step);
  const written = lastWritten(line);
  const plain = label(written);
  const { show = [], isNews, now } = at?.condenser.take(plain) ??
    { show: [plain] };
  if (at && now) at.doing = now;
  if (flags.verbose) {
    return tellLine(state, step, { who, text: plainLine(written, { color }) });
  }
  const lines = show.filter((text) => isNew(state, text))
    .map((text) => ({ who, text }));
  if (!at || !folds || isNews) {
    return lines.flatMap((line) => tellLine(state, step, line));
  }
  at.held.push(...lines);
  at.held.splice(0, Math.max(0, at.held.length - HELD));
  return [];
}

/** Whether a line is new: Compose repeats its warnings about the file in every call. */
function isNew({ warnings }: State, text: string): boolean {
  if (!text.startsWith("warning: ")) return true;
  const isNew = !warnings.has(text);
  warnings.add(text);
  return isNew;
}

function tellImage(
  state: State,
  { step, services, id, unchanged }: Of<"image">,
): Told[] {
  if (state.folds && !state.flags.verbose) return [];
  const text = `${services.join(", ")}: ${shortId(id)}` +
    (unchanged ? " (unchanged)" : "");
  return tellLine(state, step, { who: label(step), text: label(text) });
}

/** Remembers a published tag, which the end of the run tells. */
function tellPublished({ run, current }: State, event: Of<"published">) {
  run.published.push(event);
  const at = current.get(event.step);
  if (at && event.unchanged) at.note = "the registry had it";
}

function tellLine({ flags }: State, step: string, line: Line): Told[] {
  return flags.quiet ? [] : [{ kind: "line", step: label(step), line }];
}

function tellEnd(
  { run, current, planned, clock, flags }: State,
  { step, result, ms }: Of<"step-end">,
): Told[] {
  const at = current.get(step);
  current.delete(step);
  const plan = planned.get(step);
  const row: Row = {
    ...{ step: label(step), result, ms, end: clock.now() },
    ...(plan && { planned: plan }),
  };
  addRow(run.rows, row);
  if (flags.quiet) return [];
  const note = at?.note ?? (flags.verbose ? undefined : at?.condenser.end());
  const held = result === "ok" ? at?.held ?? [] : [];
  return [
    ...held.map((line) => ({ kind: "line" as const, step: row.step, line })),
    {
      kind: "end",
      row,
      ...(note !== undefined && { note }),
      isSmall: !flags.verbose && isBookkeeping(row),
    },
  ];
}
