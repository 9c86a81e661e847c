/**
 * Finds the statements about an image whose signatures are good.
 *
 * @module
 */

import { complaintOf, cosign, type CosignOptions } from "./cosign.ts";
import { TEST_RESULT } from "../plan/attestation.ts";
import { type Statement, statementsIn } from "./statement.ts";

/** Whose signature is good. */
export type Signer =
  | { kind: "key"; key: string }
  | {
    /** A certificate that an identity provider vouches for. */
    kind: "identity";
    /** Such as `--certificate-identity=…`, as cosign takes them. */
    flags: readonly string[];
  };

/** The answer about the statements of one image. */
export type Verified =
  /** Those of todoflow with a good signature; none if there are only others. */
  | { kind: "statements"; statements: readonly Statement[] }
  /** There are statements, and this signer has signed none of them. */
  | { kind: "bad"; detail: string }
  | { kind: "none" }
  | { kind: "unknown"; detail: string };

/** The flags of cosign that check a signature of this signer. A transparency log has entries of certificates only. */
function flagsOf(signer: Signer): readonly string[] {
  return signer.kind === "key"
    ? [`--key=${signer.key}`, "--insecure-ignore-tlog=true"]
    : signer.flags;
}

/**
 * The statements about an image by this signer.
 *
 * @param reference name and digest
 * @throws {TodoflowError} if there is no cosign
 */
export async function verifiedStatements(
  reference: string,
  signer: Signer,
  options: CosignOptions,
): Promise<Verified> {
  const found = await cosign([
    ...["download", "attestation"],
    ...[`--predicate-type=${TEST_RESULT}`, reference],
  ], options);
  if (found.code !== 0) {
    const detail = complaintOf(found);
    return /^found no attestations/.test(detail)
      ? { kind: "none" }
      : { kind: "unknown", detail };
  }
  // cosign finds nothing of this type, and says so with success.
  if (found.stdout.trim() === "") return { kind: "none" };
  const checked = await cosign([
    "verify-attestation",
    ...flagsOf(signer),
    ...[`--type=${TEST_RESULT}`, reference],
  ], options);
  if (checked.code === 0) {
    return ownIn(checked.stdout, reference);
  }
  const detail = complaintOf(checked);
  // Names of images and keys are in its messages, too.
  return /^(?:no matching attestations|invalid signature)/.test(detail)
    ? { kind: "bad", detail }
    : { kind: "unknown", detail };
}

/** The statements about this very image, the newest first; of two at the same time, the one that accepts nothing. */
function ownIn(text: string, reference: string): Verified {
  const digest = reference.slice(reference.indexOf("@") + 1);
  const all = statementsIn(text)
    .filter(({ subjects }) => subjects.includes(digest));
  const statements = all.filter((one) => "predicate" in one)
    .toSorted((a, b) => timeOf(b) - timeOf(a) || isPassed(a) - isPassed(b));
  const newest = statements[0] ? timeOf(statements[0]) : -Infinity;
  const hidden = all.filter((one) => "at" in one)
    .some(({ at = Infinity }) => at >= newest);
  return hidden
    ? {
      kind: "unknown",
      detail: "its newest statement cannot be read by this version of todoflow",
    }
    : { kind: "statements", statements };
}

function isPassed({ predicate: { result } }: Statement): number {
  return Number(result === "PASSED");
}

function timeOf({ predicate: { todoflowReceipt: { at } } }: Statement) {
  return Date.parse(at);
}
