/**
 * CI systems whose logs fold: the lines of each step are a group of its own. Because steps run in parallel, a group is
 * written when its step has ended.
 *
 * @module
 */

import { writeEnding } from "./ending.ts";
import { tellAlive } from "./heartbeat.ts";
import { endLine, outputLine } from "./lines.ts";
import {
  answerStyle,
  closedOnce,
  type Reporter,
  type ReporterOptions,
  styleFor,
} from "./reporter.ts";
import type { Row } from "./rows.ts";
import { story } from "./story.ts";
import type { Ended, Run, Told } from "./told.ts";
import { style } from "../text/color.ts";

/** The most lines to show of a step: the last ones. */
const MAX_LINES = 10_000;

/** The lines of a step. */
export interface Group {
  /** The step's result. */
  title: string;
  /** Unique in the run. */
  name: string;
  result: Row["result"];
  lines: readonly string[];
  /** Seconds since 1970. */
  start: number;
  end: number;
}

/** The log format of a CI system. */
export interface Dialect {
  /** The group as text. */
  group(group: Group): string;
  /** Makes a line harmless. It has no control characters but those of colors. */
  guard(line: string): string;
  /** Hands the results to the CI system; returns text to write before the failures. */
  ending(run: Run): string;
}

/** Writes a run in a dialect. */
export function groupedReporter(
  options: ReporterOptions,
  dialect: Dialect,
): Reporter {
  const { stdout, stderr, flags } = options;
  const paint = styleFor(options);
  const { tell, run, running } = story({ ...options, color: paint.color });
  const buffer = lineBuffer();
  let groups = 0;

  const raw = (text: string) => {
    silence.beat();
    stderr.write(text);
  };
  const write = (text: string) => raw(guarded(text.split("\n")).join("\n"));
  const guarded = (lines: readonly string[]) => lines.map(dialect.guard);
  const silence = tellAlive(write, { ...options, running });

  const writeGroup = (told: Ended, end: number) => {
    const { row } = told;
    const { lines, lost, start } = buffer.take(row.step, end);
    if (lines.length === 0) {
      return told.isSmall ? undefined : write(`${endLine(told, paint)}\n`);
    }
    const note = `… ${lost} lines before these are in reports/${run().target}`;
    const title = endLine(told, style(false));
    raw(dialect.group({
      ...{ title, start, end, result: row.result },
      name: `${++groups}-${row.step}`,
      lines: guarded(lost > 0 ? [note, ...lines] : lines),
    }));
  };
  const show = (told: Told, at: number) => {
    if (told.kind === "end") return writeGroup(told, at);
    const layout = { style: paint, width: run().width };
    const line = told.kind === "line"
      ? outputLine(told.line, layout)
      : told.why;
    buffer.add(told.step, at, [line]);
  };

  return closedOnce({
    emit: (event) => {
      const at = Math.floor(Date.parse(event.at) / 1000) || 0;
      tell(event).forEach((told) => show(told, at));
    },
    close: (page) => {
      silence.stop();
      // Of steps that still run, such as after a second signal.
      for (const { lines } of buffer.rest()) {
        if (lines.length > 0) write(lines.join("\n") + "\n");
      }
      const before = () => raw(dialect.ending(run()));
      writeEnding(run(), {
        ...{ stdout, write, before, flags, page },
        ...{ style: paint, answer: answerStyle(options) },
      });
    },
  });
}

/** The lines of a step until its group is written. */
interface Kept {
  lines: string[];
  /** How many lines were dropped. */
  lost: number;
  /** Seconds since 1970. */
  start: number;
}

/** Keeps the last {@linkcode MAX_LINES} lines of each step until its group is written. */
function lineBuffer() {
  const steps = new Map<string, Kept>();
  const keptOf = (step: string, start: number) => {
    const kept = steps.get(step) ?? { lines: [], lost: 0, start };
    steps.set(step, kept);
    return kept;
  };
  return {
    /** Adds lines of a step, which has started at `start` if these are its first. */
    add: (step: string, start: number, lines: readonly string[]) => {
      const kept = keptOf(step, start);
      kept.lines.push(...lines);
      if (kept.lines.length >= 2 * MAX_LINES) drop(kept);
    },
    /** The lines of a step, which the buffer forgets. */
    take: (step: string, start: number): Readonly<Kept> => {
      const kept = keptOf(step, start);
      steps.delete(step);
      drop(kept);
      return kept;
    },
    /** The lines of all steps that were not taken. */
    rest: (): Iterable<Readonly<Kept>> => steps.values(),
  };
}

/** Drops the oldest lines beyond {@linkcode MAX_LINES}. */
function drop(kept: Kept) {
  const lost = Math.max(0, kept.lines.length - MAX_LINES);
  kept.lines.splice(0, lost);
  kept.lost += lost;
}
