/**
 * The steps that have ended, and which of them a reader needs to see.
 *
 * @module
 */

import type { PlannedStep } from "../plan/events.ts";

/** A step that has ended; one that was tried again has its last result, and the time of all attempts. */
export interface Row {
  /** Its name, as it may be shown. */
  step: string;
  result: "ok" | "failed" | "stopped";
  ms: number;
  /** When it ended, by the clock (ms). */
  end: number;
  /** The step in the plan, if that is known. */
  planned?: PlannedStep;
}

/** A row as a table shows it. */
export type Shown = Pick<Row, "step" | "result" | "ms">;

/** A step of bookkeeping that took so long (ms) is shown: it was a part of the user's wait. */
const NOTICEABLE = 500;

/** The kinds of steps that a user has asked for. */
const ASKED_FOR: readonly PlannedStep["kind"][] = [
  ...["build", "gate", "oneshot", "push", "remove"] as const,
];

/** Whether a row says nothing to a user: a step such as `tag app` or `networks` that succeeded at once. */
export function isBookkeeping({ result, ms, planned }: Row): boolean {
  if (!planned || result !== "ok" || ms >= NOTICEABLE) return false;
  const { kind, name, cleanup } = planned;
  // It looks once more at a service that was ready.
  const isSecondLook = kind === "gate" && name.startsWith("steady ");
  return cleanup !== undefined || isSecondLook || !ASKED_FOR.includes(kind);
}

/** The rows of a table: those of bookkeeping are one, the last. */
export function tableRows(rows: readonly Row[]): Shown[] {
  const small = rows.filter(isBookkeeping);
  const ms = small.reduce((sum, row) => sum + row.ms, 0);
  return [
    ...rows.filter((row) => !isBookkeeping(row)),
    ...(small.length > 0
      ? [{ step: `bookkeeping (${small.length})`, result: "ok" as const, ms }]
      : []),
  ];
}

/** Adds a row, the last; it takes the place of an earlier one of the same step. */
export function addRow(rows: Map<string, Row>, row: Row) {
  const before = rows.get(row.step);
  rows.delete(row.step);
  rows.set(row.step, { ...row, ms: row.ms + (before?.ms ?? 0) });
}
