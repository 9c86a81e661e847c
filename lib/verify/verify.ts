/**
 * Performs `todoflow verify` for a request of the command line.
 *
 * @module
 */

import { TodoflowError } from "../errors/todoflow_error.ts";
import { readImageName } from "../image_name.ts";
import {
  checkCosign,
  complaintOf,
  cosign,
  type CosignOptions,
} from "../publish/cosign.ts";
import type { Predicate } from "../publish/statement.ts";
import {
  type Signer,
  type Verified,
  verifiedStatements,
} from "../publish/verified.ts";
import type { RunContext } from "../target.ts";
import { toShell } from "../text/shell.ts";
import { acceptedJson, acceptedText } from "./accepted_text.ts";
import { type Policy, policyOf, violations } from "./policy.ts";

/**
 * Says what was accepted; resolves to exit code 0.
 *
 * @throws {TodoflowError} when the image is not what was accepted, or when that cannot be told.
 */
export async function verify(context: RunContext): Promise<number> {
  const { given: { word = "", flags }, world } = context;
  if (word === "") throw usage("REF", "the name of an image is missing");
  const { reference, predicate } = await checked(word, context);
  if (!flags.has("quiet") || flags.has("json")) {
    const text = flags.has("json") ? acceptedJson : acceptedText;
    world.stdout.write(text({ reference, predicate }));
  }
  return 0;
}

/** An image that is what was accepted. */
export interface Checked {
  /** Name and digest. */
  reference: string;
  digest: string;
  predicate: Predicate;
  signer: Signer;
  policy: Policy;
}

/**
 * Checks an image by the flags of the call.
 *
 * @throws {TodoflowError} when the image is not what was accepted, or when that cannot be told.
 */
export async function checked(
  word: string,
  { given: { values }, surroundings }: RunContext,
): Promise<Checked> {
  const policy = policyOf(values.get("policy")?.[0] ?? "accepted");
  if ("wrong" in policy) {
    throw usage(
      "--policy",
      `expected accepted, clean or younger=AGE, got "${policy.wrong}"`,
    );
  }
  if (/@.*@|\s/.test(word)) throw usage(word, "it is no name of an image");
  const signer = signerOf(values);
  await checkCosign(surroundings);
  const digest = await digestOf(word, surroundings);
  const reference = `${readImageName(word).name}@${digest}`;
  const answer = await verifiedStatements(reference, signer, surroundings);
  const predicate = newestIn(answer, word, reference);
  const why = violations(predicate, policy, Date.now());
  if (why.length > 0) throw notVerified(word, why.join("\n"), reference);
  return { reference, digest, predicate, signer, policy };
}

/**
 * Checks that the newest statement beside an image is as good as the policy wants.
 *
 * @throws {TodoflowError} when it is not, or when that cannot be told
 */
export function judge(
  answer: Verified,
  reference: string,
  policy: Policy,
): void {
  const predicate = newestIn(answer, reference, reference);
  const why = violations(predicate, policy, Date.now());
  if (why.length > 0) throw notVerified(reference, why.join("\n"), reference);
}

/** The error for a wrong flag. */
export function usage(flag: string, problem: string): TodoflowError {
  const next = "todoflow verify --help";
  return new TodoflowError({ kind: "flag-value", flag, problem, next });
}

/** Whose signature counts. Without a word about that, everyone's would. */
function signerOf(values: RunContext["given"]["values"]): Signer {
  const [key] = values.get("key") ?? [];
  if (key !== undefined) return { kind: "key", key };
  const names = ["certificate-identity", "certificate-oidc-issuer"];
  const given = names.map((name) => values.get(name)?.[0]);
  if (given.includes(undefined)) {
    throw usage(
      "--key",
      "give the public key, or --certificate-identity and --certificate-oidc-issuer",
    );
  }
  return {
    kind: "identity",
    flags: names.map((name, i) => `--${name}=${given[i]}`),
  };
}

/**
 * The digest of an image.
 *
 * @throws {TodoflowError} when its tag points elsewhere, or when the registry does not say
 */
async function digestOf(word: string, options: CosignOptions): Promise<string> {
  const { name, tag, digest } = readImageName(word);
  if (digest !== undefined && !DIGEST.test(digest)) {
    throw usage(word, "its digest is none of sha256");
  }
  if (digest !== undefined && tag === undefined) return digest;
  const tagged = `${name}:${tag ?? "latest"}`;
  const now = await pointerOf(tagged, options);
  if (now === undefined) {
    const why = `the registry has no ${tagged}`;
    const next = toShell(["cosign", "triangulate", tagged]);
    throw unverifiable(word, { why, next });
  }
  if (digest === undefined || digest === now) return now;
  throw notVerified(
    word,
    `the tag points at ${now}, not at ${digest}`,
    `${name}@${digest}`,
  );
}

/**
 * The digest that a tag points at; undefined where the registry has no such tag.
 *
 * @throws {TodoflowError} when the registry does not say
 */
export async function pointerOf(
  tagged: string,
  options: CosignOptions,
): Promise<string | undefined> {
  const args = ["triangulate", "--type=attestation", tagged];
  const found = await cosign(args, options);
  const [, hash] = /:sha256-([0-9a-f]{64})\.att\s*$/.exec(found.stdout) ?? [];
  if (found.code === 0 && hash !== undefined) return `sha256:${hash}`;
  const why = complaintOf(found);
  if (/: (MANIFEST|NAME)_UNKNOWN/.test(why)) return undefined;
  throw unverifiable(tagged, {
    why: why || "the registry does not name its digest",
    next: toShell(["cosign", ...args]),
  });
}

const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** The newest statement: a later release may have accepted the same image anew, or not. */
function newestIn(
  answer: Verified,
  word: string,
  reference: string,
): Predicate {
  switch (answer.kind) {
    case "statements": {
      const [newest] = answer.statements;
      if (newest) return newest.predicate;
      throw notVerified(
        word,
        "no signed statement of todoflow is about this image",
        reference,
      );
    }
    case "bad":
      throw notVerified(
        word,
        `no statement about it has this signature: ${answer.detail}`,
        reference,
      );
    case "none":
      throw unverifiable(word, {
        why: `the registry has no statement about ${reference}`,
        next: "todoflow publish --attest   # in its checkout",
      });
    case "unknown":
      throw unverifiable(word, { why: answer.detail, next: treeOf(reference) });
  }
}

function unverifiable(
  reference: string,
  told: { why: string; next: string },
): TodoflowError {
  return new TodoflowError({ kind: "unverifiable", reference, ...told });
}

function notVerified(
  reference: string,
  why: string,
  digest: string,
): TodoflowError {
  const next = treeOf(digest);
  return new TodoflowError({ kind: "not-verified", reference, why, next });
}

/** Shows everything that is signed about an image. */
function treeOf(reference: string): string {
  return toShell(["cosign", "tree", reference]);
}
