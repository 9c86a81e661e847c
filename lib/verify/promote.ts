/**
 * Performs `todoflow publish --from`: gives an image of a registry that verifies further tags, there or in another
 * registry. Neither the image nor a checkout is on this machine.
 *
 * @module
 */

import { TodoflowError } from "../errors/todoflow_error.ts";
import { readImageName } from "../image_name.ts";
import { complaintOf, cosign, type CosignOptions } from "../publish/cosign.ts";
import { verifiedStatements } from "../publish/verified.ts";
import type { RunContext } from "../target.ts";
import { toShell } from "../text/shell.ts";
import { type Checked, checked, judge, pointerOf, usage } from "./verify.ts";

/** The switches that are about a push from this machine. */
const OF_PUSHING = ["attest", "unproven", "allow-dirty", "unaccepted"];

/**
 * Promotes an image; resolves to exit code 0.
 *
 * @throws {TodoflowError} when the image is not what was accepted, or a tag is foreign; no tag has moved then.
 */
export async function promote(context: RunContext): Promise<number> {
  const { given: { flags, values }, world, surroundings } = context;
  const [from = ""] = values.get("from") ?? [];
  const tags = [...new Set(values.get("tag") ?? [])];
  const { name: source, digest } = readImageName(from);
  const [wrong] = OF_PUSHING.filter((name) => flags.has(name));
  if (wrong) throw usage(`--${wrong}`, "it means nothing with --from");
  if (digest === undefined) {
    throw usage("--from", "give the image with its digest, NAME@sha256:…");
  }
  if (tags.length === 0) throw usage("--tag", "give the tag to promote to");
  const [to = source] = values.get("to") ?? [];
  if (readImageName(to).name !== to) {
    throw usage("--to", `"${to}" has a tag or a digest`);
  }
  const image = await checked(from, context);
  const options = surroundings;
  for (const tag of tags) await checkTag(`${to}:${tag}`, image, options);
  const origin = await originOf(`${to}@${digest}`, image, options);
  if (flags.has("dry-run")) {
    const lines = tags.map((tag) => toShell(copyOf(origin, `${to}:${tag}`)));
    world.stdout.write(lines.map((line) => `${line}\n`).join(""));
    return 0;
  }
  for (const tag of tags) await move(origin, `${to}:${tag}`, options);
  for (const tag of tags) await checkMoved(`${to}:${tag}`, image, options);
  if (!flags.has("quiet")) {
    world.stdout.write(`Published ${to}@${digest} as ${tags.join(", ")}\n`);
  }
  return 0;
}

/**
 * Checks that a tag is free, or that the same signer has made a statement about the image that it points at.
 *
 * @throws {TodoflowError} when the tag is foreign, or when that cannot be told
 */
async function checkTag(
  reference: string,
  { signer, digest }: Checked,
  options: CosignOptions,
): Promise<void> {
  const now = await pointerOf(reference, options);
  if (now === undefined || now === digest) return;
  const other = `${readImageName(reference).name}@${now}`;
  const answer = await verifiedStatements(other, signer, options);
  if (answer.kind === "unknown") throw unknownAt(other, answer.detail);
  if (answer.kind === "statements" && answer.statements.length > 0) return;
  throw new TodoflowError({ kind: "foreign-tag", reference, image: other });
}

/** The error where the registry, or cosign, does not tell what is there. */
function unknownAt(reference: string, why: string): TodoflowError {
  const next = toShell(["cosign", "tree", reference]);
  return new TodoflowError({ kind: "unverifiable", reference, why, next });
}

/**
 * The place to copy image and statements from: where the destination has statements, it is the destination itself, so that
 * nothing beside the image is overwritten.
 *
 * @throws {TodoflowError} when those statements are not as good as the policy wants
 */
async function originOf(
  there: string,
  { reference, signer, policy }: Checked,
  options: CosignOptions,
): Promise<string> {
  if (there === reference) return reference;
  const answer = await verifiedStatements(there, signer, options);
  if (answer.kind === "unknown") throw unknownAt(there, answer.detail);
  if (answer.kind === "statements" && answer.statements.length > 0) {
    judge(answer, there, policy);
    return there;
  }
  if (answer.kind === "none") {
    await checkBeside(there, options);
    return reference;
  }
  throw new TodoflowError({
    kind: "foreign-tag",
    reference: there,
    image: there,
  });
}

/** The ends of the tags beside an image that a copy takes along, and would overwrite. */
const BESIDE = ["att", "sig", "sbom"];

/**
 * Checks that a copy would overwrite nothing beside an image.
 *
 * @throws {TodoflowError} when it would
 */
async function checkBeside(
  there: string,
  options: CosignOptions,
): Promise<void> {
  const { name, digest = "" } = readImageName(there);
  for (const end of BESIDE) {
    const reference = `${name}:${digest.replace(":", "-")}.${end}`;
    if (await pointerOf(reference, options) === undefined) continue;
    throw new TodoflowError({ kind: "foreign-tag", reference, image: there });
  }
}

/** The command that gives an image a tag, and takes along what is beside it. */
function copyOf(origin: string, reference: string): string[] {
  return ["cosign", "copy", "--force", origin, reference];
}

async function move(
  origin: string,
  reference: string,
  options: CosignOptions,
): Promise<void> {
  const [, ...args] = copyOf(origin, reference);
  const done = await cosign(args, options);
  if (done.code === 0) return;
  throw new TodoflowError({
    kind: "unverifiable",
    reference,
    why: complaintOf(done),
    next: toShell(["cosign", ...args]),
  });
}

/** Checks that the registry has what it was given. */
async function checkMoved(
  reference: string,
  { digest, signer, policy }: Checked,
  options: CosignOptions,
): Promise<void> {
  const now = await pointerOf(reference, options);
  const own = `${readImageName(reference).name}@${digest}`;
  const answer = await verifiedStatements(own, signer, options);
  if (now === digest && answer.kind === "statements") {
    return judge(answer, own, policy);
  }
  throw new TodoflowError({
    kind: "not-verified",
    reference,
    why: now === digest
      ? "the registry does not show its statement"
      : `the tag points at ${now ?? "no image"}, not at ${digest}`,
    next: toShell(["cosign", "tree", own]),
  });
}
