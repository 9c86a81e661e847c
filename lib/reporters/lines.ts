/**
 * The lines for a step and its output.
 *
 * @module
 */

import { paintResult } from "./ending.ts";
import type { Ended, Line, Running } from "./told.ts";
import type { Style } from "../text/color.ts";
import { seconds } from "../text/units.ts";
import { cut, pad } from "../text/width.ts";

/** How lines look. */
export interface Layout {
  style: Style;
  /** Cells to which names before lines are aligned. */
  width: number;
}

/** A line of output, after the name of the service or step that wrote it. */
export function outputLine(
  { who, text }: Line,
  { style, width }: Layout,
): string {
  return `${style.dim(`${pad(who, width)} |`)} ${text}`.trimEnd();
}

/** A step's result, such as "build: ok (0.4 s): 20 steps, 20 cached". */
export function endLine(
  { row: { step, result, ms }, note }: Pick<Ended, "row" | "note">,
  style: Style,
): string {
  return `${step}: ${paintResult(result, style)} (${seconds(ms)})` +
    (note === undefined ? "" : `: ${note}`);
}

/** Cells of a line about a step that runs: an instruction of a Dockerfile can have any length. */
const WIDEST = 160;

/** A line for each step that runs, such as "still running: build (60 s): [test 2/4] RUN make". */
export function stillRunning(
  running: readonly Running[],
  now: number,
): string[] {
  return running.map(({ step, since, doing }) => {
    const time = `${Math.round((now - since) / 1000)} s`;
    const what = doing && `: ${doing.replaceAll("\t", " ").trim()}`;
    return cut(`still running: ${step} (${time})${what}`, WIDEST);
  });
}
