/**
 * Compares the labels of an image with the receipt that names it. A receipt is a file that can be edited; the labels
 * are part of the image's ID.
 *
 * @module
 */

import { PROJECT_LABEL } from "../plan/labels.ts";
import type { Receipt } from "./receipt.ts";
import type { Workflow } from "../compose/workflow.ts";

const REVISION = "org.opencontainers.image.revision";
const VERSION = "org.opencontainers.image.version";

/** A label that contradicts the receipt. */
interface Mismatch {
  label: string;
  expected: string;
  /** Undefined if the image has no such label. */
  found: string | undefined;
}

/** The first label that contradicts the receipt. */
export function mismatch(
  labels: Readonly<Record<string, string>>,
  { receipt, workflow }: { receipt: Receipt; workflow: Workflow },
): Mismatch | undefined {
  const { builtIn, commit, dirty, version } = receipt;
  const own = ownLabels(workflow);
  // A change during the build is only in the receipt.
  const revision = dirty && labels[REVISION] === commit
    ? commit
    : commit + (dirty ? "-dirty" : "");
  return [[PROJECT_LABEL, builtIn], [REVISION, revision], [VERSION, version]]
    .filter(([label = ""]) => !own.includes(label))
    .map(([label = "", expected = ""]) => ({
      label,
      expected,
      found: labels[label],
    }))
    .find(({ expected, found }) => found !== expected);
}

/** The compared labels that the project sets itself. */
export function ownLabels({ services, release }: Workflow): string[] {
  const { labels = {} } = services.get(release.image)?.build ?? {};
  return [REVISION, VERSION].filter((label) => label in labels);
}
