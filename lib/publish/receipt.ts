/**
 * The receipt of a release: its images, and the tests that have accepted them. `publish` pushes these images and no others.
 *
 * @module
 */

import config from "../../deno.json" with { type: "json" };
import type { Source } from "../git/source.ts";
import {
  type Acceptance,
  acceptanceOf,
  type ServiceTests,
  sumOf,
  type Totals,
} from "./acceptance.ts";
import type { HiddenBy, Uncommitted } from "./contents.ts";
import type { ReceiptImage } from "./images.ts";
import type { Released } from "./released.ts";
import type { Workflow } from "../compose/workflow.ts";
import type { Guess } from "../plan/plan.ts";
import { areAll, isText } from "../text/shape.ts";
import { changedGuesses, type Guessed, type Unconfirmed } from "./guesses.ts";

/** Name of the receipt among the reports of `release`. */
export const RECEIPT = "receipt.json";

/** The most bytes of a receipt: a release writes a few thousand, and a file that is larger is none. */
export const MOST_RECEIPT = 1_000_000;

/** The format of receipts that this version writes and reads. */
export const FORMAT = 2;

/** The record of a release that succeeded. */
export interface Receipt extends Released {
  /** The format: another version of todoflow may write another one. */
  format: 2;
  /** The Compose project of the builds, which their label names: under CI, that of the checkout. */
  builtIn: string;
  /** The whole hash of the commit. */
  commit: string;
  /** Whether an image may contain uncommitted changes. */
  dirty: boolean;
  /** Of the application, which is the tag of its images. */
  version: string;
  /** The apps, the first one being the main one; absent in receipts of older versions. */
  apps?: readonly string[];
  /** Decisions about roles that the Compose file does not make itself. */
  guesses?: readonly Guess[];
  /** The guesses that differ from the receipt before: `publish` refuses until the file says them. */
  unconfirmed?: readonly Unconfirmed[];
  /** The acceptance tests; absent if the release has none. */
  acceptance?: Acceptance;
  /** The images of all services and one-shots. */
  images: readonly ReceiptImage[];
  /** Folders that were mounted over files of the images. */
  hidden: readonly HiddenBy[];
  /** Files that the builds may have taken, and that are in no commit. */
  uncommitted: Uncommitted;
  /** Of all services together. */
  tests: Totals;
  /** Version of todoflow. */
  tool: string;
  /** Version of the engine, if it names one; absent in receipts of older versions. */
  engine?: string;
  /** Version of Compose; absent in receipts of older versions. */
  compose?: string;
  /** Of the resolved Compose model, such as "sha256:…", see {@linkcode modelDigest}; absent in receipts of older versions. */
  model?: string;
  /** The time at which the release ended, in ISO 8601. */
  at: string;
  /** The publications of its images. */
  published?: readonly Published[];
}

/** The publication of one image: all tags point at the digest. */
export interface Published {
  /** As the Compose file writes it, without its tag. */
  name: string;
  /** Of the manifest, such as "sha256:…". */
  digest: string;
  /** The version, and the tags that the caller has added. */
  tags: readonly string[];
  /** ISO 8601. */
  at: string;
}

/** The facts of a run that its receipt contains. */
interface ReceiptInput
  extends
    Pick<Receipt, "builtIn" | "version" | "images" | "hidden" | "uncommitted">,
    Pick<Receipt, "engine" | "compose" | "model"> {
  workflow: Workflow;
  /** The guesses of the last release that has succeeded; undefined if they are not known. */
  before: Guessed | undefined;
  source: Pick<Source, "commit" | "dirty">;
  released: Released;
  tests: readonly ServiceTests[];
}

/** Makes the receipt. */
export function receiptOf(
  { workflow, before, source, released, tests, ...facts }: ReceiptInput,
): Receipt {
  const { commit, dirty } = source;
  const { builtIn, version, images, hidden, uncommitted } = facts;
  const { engine, compose, model } = facts;
  const acceptance = acceptanceOf(workflow, tests);
  const unconfirmed = changedGuesses(workflow, before);
  return {
    format: FORMAT,
    ...released,
    ...{ builtIn, commit, dirty, version },
    apps: workflow.release.apps.map(({ service }) => service),
    guesses: workflow.guesses.filter(({ role }) => role !== "test"),
    ...(unconfirmed.length > 0 && { unconfirmed }),
    ...(acceptance && { acceptance }),
    ...{ images, hidden, uncommitted },
    tests: sumOf(tests),
    tool: config.version,
    ...(engine !== undefined && { engine }),
    ...(compose !== undefined && { compose }),
    ...(model !== undefined && { model }),
    at: new Date().toISOString(),
  };
}

/** The text of the file of a receipt. */
export function receiptText(receipt: Receipt): string {
  return `${JSON.stringify(receipt, null, 2)}\n`;
}

/** The text of the file of a release that succeeded and has no receipt. */
export function noReceiptText(none: string): string {
  return `${JSON.stringify({ format: FORMAT, none }, null, 2)}\n`;
}

/** The content of the file of a receipt. */
type Read =
  | { kind: "receipt"; receipt: Receipt }
  /** The release could make none. */
  | { kind: "none"; why: string }
  | { kind: "other format"; format: unknown }
  | { kind: "unreadable" };

/** Reads the file of a receipt. */
export function readReceipt(text: string): Read {
  let value: Partial<Receipt> & { none?: unknown };
  try {
    value = Object(JSON.parse(text));
  } catch {
    return { kind: "unreadable" };
  }
  const { format, none, files } = value;
  if (format !== FORMAT) return { kind: "other format", format };
  if (typeof none === "string") return { kind: "none", why: none };
  const texts = [value.project, value.builtIn, value.commit, value.version];
  const isWhole = [...texts, value.at].every(isText) &&
    [value.engine, value.compose, value.model].every((one = "") =>
      isText(one)
    ) &&
    typeof value.dirty === "boolean" && areAll(files, isText) &&
    (value.acceptance === undefined || isAcceptance(value.acceptance)) &&
    (value.apps === undefined || areAll(value.apps, isText)) &&
    (value.unconfirmed === undefined ||
      areAll(value.unconfirmed, isUnconfirmed)) &&
    areAll(value.images, isImage) && areAll(value.hidden, isHiddenBy) &&
    areAll(value.uncommitted?.files, isText) &&
    typeof value.uncommitted?.count === "number" &&
    (value.published === undefined || areAll(value.published, isPublished));
  return isWhole
    ? { kind: "receipt", receipt: value as Receipt }
    : { kind: "unreadable" };
}

function isAcceptance(value: Partial<Acceptance>): boolean {
  const { service, passed } = Object(value);
  return isText(service) && typeof passed === "boolean";
}

function isUnconfirmed(value: Partial<Unconfirmed>): boolean {
  const { role, service, before } = Object(value);
  return [role, service, before].every(isText);
}

function isImage(value: Partial<ReceiptImage>): boolean {
  const { service, name, id, built, repository = "" } = Object(value);
  return [service, name, repository].every(isText) &&
    typeof built === "boolean" && /^sha256:[0-9a-f]{64}$/.test(id);
}

function isPublished(value: Partial<Published>): boolean {
  const { name, digest, tags } = Object(value);
  return [name, digest].every(isText) && areAll(tags, isText);
}

function isHiddenBy(value: Partial<HiddenBy>): boolean {
  const { service, folder, target } = Object(value);
  return [service, folder, target].every(isText);
}
