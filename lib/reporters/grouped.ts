/**
 * CI systems whose logs fold: the lines of each step are a group of its own, written when the step has ended, because
 * steps run side by side.
 *
 * @module
 */

import { writeEnding } from "./ending.ts";
import { heartbeat } from "./heartbeat.ts";
import { endLine, outputLine, stillRunning } from "./lines.ts";
import { type Reporter, type ReporterOptions, styleFor } from "./reporter.ts";
import { type Row, type Run, story, type Told } from "./story.ts";
import { style } from "../text/color.ts";

/** Lines that are shown of a step: the last ones. */
export const MAX_LINES = 10_000;

/** A step's lines. */
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

/** What a CI system's log is written in. */
export interface Dialect {
  /** The group as text. */
  group(group: Group): string;
  /** Makes a line harmless that has no control characters but those of colors. */
  guard(line: string): string;
  /** Tells the system what it wants to know at the end; resolves to what there is to write, before the failures. */
  ending(run: Run): string;
}

/** What is kept of a step until its group is written. */
interface Kept {
  lines: string[];
  lost: number;
  /** Seconds since 1970. */
  start: number;
}

/** Writes a run in a dialect. */
export function groupedReporter(
  options: ReporterOptions,
  dialect: Dialect,
): Reporter {
  const { stdout, stderr, clock, flags: { quiet, verbose } } = options;
  const paint = styleFor(options);
  const { tell, run, running } = story({ ...options, color: paint.color });
  const steps = new Map<string, Kept>();
  let groups = 0;
  let closed = false;

  const raw = (text: string) => {
    silence.beat();
    stderr.write(text);
  };
  const write = (text: string) => raw(guarded(text.split("\n")).join("\n"));
  const guarded = (lines: readonly string[]) => lines.map(dialect.guard);
  const silence = heartbeat(clock, () => {
    const text = quiet ? undefined : stillRunning(running(), clock.now());
    if (text) write(`${text}\n`);
  });

  const keep = (step: string, start: number, lines: readonly string[]) => {
    const kept = steps.get(step) ?? { lines: [], lost: 0, start };
    steps.set(step, kept);
    kept.lines.push(...lines);
    if (kept.lines.length >= 2 * MAX_LINES) drop(kept);
    return kept;
  };
  const writeGroup = (row: Row, kept: Kept, end: number) => {
    steps.delete(row.step);
    drop(kept);
    const { lines, lost, start } = kept;
    if (lines.length === 0) return write(`${endLine(row, paint)}\n`);
    const note = `… ${lost} lines before these are in reports/${run().target}`;
    raw(dialect.group({
      title: endLine(row, style(false)),
      name: `${++groups}-${row.step}`,
      result: row.result,
      lines: guarded(lost > 0 ? [note, ...lines] : lines),
      start,
      end,
    }));
  };
  const show = (told: Told, at: number) => {
    const layout = { style: paint, width: run().width };
    if (told.kind === "start") {
      keep(told.step, at, verbose ? [told.why] : []);
    } else if (told.kind === "line") {
      keep(told.step, at, [outputLine(told.line, layout)]);
    } else {
      const held = told.held.map((line) => outputLine(line, layout));
      writeGroup(told.row, keep(told.row.step, at, held), at);
    }
  };

  return {
    emit: (event) => {
      if (closed) return;
      const at = Math.floor(Date.parse(event.at) / 1000) || 0;
      tell(event).forEach((told) => show(told, at));
    },
    close: () => {
      if (closed) return;
      closed = true;
      silence.stop();
      // Of what is still running, such as after a second signal.
      for (const { lines } of steps.values()) {
        if (lines.length > 0) write(lines.join("\n") + "\n");
      }
      const before = () => raw(dialect.ending(run()));
      writeEnding(run(), { stdout, write, style: paint, quiet, before });
    },
  };
}

function drop(kept: Kept) {
  const lost = Math.max(0, kept.lines.length - MAX_LINES);
  kept.lines.splice(0, lost);
  kept.lost += lost;
}
