/**
 * Compares the labels of an image with the receipt that names it. A receipt is a file that can be edited; the labels
 * are part of the image's ID.
 *
 * @module
 */

import { REVISION, VERSION } from "../compose/labels.ts";
import { PROJECT_LABEL } from "../plan/labels.ts";
import type { Receipt } from "./receipt.ts";

/** The labels that the project may set itself, so that they prove nothing. */
export const COMPARED = [REVISION, VERSION];

/** A label that contradicts the receipt. */
interface Mismatch {
  label: string;
  expected: string;
  /** Undefined if the image has no such label. */
  found: string | undefined;
}

/**
 * The first label that contradicts the receipt.
 *
 * @param options.own the labels that the project sets itself
 */
export function mismatch(
  labels: Readonly<Record<string, string>>,
  { receipt, own }: { receipt: Receipt; own: readonly string[] },
): Mismatch | undefined {
  const { builtIn, commit, dirty, version } = receipt;
  // A change during the build is only in the receipt.
  const revision = dirty && labels[REVISION] === commit
    ? commit
    : commit + (dirty ? "-dirty" : "");
  return [[PROJECT_LABEL, builtIn], [REVISION, revision], [VERSION, version]]
    .filter(([label = ""]) => label === PROJECT_LABEL || !own.includes(label))
    .map(([label = "", expected = ""]) => ({
      label,
      expected,
      found: labels[label],
    }))
    .find(({ expected, found }) => found !== expected);
}
