/**
 * Ends a run: reports its failures, writes its files, and finds the exit code.
 *
 * @module
 */

import { join } from "node:path";
import { rewriteReport } from "../artifacts/files.ts";
import { exitCode } from "../errors/exit_code.ts";
import type { Failure } from "../errors/failure.ts";
import { ownFault } from "../errors/own_fault.ts";
import { explain } from "../errors/wording.ts";
import { within } from "../pause.ts";
import { RECEIPT } from "../publish/receipt.ts";
import { noReports } from "../reports/place.ts";
import { type Followers, shownReports } from "./followers.ts";
import { notice } from "./notice.ts";
import { type Prepared, reportOptions } from "./prepared.ts";
import type { Keeper } from "./record.ts";
import type { ClaimedOptions, Start } from "./started.ts";

/** The facts that {@linkcode close} needs besides the failures. */
export interface ClosingOptions extends ClaimedOptions {
  start: Start;
  followers: Followers;
  keeper: Keeper;
}

/** How long (ms) reporting and writing the end of a run may take after the second signal. */
const TOLD_WITHIN = 1_500;

/**
 * Ends a run; resolves to the exit code.
 *
 * @param failures of the run, the cause first
 */
export async function close(
  failures: readonly Failure[],
  prepared: Prepared,
  options: ClosingOptions,
): Promise<number> {
  const { start, followers, keeper, signals } = options;
  const isWhole = isAllButCleanUp(failures);
  const lost = losses(failures, prepared, options);
  let page: string | undefined;
  try {
    const isTold = await within(
      followers.journal.end(failures).then(() => true),
      { signal: signals.giveUp, grace: TOLD_WITHIN },
    );
    if (!isTold) lost.stop();
    else if (start.checked) page = join(shownReports(options), "run.html");
    if (isWhole) await writePublished(prepared, options);
  } catch (error) {
    if (signals.giveUp.aborted) lost.stop();
    lost.tell(lostBy(error, options));
  } finally {
    await followers.witness?.end();
  }
  if (failures.length === 0 && followers.witness?.isCut()) lost.stop();
  try {
    followers.reporter.close(page);
  } catch (error) {
    followers.faults.note(error);
  }
  if (!followers.isShown()) failures.forEach(lost.tell);
  followers.faults.all().filter((fault) => !failures.includes(fault))
    .forEach(lost.tell);
  const kinds = new Set(failures.map(({ kind }) => kind));
  // A failure after acceptance does not take the application back; the record names it together with all leftovers.
  const good = isWhole &&
    (failures.length === 0 || start.plan.leaves?.success === true);
  const isStuck = kinds.has("clean-up-failed") || kinds.has("engine-lost");
  // The record keeps the leftovers, so that the next run can remove them.
  if (isStuck && !good) return lost.code();
  try {
    const isKnown = await keeper.end({ good, url: followers.journal.url() });
    return isKnown ? lost.code() : lost.code() || 4;
  } catch (error) {
    lost.tell(ownFault(error, { reports: shownReports(options) }));
    return lost.code();
  }
}

/** Whether nothing but clean-up has failed. */
export function isAllButCleanUp(failures: readonly Failure[]): boolean {
  return failures.every(({ kind }) => kind === "clean-up-failed");
}

/** Reports losses at the end of a run. The first loss decides the exit code, unless the run has failed before. */
function losses(
  [cause]: readonly Failure[],
  { redactor }: Prepared,
  { world, signals: { stop } }: ClosingOptions,
) {
  let code = cause ? exitCode(cause) : 0;
  let isStopTold = false;
  const tell = (failure: Failure) => {
    const { headline, why } = explain(failure);
    const text = why === undefined ? headline : `${headline}: ${why}`;
    code ||= exitCode(failure);
    try {
      notice(text, { world, redactor });
    } catch {
      // stderr is closed: the exit code must do, and the record must be written.
    }
  };
  return {
    tell,
    /** Reports once that a signal has stopped the run. */
    stop: () => {
      if (!isStopTold) tell(stop.reason as Failure);
      isStopTold = true;
    },
    code: () => code,
  };
}

/** Adds the publication to the receipt. */
async function writePublished(
  prepared: Prepared,
  { followers, signals }: ClosingOptions,
): Promise<void> {
  const text = followers.publisher?.receipt();
  if (text === undefined) return;
  const { signal: _, ...where } = reportOptions("release", prepared, signals);
  // The first signal must not cost the receipt of the pushed image.
  await rewriteReport(RECEIPT, { ...where, signal: signals.giveUp, text })
    .catch((error) => {
      throw noReports(error, where);
    });
}

/** The failure that kept reports from being written: usually the file system's. */
function lostBy(error: unknown, options: ClosingOptions): Failure {
  const { folder } = options.start.reportsOf;
  const isFile = error instanceof Error && "code" in error;
  return isFile
    ? { kind: "no-reports", folder, detail: error.message }
    : ownFault(error, { reports: shownReports(options) });
}
