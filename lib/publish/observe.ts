/**
 * What `publish` pushes, and whether it may: the image that acceptance has accepted and nothing else.
 *
 * @module
 */

import { join } from "node:path";
import { commandLine, ownWords } from "../cli/command_line.ts";
import { capture } from "../engine/docker.ts";
import {
  type Failure,
  TodoflowError,
  type Unpublishable,
} from "../errors/wording.ts";
import type { Event } from "../plan/events.ts";
import { commitProblem } from "../git/git.ts";
import { mismatch, ownLabels } from "./image_labels.ts";
import { readPlainText } from "../reports/plain_file.ts";
import type { Shell } from "../plan/plan.ts";
import type { PerformOptions, Prepared } from "../run/prepare.ts";
import { lstat } from "../reports/checks.ts";
import { checkReports, targetFolder } from "../reports/place.ts";
import { readReceipt, RECEIPT, type Receipt, receiptText } from "./receipt.ts";
import { type LocalImage, lookUp, type Pointer, pointsAt } from "./registry.ts";
import { imageNameOf, type Released, releasedOf } from "./released.ts";

/** What is published. */
export interface Publication {
  /** Which image was accepted. */
  receipt: Receipt;
  /** As the Compose file has it, without a tag. */
  name: string;
  /** With what docker adds to it, such as "docker.io/library/shop". */
  whole: string;
  /** The version, and what was asked for besides. */
  tags: readonly string[];
  /** IDs of the images that have these names on the engine now, by tag. */
  before: ReadonlyMap<string, string>;
  /** Whether the image has a name on the engine already, so that it stays when those of the registry go. */
  isNamed: boolean;
  /** How many layers the image has; absent in a dry run without an engine. */
  layers?: number;
}

/**
 * Finds out what is to be published.
 *
 * @throws {TodoflowError} when it may not be.
 */
export async function observePublication(
  prepared: Prepared,
  options: PerformOptions,
): Promise<Publication> {
  const { $, workflow, version = "" } = prepared;
  const { request } = options;
  const found = imageNameOf(workflow);
  if ("problem" in found) {
    const { image: service } = workflow.release;
    throw new TodoflowError({ kind: "no-image-name", service, ...found });
  }
  const { name, whole } = found;
  const receipt = await readAccepted(prepared, options);
  const reason = await checkoutProblem(receipt, prepared, options);
  if (reason) throw refusal(reason, options);
  const tags = [...new Set([version, ...request.values.get("tag") ?? []])];
  const [image, before] = await Promise.all([
    inspect($, receipt.image),
    Promise.all(tags.map(async (tag) => {
      const known = await inspect($, `${name}:${tag}`);
      return known ? [[tag, known.id] as const] : [];
    })),
  ]);
  const problem = image
    ? imageProblem(image, receipt, prepared)
    : { kind: "no image", image: receipt.image, at: receipt.at } as const;
  // A dry run does without an engine.
  if (problem && (image || !request.dryRun)) throw refusal(problem, options);
  // What is published is written there: found only then, that it may not be is too late.
  const { reports, identity: { directory }, surroundings: { env } } = prepared;
  await checkReports({ ...targetFolder(reports, "release"), directory, env });
  tellUncompared(prepared, options);
  return {
    receipt,
    name,
    whole,
    tags,
    before: new Map(before.flat()),
    isNamed: (image?.names.length ?? 0) > 0,
    ...(image && { layers: image.layers }),
  };
}

/** The failure, with what a person would type. */
function refusal(
  reason: Unpublishable,
  { request }: PerformOptions,
): TodoflowError {
  const line = (...words: string[]) => commandLine(words, request);
  const again = {
    release: line("release"),
    publish: line(...ownWords(request)),
    dirty: line(...ownWords(request), "--allow-dirty"),
  };
  return new TodoflowError({ kind: "unpublishable", reason, again });
}

/** Bytes that are read of a receipt: a release writes about one thousand. */
const MOST_RECEIPT = 1_000_000;

/** Reads the receipt of the last release in this checkout. */
async function readAccepted(
  { reports }: Prepared,
  options: PerformOptions,
): Promise<Receipt> {
  const { folder } = targetFolder(reports, "release");
  const path = join(folder, RECEIPT);
  const file = `${reports.shown}/release/${RECEIPT}`;
  if (!await lstat(path).catch(() => true)) {
    throw refusal({ kind: "no receipt", file }, options);
  }
  // A link, a FIFO or a device is nothing that a release writes.
  const read = await readPlainText(path, MOST_RECEIPT)
    .then(readReceipt, () => ({ kind: "unreadable" as const }));
  switch (read.kind) {
    case "receipt":
      return read.receipt;
    case "none":
      throw refusal({ kind: "none made", why: read.why }, options);
    case "other format":
      throw refusal({ ...read, file }, options);
    case "unreadable":
      throw refusal({ kind: "unreadable receipt", file }, options);
  }
}

