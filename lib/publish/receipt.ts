/**
 * The receipt of a release names the accepted image. `publish` pushes this image and no other.
 *
 * @module
 */

import config from "../../deno.json" with { type: "json" };
import type { Event } from "../plan/events.ts";
import type { Released } from "./released.ts";
import type { Source } from "../git/source.ts";

/** Name of the receipt among the reports of `release`. */
export const RECEIPT = "receipt.json";

/** Counts of tests. */
export type Totals = Extract<Event, { kind: "tests" }>["totals"];

/** The format of receipts that this version writes and reads. */
export const FORMAT = 1;

/** The record of a release that succeeded. */
export interface Receipt extends Released {
  /** The format: another version of todoflow may write another one. */
  format: 1;
  /** The Compose project of the build, which the image's label names: under CI, that of the checkout. */
  builtIn: string;
  /** The whole hash of the commit. */
  commit: string;
  /** Whether the image may contain uncommitted changes. */
  dirty: boolean;
  /** ID of the image that acceptance has accepted. */
  image: string;
  /** Of the application, which is its tag. */
  version: string;
  /** Of all services together. */
  tests: Totals;
  /** Version of todoflow. */
  tool: string;
  /** The time at which the release ended, in ISO 8601. */
  at: string;
  /** The publication of the image: all tags point at the digest. */
  published?: {
    name: string;
    digest: string;
    tags: readonly string[];
    /** ISO 8601. */
    at: string;
  };
}

/** The facts of a run that its receipt contains. */
interface ReceiptInput {
  source: Pick<Source, "commit" | "dirty">;
  released: Released;
  builtIn: string;
  version: string;
  image: string;
  tests: readonly Totals[];
}

/** Makes the receipt. */
export function receiptOf(
  { source, released, builtIn, version, image, tests }: ReceiptInput,
): Receipt {
  const { commit, dirty } = source;
  const sum = (key: keyof Totals) =>
    tests.reduce((all, totals) => all + totals[key], 0);
  return {
    format: FORMAT,
    ...released,
    builtIn,
    commit,
    dirty,
    image,
    version,
    tests: {
      tests: sum("tests"),
      passed: sum("passed"),
      failed: sum("failed"),
      skipped: sum("skipped"),
    },
    tool: config.version,
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
  const { format, none, files, dirty, image, repository = "" } = value;
  if (format !== FORMAT) return { kind: "other format", format };
  if (typeof none === "string") return { kind: "none", why: none };
  const texts = [value.project, value.builtIn, value.service, repository];
  const isWhole = [...texts, value.commit, value.version, value.at, image]
    .every((it) => typeof it === "string") &&
    typeof dirty === "boolean" &&
    Array.isArray(files) && files.every((it) => typeof it === "string") &&
    /^sha256:[0-9a-f]{64}$/.test(image!);
  return isWhole
    ? { kind: "receipt", receipt: value as Receipt }
    : { kind: "unreadable" };
}
