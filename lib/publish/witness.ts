/**
 * Observes a release, and writes its receipt.
 *
 * @module
 */

import { releaseService } from "../compose/graph.ts";
import { publishable } from "../compose/published.ts";
import type { EngineApi } from "../engine/api.ts";
import { EngineError } from "../engine/http.ts";
import { inspectImage } from "../engine/images.ts";
import { hasFiles } from "../git/ignored.ts";
import type { Source } from "../git/source.ts";
import type { Event } from "../plan/events.ts";
import { pause, within } from "../pause.ts";
import type { Surroundings } from "../child.ts";
import { commitProblem } from "../git/version.ts";
import { checkoutOf } from "../reports/checks.ts";
import { realPath } from "../world.ts";
import type { ReadTextFile } from "../compose/files.ts";
import type { Model } from "../compose/model.ts";
import type { Guessed } from "./guesses.ts";
import { modelDigest } from "./model_digest.ts";
import { notAccepted, type ServiceTests } from "./acceptance.ts";
import { mountsOverCode, type Uncommitted } from "./contents.ts";
import {
  imagesOf,
  type ImagesSeen,
  type ReceiptImage,
  usedBase,
} from "./images.ts";
import {
  noReceiptText,
  type Receipt,
  receiptOf,
  receiptText,
} from "./receipt.ts";
import { releasedOf, type ReleasedOptions } from "./released.ts";

/** Observes a release, and writes its receipt. */
export interface Witness {
  see(event: Event): void;
  /**
   * The text of the receipt, or of the reason for its absence, which is also reported; undefined if the project builds
   * no image.
   */
  receipt(tests: readonly ServiceTests[]): Promise<string | undefined>;
  /** Whether there is no receipt because the run was stopped. */
  isCut(): boolean;
  /** Stops the observation. */
  end(): Promise<void>;
}

/** The checkout after the build: a change until then may have got into an image. */
export interface Looked {
  /** Undefined where there is no commit. */
  source: Source | undefined;
  uncommitted: Uncommitted;
}

/** Options of {@linkcode witness}. */
export interface WitnessOptions
  extends ReleasedOptions, Pick<ImagesSeen, "bases"> {
  api: EngineApi;
  surroundings: Surroundings;
  version: string | undefined;
  /** The guesses of the last release that has succeeded. */
  before: Guessed | undefined;
  /** The resolved Compose model, and what hides the secrets in it. */
  model?: Model;
  redactor: { text(text: string): string };
  /** The version of Compose; undefined if it was not asked. */
  composeVersion: string | undefined;
  /** The commit before the build. */
  source: Source | undefined;
  /** Looks at the checkout again. */
  look: (signal: AbortSignal) => Promise<Looked>;
  readTextFile: ReadTextFile;
  /** Ends pending questions at the end of the release. */
  stop: AbortSignal;
  /** Reports a line. */
  warn: (line: string) => void;
}

