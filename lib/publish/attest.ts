/**
 * Puts the signed statement about an image beside it in the registry, once.
 *
 * @module
 */

import { TodoflowError } from "../errors/todoflow_error.ts";
import { readImageName } from "../image_name.ts";
import type { ChildOptions } from "../plan/executor.ts";
import type { Shell } from "../plan/plan.ts";
import { complaintOf, cosign, type CosignOptions } from "./cosign.ts";
import { lookUp, pointsAt } from "./registry.ts";
import { type AttestStep, TEST_RESULT } from "../plan/attestation.ts";
import { withScratch, type WriteScratch } from "./scratch.ts";
import { type Signer, verifiedStatements } from "./verified.ts";

/** Attests one image; see {@linkcode attester}. */
export type Attest = (
  what: AttestStep,
  options: ChildOptions,
) => Promise<{ code: number }>;

/** The arguments of cosign that sign a statement about a reference. */
export function attestArgs(
  reference: string,
  { predicate, key }: { predicate: string; key: string | undefined },
): string[] {
  return [
    ...["attest", "--yes", `--type=${TEST_RESULT}`],
    `--predicate=${predicate}`,
    // A public log gets entries of the keyless way only, which needs them.
    ...(key === undefined ? [] : [`--key=${key}`, "--tlog-upload=false"]),
    reference,
  ];
}

/** Makes a function that attests the image to which a reference points, if it is the accepted one, by its digest. */
export function attester($: Shell, where: CosignOptions): Attest {
  return async (what, { signal, output }) => {
    const { reference, image, layers } = what;
    const seen = await lookUp($, reference, { signal, trusted: true });
    const own = { id: image, ...(layers !== undefined && { layers }) };
    if (!pointsAt(seen, own)) {
      output(
        `${reference} is not attested: ${
          seen.kind === "unknown"
            ? seen.detail
            : "it does not point at the accepted image"
        }`,
      );
      return { code: 1 };
    }
    const name = `${readImageName(reference).name}@${seen.digest}`;
    try {
      const code = await withScratch((write) =>
        attestOnce(name, what, { ...where, signal, output, write })
      );
      return { code };
    } catch (error) {
      if (!(error instanceof TodoflowError)) throw error;
      const { failure } = error;
      output("detail" in failure ? String(failure.detail) : failure.kind);
      return { code: 1 };
    }
  };
}

async function attestOnce(
  name: string,
  { predicate, key }: AttestStep,
  options: CosignOptions & {
    output: (line: string) => void;
    write: WriteScratch;
  },
): Promise<number> {
  const { output, write } = options;
  const signer = await signerOf(key, options);
  if (await isStated(name, { predicate, signer }, options)) {
    output(`${name} has this statement already`);
    return 0;
  }
  const file = await write("predicate.json", predicate);
  const done = await cosign(
    attestArgs(name, { predicate: file, key }),
    options,
  );
  if (done.code !== 0) {
    output(`cosign: ${complaintOf(done)}`);
    return done.code;
  }
  // cosign has ended well, and a registry may have lost what it was given.
  if (!await isStated(name, { predicate, signer }, options)) {
    output(`the registry does not show the statement about ${name}`);
    return 1;
  }
  const log = key === undefined
    ? ""
    : ", without an entry in a transparency log";
  output(`attested ${name}${log}`);
  return 0;
}

/** Whether the registry has the very statement, by this signer. */
async function isStated(
  name: string,
  { predicate, signer }: { predicate: string; signer: Signer },
  options: CosignOptions,
): Promise<boolean> {
  const known = await verifiedStatements(name, signer, options);
  const own = canonical(JSON.parse(predicate));
  return known.kind === "statements" &&
    known.statements.some((one) => canonical(one.predicate) === own);
}

/** Who has signed our own statements: the owner of the key, or without one any identity that certificates vouch for. */
async function signerOf(
  key: string | undefined,
  options: CosignOptions & { write: WriteScratch },
): Promise<Signer> {
  if (key === undefined) {
    return {
      kind: "identity",
      flags: [
        "--certificate-identity-regexp=.*",
        "--certificate-oidc-issuer-regexp=.*",
      ],
    };
  }
  const shown = await cosign(["public-key", `--key=${key}`], options);
  if (shown.code !== 0) {
    const detail = complaintOf(shown);
    throw new TodoflowError({ kind: "no-cosign", detail, key });
  }
  return { kind: "key", key: await options.write("key.pub", shown.stdout) };
}

/** JSON with sorted keys: cosign writes what it has read in an order of its own. */
function canonical(value: unknown): string {
  return JSON.stringify(
    value,
    (_, one) =>
      typeof one === "object" && one !== null && !Array.isArray(one)
        ? Object.fromEntries(
          Object.entries(one).toSorted(([a], [b]) => a < b ? -1 : 1),
        )
        : one,
  );
}