/** Why the receipt is not one of what this checkout is. */
async function checkoutProblem(
  receipt: Receipt,
  prepared: Prepared,
  { request, surroundings }: PerformOptions,
): Promise<Unpublishable | undefined> {
  const { source, version = "" } = prepared;
  const { commit: accepted } = receipt;
  if (!source) {
    const { detail, remedy } = await commitProblem(surroundings);
    return {
      ...{ kind: "other commit", accepted, now: undefined, detail },
      ...(remedy !== undefined && { remedy }),
    };
  }
  if (source.commit !== accepted) {
    return { kind: "other commit", accepted, now: source.commit };
  }
  if (version !== receipt.version) {
    const accepted = receipt.version;
    return { kind: "other version", accepted, now: version };
  }
  const other = otherRelease(
    receipt,
    await releasedOf({ ...prepared, surroundings }),
  );
  if (other || request.flags.has("allow-dirty")) return other;
  const { filters } = source;
  if (source.dirty) return { kind: "dirty tree", filters };
  return receipt.dirty ? { kind: "dirty release" } : undefined;
}

/** What the accepted release and one of this checkout, made now with the same flags, do not have in common. */
function otherRelease(
  receipt: Released,
  now: Released,
): Unpublishable | undefined {
  const parts = [
    ["Compose file", ({ files }: Released) => files.join(", ")],
    ["project", ({ project }: Released) => project],
    ["service", ({ service }: Released) => service],
    ["repository", ({ repository = "none" }: Released) => repository],
  ] as const;
  for (const [what, of] of parts) {
    if (of(receipt) === of(now)) continue;
    return {
      kind: "other release",
      what,
      accepted: of(receipt),
      now: of(now),
    };
  }
  return undefined;
}

function imageProblem(
  { id: image, labels }: Inspected,
  receipt: Receipt,
  { workflow }: Prepared,
): Unpublishable | undefined {
  const found = mismatch(labels, { receipt, workflow });
  return found && { kind: "other image", image, ...found };
}

/** Tells which labels of the image say nothing of the receipt. */
function tellUncompared(
  { workflow }: Prepared,
  { request, world }: PerformOptions,
): void {
  if (request.flags.has("quiet")) return;
  for (const label of ownLabels(workflow)) {
    world.stderr.write(
      `todoflow: cannot compare the image's label ${label} with the receipt: the Compose file sets it\n`,
    );
  }
}

/** What the engine says of an image. */
interface Inspected {
  id: string;
  names: readonly string[];
  labels: Readonly<Record<string, string>>;
  layers: number;
}

/** https://docs.docker.com/reference/cli/docker/image/inspect/ */
const INSPECTED =
  '{"id":{{json .Id}},"names":{{json .RepoTags}},"labels":{{json .Config.Labels}},"layers":{{len .RootFS.Layers}}}';

/** Asks the engine; undefined where it has no such image. */
async function inspect(
  $: Shell,
  image: string,
): Promise<Inspected | undefined> {
  const { code, stdout } = await capture(
    $`docker image inspect --format ${INSPECTED} ${image}`,
  );
  // A wrapper of docker may write notices around it.
  const line = stdout.split("\n").find((line) => line.startsWith("{"));
  if (code !== 0 || line === undefined) return undefined;
  const { names, labels, ...known } = JSON.parse(line);
  return { ...known, names: names ?? [], labels: labels ?? {} };
}

/** Milliseconds in which a registry has to answer when the run has failed. */
const ANSWERS_WITHIN = 3_000;

/** Follows the publication of an image to its end. */
export interface Publisher {
  see(event: Event): void;
  /** Where not all tags point at the image: which do and which do not. */
  shortfall(giveUp: AbortSignal): Promise<Failure>;
  /** The receipt with what was published; undefined where it says so already. */
  receipt(): string | undefined;
}

/** The publisher of an image. */
export function publisher(
  { receipt, name, tags, layers }: Publication,
  { $, again }: { $: Shell; again: string },
): Publisher {
  const image = {
    id: receipt.image,
    ...(layers !== undefined && { layers }),
  };
  let digest = "";
  return {
    see: (event) => {
      if (event.kind === "published") digest = event.digest;
    },
    shortfall: async (giveUp) => {
      const signal = AbortSignal.any([
        giveUp,
        AbortSignal.timeout(ANSWERS_WITHIN),
      ]);
      return {
        kind: "not-published",
        again,
        tags: await Promise.all(tags.map(async (tag) => {
          const reference = `${name}:${tag}`;
          const pointer = await lookUp($, reference, { signal, trusted: true });
          return { reference, ...tellPointer(pointer, image) };
        })),
      };
    },
    receipt: () => {
      const { at: _, ...known } = receipt.published ?? {};
      const now = { name, digest, tags };
      if (JSON.stringify(known) === JSON.stringify(now)) return undefined;
      const published = { ...now, at: new Date().toISOString() };
      return receiptText({ ...receipt, published });
    },
  };
}

function tellPointer(
  pointer: Pointer,
  image: LocalImage,
): { is: boolean | undefined; detail: string } {
  switch (pointer.kind) {
    case "image": {
      const is = pointsAt(pointer, image);
      const other = is ? "" : ", another image";
      return { is, detail: `points at ${pointer.digest}${other}` };
    }
    case "absent":
      return { is: false, detail: "is not there" };
    case "unknown":
      return { is: undefined, detail: `cannot be asked: ${pointer.detail}` };
  }
}