/** The witness of a release. */
export function witness(options: WitnessOptions): Witness {
  const { workflow, look, warn } = options;
  const ended = new AbortController();
  const built = new Map<string, string>();
  const used = new Map<string, string>();
  let after: Promise<Looked | undefined> | undefined;
  let cut = false;
  return {
    see: (event) => {
      if (event.kind === "output" && event.service === undefined) {
        const base = usedBase(event.line);
        if (base) used.set(base.name, base.digest);
      }
      if (event.kind !== "image") return;
      for (const service of event.services) built.set(service, event.id);
      after ??= look(ended.signal).catch(() => undefined);
    },
    receipt: async (tests) => {
      if (!buildsAny(workflow)) return undefined;
      // The release has succeeded, even if its receipt cannot be made.
      const made = await makeReceipt(options, { built, used, after, tests })
        .catch(({ message }: Error) => message);
      cut = made === STOPPED;
      if (typeof made !== "string") {
        const { acceptance } = made;
        if (acceptance && !acceptance.passed) {
          warn(`not accepted: ${notAccepted(acceptance)}`);
        }
        return receiptText(made);
      }
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

/** Whether the project builds an image that can have a receipt. */
function buildsAny(workflow: WitnessOptions["workflow"]): boolean {
  return releaseService(workflow)?.build !== undefined ||
    publishable(workflow).length > 0;
}

/** The observations of a release. */
interface Seen extends Pick<ImagesSeen, "built" | "used"> {
  /** The checkout after the build. */
  after: Promise<Looked | undefined> | undefined;
  tests: readonly ServiceTests[];
}

/** The receipt, or the reason why there is none. */
async function makeReceipt(
  options: WitnessOptions,
  { built, used, after, tests }: Seen,
): Promise<Receipt | string> {
  const { workflow, version = "", source, surroundings, bases } = options;
  const { before, composeVersion: compose } = options;
  if (!source) {
    const { detail } = await commitProblem(surroundings);
    return `the commit is not known: ${detail}`;
  }
  const engine = await asked(options, async (api) => {
    const images = await imagesOf(api, { workflow, bases, built, used });
    const version = await api.version();
    return {
      images,
      hidden: await hiddenOf(options, { images, api }),
      ...(version !== undefined && { engine: version }),
    };
  });
  if (typeof engine === "string") return engine;
  const then = await after;
  const dirty = source.dirty || !then?.source || then.source.dirty ||
    then.source.commit !== source.commit;
  return receiptOf({
    ...{ workflow, version, tests, before },
    ...engine,
    ...(compose !== undefined && { compose }),
    ...(options.model && {
      model: await modelDigest(options.model, {
        directory: await realPath(surroundings.directory),
        hide: options.redactor.text,
      }),
    }),
    uncommitted: then?.uncommitted ?? { files: [], count: 0 },
    source: { commit: source.commit, dirty },
    released: await releasedOf(options),
    builtIn: workflow.base,
  });
}

/** The folders that were mounted over the code of images. */
async function hiddenOf(
  { workflow, surroundings, readTextFile }: WitnessOptions,
  { images, api }: { images: readonly ReceiptImage[]; api: EngineApi },
) {
  return await mountsOverCode(workflow, {
    checkout: await checkoutOf(await realPath(surroundings.directory)),
    readTextFile,
    workingDirOf: async (service) => {
      const { id = "" } = images.find((one) => one.service === service) ?? {};
      const image = await inspectImage(api, id);
      return image?.Config?.WorkingDir || "/";
    },
    isCode: (folder) => hasFiles({ ...surroundings, directory: folder }),
  });
}

/** How long (ms) the engine may still take after a signal. */
const STOPPED_WITHIN = 1_000;

/** The reason why there is no receipt after a signal. */
const STOPPED = "the run was stopped";

/** How long (ms) the engine may take to name the images of a release. */
const ANSWERS_WITHIN = 60_000;

/** How often the engine may fail in a row, and the time (ms) between two attempts. */
const ATTEMPTS = 3;
const AGAIN_AFTER = 500;

/** Asks the engine, again after a failure; resolves to the answer, or to the reason why there is none. */
async function asked<T>(
  { api, stop }: Pick<WitnessOptions, "api" | "stop">,
  ask: (api: EngineApi) => Promise<T>,
): Promise<T | string> {
  const over = new AbortController();
  const late = AbortSignal.timeout(ANSWERS_WITHIN);
  const signal = AbortSignal.any([late, over.signal]);
  const again = async (failed = 0): Promise<T> => {
    try {
      return await ask(api.until(signal));
    } catch (error) {
      const isFinal = !(error instanceof EngineError) || signal.aborted;
      if (isFinal || failed + 1 === ATTEMPTS) throw error;
      await pause(AGAIN_AFTER, signal);
      return await again(failed + 1);
    }
  };
  try {
    // A signal at this moment does not cost the receipt if the engine answers as usual.
    const limits = { signal: stop, grace: STOPPED_WITHIN };
    return await within(again(), limits) ?? STOPPED;
  } catch (error) {
    if (stop.aborted) return STOPPED;
    return late.aborted
      ? `the engine has not answered for ${ANSWERS_WITHIN / 1000} s`
      : (error as Error).message;
  } finally {
    over.abort();
  }
}
