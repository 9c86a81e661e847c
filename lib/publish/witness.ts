/**
 * Observes a release, and writes its receipt.
 *
 * @module
 */

import {
  noReceiptText,
  type Receipt,
  receiptOf,
  receiptText,
  type Totals,
} from "./receipt.ts";
import type { Source } from "../git/source.ts";
import { releasedOf, type ReleasedOptions } from "./released.ts";
import type { Event } from "../plan/events.ts";
import { within } from "../pause.ts";
import type { EngineApi } from "../engine/api.ts";
import { imageOf } from "../engine/container.ts";
import type { Surroundings } from "../child.ts";
import { commitProblem } from "../git/version.ts";

/** Observes a release, and writes its receipt. */
export interface Witness {
  see(event: Event): void;
  /**
   * The text of the receipt, or of the reason for its absence, which is also reported; undefined if the project builds
   * no image.
   */
  receipt(tests: readonly Totals[]): Promise<string | undefined>;
  /** Whether there is no receipt because the run was stopped. */
  isCut(): boolean;
  /** Stops the observation. */
  end(): Promise<void>;
}

/** Options of {@linkcode witness}. */
export interface WitnessOptions extends ReleasedOptions {
  api: EngineApi;
  surroundings: Surroundings;
  version: string | undefined;
  /** The commit before the build. */
  source: Source | undefined;
  /** Looks at the checkout again. */
  look: (signal: AbortSignal) => Promise<Source | undefined>;
  /** Ends pending questions at the end of the release. */
  stop: AbortSignal;
  /** Reports a line. */
  warn: (line: string) => void;
}

/** The witness of a release. */
export function witness(options: WitnessOptions): Witness {
  const { workflow: { services, release }, look, warn } = options;
  const ended = new AbortController();
  let built: string | undefined;
  let after: Promise<Source | undefined> | undefined;
  let cut = false;
  return {
    see: (event) => {
      if (event.kind !== "image") return;
      if (!event.services.includes(release.image)) return;
      built = event.id;
      // A change until now may have got into the build.
      after = look(ended.signal).catch(() => undefined);
    },
    receipt: async (tests) => {
      if (!services.get(release.image)?.build) return undefined;
      // The release was accepted, even if its receipt cannot be made.
      const made = await makeReceipt(options, { built, after, tests })
        .catch(({ message }: Error) => message);
      cut = made === STOPPED;
      if (typeof made !== "string") return receiptText(made);
      warn(`no receipt, so nothing can be published: ${made}`);
      return noReceiptText(made);
    },
    isCut: () => cut,
    end: async () => {
      ended.abort();
      await after;
    },
  };
}

/** The observations of a release. */
interface Seen {
  /** ID of the image that was built. */
  built: string | undefined;
  /** The checkout after the build. */
  after: Promise<Source | undefined> | undefined;
  tests: readonly Totals[];
}

/** The receipt, or the reason why there is none. */
async function makeReceipt(
  { api, workflow, version = "", source, surroundings, stop, ...rest }:
    WitnessOptions,
  { built, after, tests }: Seen,
): Promise<Receipt | string> {
  const { services, release } = workflow;
  if (!source) {
    const { detail } = await commitProblem(surroundings);
    return `the commit is not known: ${detail}`;
  }
  if (!built) return "the engine has not reported which image was built";
  const app = services.get(release.app);
  const shares = app?.build !== undefined &&
    app.build.key === services.get(release.image)?.build?.key;
  const image = shares ? await acceptedImage(api, app.container, stop) : built;
  if (!image.startsWith("sha256:")) return image;
  const then = await after;
  const dirty = source.dirty || !then || then.dirty ||
    then.commit !== source.commit;
  const { base: builtIn } = workflow;
  const released = await releasedOf({ ...rest, workflow, surroundings });
  const { commit } = source;
  return receiptOf({
    source: { commit, dirty },
    ...{ released, builtIn, version, image, tests },
  });
}

/** How long (ms) the engine may still take after a signal. */
const STOPPED_WITHIN = 1_000;

/** The reason why there is no receipt after a signal. */
const STOPPED = "the run was stopped";

/** How long (ms) the engine may take to name the image of a container. */
const ANSWERS_WITHIN = 60_000;

/**
 * The ID of the image that a container runs, because its name may mean another image by now; or the reason why it is
 * unknown.
 */
async function acceptedImage(
  api: EngineApi,
  container: string,
  stop: AbortSignal,
): Promise<string> {
  const over = new AbortController();
  const late = AbortSignal.timeout(ANSWERS_WITHIN);
  // A signal at this moment does not cost the receipt if the engine answers as usual.
  const answer = await within(
    imageOf(api, container, AbortSignal.any([late, over.signal])),
    { signal: stop, grace: STOPPED_WITHIN },
  ) ?? { kind: "silent" };
  over.abort();
  if (answer.kind === "known") return answer.value;
  if (stop.aborted) return STOPPED;
  const seconds = ANSWERS_WITHIN / 1000;
  return answer.kind === "failed"
    ? answer.detail
    : answer.kind === "gone"
    ? `${container} is gone`
    : `the engine has not answered for ${seconds} s`;
}
