/**
 * The lines for a step and its output.
 *
 * @module
 */

import { paintResult } from "./ending.ts";
import type { Line, Row, Running } from "./story.ts";
import type { Style } from "../text/color.ts";
import { seconds } from "../text/units.ts";
import { pad } from "../text/width.ts";

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

/** A step's result, such as "build: ok (0.4 s)". */
export function endLine({ step, result, ms }: Row, style: Style): string {
  return `${step}: ${paintResult(result, style)} (${seconds(ms)})`;
}

/** The steps that run, such as "still running: build (60 s), ready db (12 s)"; undefined if there are none. */
export function stillRunning(
  running: readonly Running[],
  now: number,
): string | undefined {
  if (running.length === 0) return undefined;
  const steps = running.map(({ step, since }) =>
    `${step} (${Math.round((now - since) / 1000)} s)`
  );
  return `still running: ${steps.join(", ")}`;
}
