/**
 * Finds the images that `publish` may push: those that acceptance has accepted, and no others.
 *
 * @module
 */

import { join } from "node:path";
import type { ReadTextFile } from "../compose/files.ts";
import { appsFor, releaseService } from "../compose/graph.ts";
import { ownLabels } from "../compose/labels.ts";
import {
  type Publishable,
  publishable,
  unnamed,
} from "../compose/published.ts";
import type { Workflow } from "../compose/workflow.ts";
import { capture } from "../engine/command.ts";
import type {
  AgainPublish,
  NoImageName,
  Unpublishable,
} from "../errors/publish_failure.ts";
import { TodoflowError } from "../errors/todoflow_error.ts";
import { checkCosign } from "./cosign.ts";
import { predicateOf } from "./statement.ts";
import { COMPARED, mismatch } from "./image_labels.ts";
import { readPlainText } from "../reports/plain_file.ts";
import type { Shell } from "../plan/plan.ts";
import { lstat } from "../reports/look.ts";
import {
  checkReports,
  type ReportsPlace,
  targetFolder,
} from "../reports/place.ts";
import type { Publication, PushedImage } from "./publication.ts";
import { MOST_RECEIPT, readReceipt, RECEIPT, type Receipt } from "./receipt.ts";
import { acceptedImage, refusalOf, type RefusalOptions } from "./refusal.ts";

/** Options of {@linkcode observePublication}. */
export interface ObserveOptions extends RefusalOptions {
  $: Shell;
  reports: ReportsPlace;
  /** Tags besides the version. */
  tags: readonly string[];
  /** How statements about the images are signed; absent if none is made. */
  attest: { key?: string } | undefined;
  redactor: { text(text: string): string };
  /** Whether this is a dry run, which works without an engine, too. */
  dryRun: boolean;
  readTextFile: ReadTextFile;
  /** The commands to type after a refusal. */
  again: AgainPublish;
  /** Reports problems that do not prevent the publication. */
  warn: (line: string) => void;
}

/**
 * Finds out what to publish.
 *
 * @throws {TodoflowError} if it must not be published
 */
export async function observePublication(
  options: ObserveOptions,
): Promise<Publication> {
  const { workflow, version = "", reports, again, warn } = options;
  const named = namedImages(workflow);
  const refuse = (reason: Unpublishable) =>
    new TodoflowError({ kind: "unpublishable", reason, again });
  const accepted = await readAccepted(reports);
  if (!("receipt" in accepted)) throw refuse(accepted);
  const { receipt } = accepted;
  const reason = await refusalOf(receipt, named, options);
  if (reason) throw refuse(reason);
  const { attest, dryRun, surroundings } = options;
  // Before anything is pushed: without cosign, no statement follows.
  if (attest && !dryRun) await checkCosign(surroundings);
  const tags = [...new Set([version, ...options.tags])];
  const images: PushedImage[] = [];
  for (const one of named) {
    const found = await imageOf(one, { ...options, receipt, tags });
    if ("kind" in found) throw refuse(found);
    images.push(found);
  }
  // The publication is recorded in that folder; check the folder first, because a refusal after the push is too late.
  const { directory, env } = options.surroundings;
  await checkReports({ ...targetFolder(reports, "release"), directory, env });
  for (const service of unnamed(workflow)) {
    warn(`"${service}" is not published: it names no image`);
  }
  return { receipt, images, tags, ...(attest && { attest }) };
}

/**
 * The images that have a name to push them under.
 *
 * @throws {TodoflowError} if there is none, or a name is impossible
 */
function namedImages(workflow: Workflow): Publishable[] {
  const named = publishable(workflow);
  const [app] = appsFor(workflow, "publish");
  const refuse = (failure: Omit<NoImageName, "kind">) => {
    throw new TodoflowError({ kind: "no-image-name", ...failure });
  };
  if (named.length === 0) {
    const own = releaseService(workflow);
    const problem = !own?.build
      ? "no build"
      : own.imageInFile === undefined
      ? "no name"
      : "other build";
    const name = own?.imageInFile;
    refuse({
      ...{ service: own?.name ?? app!.service, problem },
      ...(problem === "other build" && { other: app!.service, name: name! }),
    });
  }
  for (const [i, { name, whole, isDigest, ...one }] of named.entries()) {
    const service = one.services[0]!;
    if (isDigest) refuse({ service, problem: "a digest", name });
    const other = named.slice(0, i).find((other) => other.whole === whole);
    if (!other) continue;
    refuse({ service, problem: "two images", name, other: other.services[0]! });
  }
  return named;
}

/** The image that the receipt names, as the engine has it; or the reason why it must not be published. */
async function imageOf(
  { services, build, name, whole }: Publishable,
  { $, receipt, tags, attest, redactor, dryRun, readTextFile, warn }:
    & ObserveOptions
    & { receipt: Receipt },
): Promise<PushedImage | Unpublishable> {
  const { id } = acceptedImage(receipt, { services, whole })!;
  const [image, before] = await Promise.all([
    inspect($, id),
    Promise.all(tags.map(async (tag) => {
      const known = await inspect($, `${name}:${tag}`);
      return known ? [[tag, known.id] as const] : [];
    })),
  ]);
  const own = await ownLabels(build, readTextFile);
  if (image) {
    const found = mismatch(image.labels, { receipt, own });
    if (found) return { kind: "other image", image: id, ...found };
  } // A dry run works without an engine.
  else if (!dryRun) return { kind: "no image", image: id, at: receipt.at };
  const [service = ""] = services;
  for (const label of COMPARED.filter((label) => own.includes(label))) {
    warn(
      `cannot compare the label ${label} of "${service}" with the receipt: the Compose file or the Dockerfile sets it`,
    );
  }
  return {
    ...{ service, id, name, whole },
    ...(attest && {
      predicate: JSON.stringify(
        predicateOf(receipt, { service, repository: whole, id }, redactor.text),
      ),
    }),
    before: new Map(before.flat()),
    isNamed: (image?.names.length ?? 0) > 0,
    ...(image && { layers: image.layers }),
  };
}

/** The receipt of the last release in this checkout, or the reason why there is none. */
async function readAccepted(
  reports: ReportsPlace,
): Promise<{ receipt: Receipt } | Unpublishable> {
  const { folder } = targetFolder(reports, "release");
  const path = join(folder, RECEIPT);
  const file = `${reports.shown}/release/${RECEIPT}`;
  if (!await lstat(path).catch(() => true)) return { kind: "no receipt", file };
  // A release writes no link, FIFO or device.
  const read = await readPlainText(path, MOST_RECEIPT)
    .then(readReceipt, () => ({ kind: "unreadable" as const }));
  switch (read.kind) {
    case "receipt":
      return read;
    case "none":
      return { kind: "none made", why: read.why };
    case "other format":
      return { ...read, file };
    case "unreadable":
      return { kind: "unreadable receipt", file };
  }
}

/** The engine's answer about an image. */
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
  // A wrapper named docker may print notices around it.
  const line = stdout.split("\n").find((line) => line.startsWith("{"));
  if (code !== 0 || line === undefined) return undefined;
  const { names, labels, ...known } = JSON.parse(line);
  return { ...known, names: names ?? [], labels: labels ?? {} };
}
