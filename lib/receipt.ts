/**
 * The receipt of a release: which image was accepted. What `publish` pushes is this image and no other.
 *
 * @module
 */

import config from "../deno.json" with { type: "json" };
import { imageOf } from "./container.ts";
import { TodoflowError } from "./errors.ts";
import type { Event } from "./events.ts";
import type { Shell } from "./plan.ts";
import type { Source } from "./source.ts";
import type { Workflow } from "./workflow.ts";

/** Name of the receipt among the reports of `release`. */
export const RECEIPT = "receipt.json";

/** Counts of tests. */
export type Totals = Extract<Event, { kind: "tests" }>["totals"];

/** What a release that succeeded writes down. */
export interface Receipt {
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
export interface ReceiptInput {
  source: Source;
  version: string;
  image: string;
  tests: readonly Totals[];
}

/** Makes the receipt. */
export function receiptOf(
  { source: { commit, dirty }, version, image, tests }: ReceiptInput,
): Receipt {
  const sum = (key: keyof Totals) =>
    tests.reduce((all, totals) => all + totals[key], 0);
  return {
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

/** Reads a receipt; undefined where the text is none. */
export function readReceipt(text: string): Receipt | undefined {
  try {
    const { commit, dirty, image, version, ...rest } = JSON.parse(text);
    const isWhole = [commit, version].every((it) => typeof it === "string") &&
      typeof dirty === "boolean" && /^sha256:[0-9a-f]{64}$/.test(image);
    return isWhole ? { commit, dirty, image, version, ...rest } : undefined;
  } catch {
    return undefined;
  }
}

/** Looks on while a release runs, and writes its receipt. */
export interface Witness {
  see(event: Event): void;
  /**
   * The text of the receipt; undefined where no image of the project's own was accepted, or no commit is known.
   *
   * @throws {TodoflowError} where the engine does not say what was accepted.
   */
  receipt(tests: readonly Totals[]): Promise<string | undefined>;
}

/** What a {@linkcode Witness} knows. */
export interface WitnessOptions {
  $: Shell;
  workflow: Workflow;
  version: string | undefined;
  /** The commit before the build. */
  source: Source | undefined;
  /** Looks at the checkout again. */
  look: () => Promise<Source | undefined>;
}

/** The witness of a release. */
export function witness(
  { $, workflow: { services, release }, version, source, look }: WitnessOptions,
): Witness {
  let built: string | undefined;
  let after: Promise<Source | undefined> | undefined;
  const app = services.get(release.app);
  const shares = app?.build !== undefined &&
    app.build.key === services.get(release.image)?.build?.key;
  return {
    see: (event) => {
      if (event.kind !== "image") return;
      if (!event.services.includes(release.image)) return;
      built = event.id;
      // What was changed until now may have got into the build.
      after = look().catch(() => undefined);
    },
    receipt: async (tests) => {
      const then = await after;
      if (!built || !source || version === undefined) return undefined;
      const image = shares ? await acceptedImage($, app.container) : built;
      const dirty = source.dirty || !then || then.dirty ||
        then.commit !== source.commit;
      const found = { ...source, dirty };
      return receiptText(receiptOf({ source: found, version, image, tests }));
    },
  };
}

/** How long (ms) the engine may take to say which image a container runs. */
const ANSWERS_WITHIN = 60_000;

/** @throws {TodoflowError} when the engine does not say which image it is. */
async function acceptedImage($: Shell, container: string): Promise<string> {
  const late = AbortSignal.timeout(ANSWERS_WITHIN);
  const answer = await imageOf($, container, late);
  if (answer.kind === "known") return answer.value;
  const seconds = ANSWERS_WITHIN / 1000;
  const detail = answer.kind === "failed"
    ? answer.detail
    : answer.kind === "gone"
    ? `${container} is gone`
    : `the engine has not answered for ${seconds} s`;
  const again = "todoflow release";
  throw new TodoflowError({ kind: "no-receipt", detail, again });
}
