/**
 * The receipt of a release: which image was accepted. What `publish` pushes is this image and no other.
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

/** What a release that succeeded writes down. */
export interface Receipt extends Released {
  /** Another version of todoflow may write another one. */
  format: 1;
  /** The Compose project in which the image was built, which its label names: under CI it is the checkout's own. */
  builtIn: string;
  /** The whole hash of the commit. */
  commit: string;
  /** Whether the image may hold what is not in the commit. */
  dirty: boolean;
  /** ID of the image that acceptance has accepted. */
  image: string;
  /** Of the application, which is its tag. */
  version: string;
  /** Of all services together. */
  tests: Totals;
  /** Version of todoflow. */
  tool: string;
  /** When the release had ended, in ISO 8601. */
  at: string;
  /** Where the image was published: all tags point at the digest. */
  published?: {
    name: string;
    digest: string;
    tags: readonly string[];
    /** ISO 8601. */
    at: string;
  };
}

/** What happened in a run, as far as its receipt tells it. */
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

/** The text of its file. */
export function receiptText(receipt: Receipt): string {
  return `${JSON.stringify(receipt, null, 2)}\n`;
}

/** The text of the file of a release that succeeded and has no receipt. */
export function noReceiptText(none: string): string {
  return `${JSON.stringify({ format: FORMAT, none }, null, 2)}\n`;
}

/** What the file of a receipt says. */
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
