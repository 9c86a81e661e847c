/**
 * What `publish` pushes, and whether it may: the image that acceptance has accepted and nothing else.
 *
 * @module
 */

import { commandLine, ownWords } from "./cli.ts";
import { capture } from "./engine.ts";
import { type Failure, TodoflowError, type Unpublishable } from "./errors.ts";
import type { Event } from "./events.ts";
import { readImageName } from "./image_name.ts";
import type { Shell } from "./plan.ts";
import type { PerformOptions, Prepared } from "./prepare.ts";
import { targetFolder } from "./reports_place.ts";
import { readReceipt, RECEIPT, type Receipt, receiptText } from "./receipt.ts";
import { lookUp, type Pointer, pointsAt } from "./registry.ts";
import type { Workflow } from "./workflow.ts";

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
}

/**
 * Finds out what is to be published.
 *
 * @throws {TodoflowError} when it may not be.
 */
export async function observePublication(
  { $, workflow, version = "", source, reports }: Prepared,
  { request, world }: PerformOptions,
): Promise<Publication> {
  const { name, whole } = imageNameOf(workflow);
  const refuse = (reason: Unpublishable) => {
    const line = (...words: string[]) => commandLine(words, request);
    const again = {
      release: line("release"),
      publish: line(...ownWords(request)),
      dirty: line(...ownWords(request), "--allow-dirty"),
    };
    return new TodoflowError({ kind: "unpublishable", reason, again });
  };
  const { folder } = targetFolder(reports, "release");
  const text = await world.readTextFile(`${folder}/${RECEIPT}`)
    .catch(() => "");
  const receipt = readReceipt(text);
  if (!receipt) {
    const file = `${reports.shown}/release/${RECEIPT}`;
    throw refuse({ kind: "no receipt", file });
  }
  const { commit: accepted, image, at } = receipt;
  if (source?.commit !== accepted) {
    throw refuse({ kind: "other commit", accepted, now: source?.commit });
  }
  if (version !== receipt.version) {
    const accepted = receipt.version;
    throw refuse({ kind: "other version", accepted, now: version });
  }
  const isStrict = !request.flags.has("allow-dirty");
  if (isStrict && source.dirty) throw refuse({ kind: "dirty tree" });
  if (isStrict && receipt.dirty) throw refuse({ kind: "dirty release" });
  const tags = [...new Set([version, ...request.values.get("tag") ?? []])];
  const [names, before] = await Promise.all([
    inspect($, "{{json .RepoTags}}", image),
    Promise.all(tags.map(async (tag) => {
      const id = await inspect($, "{{.Id}}", `${name}:${tag}`);
      return id === undefined ? [] : [[tag, id] as const];
    })),
  ]);
  // A dry run does without an engine.
  if (names === undefined && !request.dryRun) {
    throw refuse({ kind: "no image", image, at });
  }
  return {
    receipt,
    name,
    whole,
    tags,
    before: new Map(before.flat()),
    isNamed: (JSON.parse(names ?? "[]") ?? []).length > 0,
  };
}

/**
 * The name that the Compose file gives the release image, on the service that builds it or, where that one has none, on
 * the app that has the same build.
 */
function imageNameOf({ services, release }: Workflow) {
  const service = release.image;
  const refuse = (
    rest: Pick<Failure & { kind: "no-image-name" }, "problem" | "name">,
  ) => new TodoflowError({ kind: "no-image-name", service, ...rest });
  const own = services.get(service);
  if (!own?.build) throw refuse({ problem: "no build" });
  const app = services.get(release.app);
  const shared = app?.build?.key === own.build.key ? app : undefined;
  const text = own.imageInFile ?? shared?.imageInFile;
  if (text === undefined) throw refuse({ problem: "no name" });
  const { name, whole, digest } = readImageName(text);
  if (digest !== undefined) throw refuse({ problem: "a digest", name });
  return { name, whole };
}

async function inspect(
  $: Shell,
  format: string,
  image: string,
): Promise<string | undefined> {
  const { code, stdout } = await capture(
    $`docker image inspect --format ${format} ${image}`,
  );
  return code === 0 ? stdout.trim() : undefined;
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
  { receipt, name, tags }: Publication,
  { $, again }: { $: Shell; again: string },
): Publisher {
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
          return { reference, ...tellPointer(pointer, receipt.image) };
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
  image: string,
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
