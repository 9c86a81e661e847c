/**
 * Reads what the last successful release has left for the comparison with this run.
 *
 * @module
 */

import { join, resolve } from "node:path";
import { pastOfReceipt } from "../changes/receipt.ts";
import { LAST_GREEN } from "../cli/flags.ts";
import type { Plan } from "../plan/plan.ts";
import type { Guessed } from "../publish/guesses.ts";
import { MOST_RECEIPT, readReceipt, RECEIPT } from "../publish/receipt.ts";
import { readPlainText } from "../reports/plain_file.ts";
import { stateFolder } from "../state/folder.ts";
import type { Past } from "../state/green.ts";
import { readGreen } from "../state/green_file.ts";
import { kindOf, realPath } from "../world.ts";
import type { PerformOptions, Prepared } from "./prepared.ts";

/** The receipt with which the caller wants a failure to be compared, or the reason why it cannot be. */
export type LastGreen =
  & { file: string }
  & ({ past: Past } | { problem: string });

/** The receipt that the caller names; read before a run that would empty its folder. */
export async function lastGreenOf(
  { request: { values }, surroundings: { directory } }: Pick<
    PerformOptions,
    "request" | "surroundings"
  >,
): Promise<LastGreen | undefined> {
  const [file] = values.get(LAST_GREEN.name) ?? [];
  if (file === undefined) return undefined;
  const path = await realPath(resolve(directory, file));
  if (await kindOf(path) === undefined) {
    return { file, problem: "there is no such file" };
  }
  try {
    const read = readReceipt(await readPlainText(path, MOST_RECEIPT));
    return read.kind === "receipt"
      ? { file, past: pastOfReceipt(read.receipt) }
      : { file, problem: PROBLEMS[read.kind] };
  } catch (error) {
    return { file, problem: (error as Error).message };
  }
}

const PROBLEMS = {
  none: "that release has no receipt",
  "other format": "another version of todoflow has written the file",
  unreadable: "the file is no receipt",
};

/**
 * The guesses of the last successful release of this checkout: those of its receipt, or, if a failed release has removed
 * it, those on record.
 */
export async function guessesBefore(
  { workflow, identity: { directory }, engine, surroundings: { env } }:
    Prepared,
  { plan, target, folder }: {
    plan: Pick<Plan, "guesses">;
    target: string;
    /** Of its reports. */
    folder: string;
  },
): Promise<Guessed | undefined> {
  const text = await readPlainText(join(folder, RECEIPT)).catch(() => "");
  const read = readReceipt(text);
  if (read.kind === "receipt") return read.receipt;
  const isAny = plan.guesses?.some(({ role }) => role !== "test");
  if (!isAny) return undefined;
  const place = { project: workflow.project, directory, engine, target };
  const green = await readGreen(stateFolder(env), place, { onlyOwn: true });
  return green?.roles;
}
