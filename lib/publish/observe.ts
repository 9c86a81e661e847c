/**
 * Finds the image that `publish` may push: the one that acceptance has accepted, and no other.
 *
 * @module
 */

import { join } from "node:path";
import type { Surroundings } from "../child.ts";
import type { Workflow } from "../compose/workflow.ts";
import { capture } from "../engine/command.ts";
import type { AgainPublish, Unpublishable } from "../errors/publish_failure.ts";
import { TodoflowError } from "../errors/todoflow_error.ts";
import type { Source } from "../git/source.ts";
import { commitProblem } from "../git/version.ts";
import { mismatch, ownLabels } from "./image_labels.ts";
import { readPlainText } from "../reports/plain_file.ts";
import type { Shell } from "../plan/plan.ts";
import { lstat } from "../reports/look.ts";
import {
  checkReports,
  type ReportsPlace,
  targetFolder,
} from "../reports/place.ts";
import type { Publication } from "./publication.ts";
import { readReceipt, RECEIPT, type Receipt } from "./receipt.ts";
import {
  imageNameOf,
  type Released,
  releasedOf,
  type ReleasedOptions,
} from "./released.ts";

/** Options of {@linkcode observePublication}. */
export interface ObserveOptions extends ReleasedOptions {
  $: Shell;
  surroundings: Surroundings;
  version: string | undefined;
  /** The commit of the checkout. */
  source: Source | undefined;
  reports: ReportsPlace;
  /** Tags besides the version. */
  tags: readonly string[];
  /** Whether uncommitted changes may be published. */
  allowDirty: boolean;
  /** Whether this is a dry run, which works without an engine, too. */
  dryRun: boolean;
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
  const { $, workflow, version = "", reports, again } = options;
  const found = imageNameOf(workflow);
  if ("problem" in found) {
    const { image: service } = workflow.release;
    throw new TodoflowError({ kind: "no-image-name", service, ...found });
  }
  const { name, whole } = found;
  const refuse = (reason: Unpublishable) =>
    new TodoflowError({ kind: "unpublishable", reason, again });
  const accepted = await readAccepted(reports);
  if (!("receipt" in accepted)) throw refuse(accepted);
  const { receipt } = accepted;
  const reason = await checkoutProblem(receipt, options);
  if (reason) throw refuse(reason);
  const tags = [...new Set([version, ...options.tags])];
  const [image, before] = await Promise.all([
    inspect($, receipt.image),
    Promise.all(tags.map(async (tag) => {
      const known = await inspect($, `${name}:${tag}`);
      return known ? [[tag, known.id] as const] : [];
    })),
  ]);
  const problem = image
    ? imageProblem(image, { receipt, workflow })
    : { kind: "no image", image: receipt.image, at: receipt.at } as const;
  // A dry run works without an engine.
  if (problem && (image || !options.dryRun)) throw refuse(problem);
  // The publication is recorded in that folder; check the folder first, because a refusal after the push is too late.
  const { directory, env } = options.surroundings;
  await checkReports({ ...targetFolder(reports, "release"), directory, env });
  tellUncompared(options);
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

/** The most bytes of a receipt: a release writes a few hundred, and a file that is larger is none. */
const MOST_RECEIPT = 1_000_000;

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

/** The reason why the receipt does not match this checkout. */
async function checkoutProblem(
  receipt: Receipt,
  options: ObserveOptions,
): Promise<Unpublishable | undefined> {
  const { source, version = "" } = options;
  const { commit: accepted } = receipt;
  if (!source) {
    const { detail, remedy } = await commitProblem(options.surroundings);
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
  const other = otherRelease(receipt, await releasedOf(options));
  if (other || options.allowDirty) return other;
  const { filters } = source;
  if (source.dirty) return { kind: "dirty tree", filters };
  return receipt.dirty ? { kind: "dirty release" } : undefined;
}

/** The first difference between the accepted release and a release of this checkout with the same flags. */
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
  { receipt, workflow }: { receipt: Receipt; workflow: Workflow },
): Unpublishable | undefined {
  const found = mismatch(labels, { receipt, workflow });
  return found && { kind: "other image", image, ...found };
}

/** Reports the labels of the image that prove nothing, because the project sets them itself. */
function tellUncompared({ workflow, warn }: ObserveOptions): void {
  for (const label of ownLabels(workflow)) {
    warn(
      `cannot compare the image's label ${label} with the receipt: the Compose file sets it`,
    );
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
