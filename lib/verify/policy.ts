/**
 * The requirements for an image besides a good signature.
 *
 * @module
 */

import type { Predicate } from "../publish/statement.ts";
import { unacceptedBy } from "../publish/statement.ts";
import { age } from "../text/units.ts";

/** A policy; `accepted` always belongs to it. */
export interface Policy {
  /** Whether everything in the image must be in a commit. */
  clean: boolean;
  /** The greatest age (ms) of the acceptance. */
  younger?: number;
}

/** How long the units of an age are, in ms. */
const UNITS: Readonly<Record<string, number>> = {
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Reads words such as "clean,younger=7d"; the first word that is none is returned instead. */
export function policyOf(text: string): Policy | { wrong: string } {
  const policy: Policy = { clean: false };
  for (const word of text.split(",").map((word) => word.trim())) {
    const [, number, unit = ""] = /^younger=(\d{1,6})([mhd])$/.exec(word) ?? [];
    if (number !== undefined) policy.younger = Number(number) * UNITS[unit]!;
    else if (word === "clean") policy.clean = true;
    else if (word !== "accepted") return { wrong: word };
  }
  return policy;
}

/** How much (ms) the clock of the machine that has accepted may be ahead. */
const AHEAD = 5 * 60_000;

/** The reasons why an image is not what is asked for; none if it is. */
export function violations(
  { result, todoflowReceipt: receipt }: Predicate,
  { clean, younger }: Policy,
  now: number,
): string[] {
  const problems: string[] = [];
  const unaccepted = unacceptedBy(receipt) ??
    (result === "PASSED" ? undefined : "no test has accepted it");
  if (unaccepted !== undefined) problems.push(unaccepted);
  if (clean && (receipt.dirty || receipt.uncommitted > 0)) {
    problems.push("it may contain changes or files that are in no commit");
  }
  const since = now - Date.parse(receipt.at);
  if (since < -AHEAD) {
    problems.push(`it was accepted at ${receipt.at}, which is yet to come`);
  } else if (younger !== undefined && since > younger) {
    problems.push(`it was accepted ${age(since)} ago`);
  }
  return problems;
}
