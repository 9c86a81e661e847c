/**
 * Tells what was accepted, as text and as JSON.
 *
 * @module
 */

import type { Predicate } from "../publish/statement.ts";
import { plainLine } from "../text/plain_line.ts";
import { jsonText } from "../text/untrusted.ts";

/** An image that was verified. */
interface Accepted {
  /** Name and digest. */
  reference: string;
  predicate: Predicate;
}

/** A few lines for a person. */
export function acceptedText({ reference, predicate }: Accepted): string {
  const { todoflowReceipt: receipt } = predicate;
  const { acceptance, commit, version, dirty, uncommitted } = receipt;
  const tests = acceptance?.tests;
  const count = tests ? ` (${tests.passed} of ${tests.tests} passed)` : "";
  const lines = [
    `Verified ${reference}`,
    `accepted  ${receipt.at} by "${acceptance?.service}"${count}`,
    `commit    ${commit}${
      dirty || uncommitted > 0 ? ", with what is in no commit" : ""
    }`,
    `version   ${version}`,
    `image     "${receipt.image?.service}", ${receipt.image?.repository}`,
  ];
  return lines.map((line) => `${plainLine(line, { color: false })}\n`).join("");
}

/** One line of JSON. */
export function acceptedJson({ reference, predicate }: Accepted): string {
  const { result, todoflowReceipt: receipt } = predicate;
  const answer = { verified: true, reference, result, receipt };
  return `${jsonText(answer)}\n`;
}
