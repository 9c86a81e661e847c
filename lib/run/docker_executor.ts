/**
 * Connects the runner to the engine: follows containers, awaits their readiness, proves URLs.
 *
 * @module
 */

import type { Artifacts } from "../artifacts/collect.ts";
import { endChildren, type Surroundings } from "../child.ts";
import type { EngineApi } from "../engine/api.ts";
import { capture, execute } from "../engine/command.ts";
import { refusalOf, removeContainer } from "../engine/effects.ts";
import { EngineError } from "../engine/http.ts";
import { exitCodeOf, inspect } from "../engine/container.ts";
import type { ContainerEvents } from "../engine/events.ts";
import { inspectImage } from "../engine/images.ts";
import { isAnothers, type Proof } from "../engine/owned.ts";
import { type Sleep, within } from "../pause.ts";
import type { Owns, Shell } from "../plan/plan.ts";
import { pusher } from "../publish/push.ts";
import { probe } from "../engine/probe.ts";
import { awaitReady } from "../engine/readiness.ts";
import type { Seen } from "../engine/watch.ts";
import { tearDown } from "../engine/teardown.ts";
import type { Executor } from "../plan/executor.ts";
import { RUN_LABEL } from "../plan/labels.ts";
import type { Around } from "./around.ts";
import { hookRunner } from "./hooks.ts";
import { proveUrl } from "./prove_url.ts";
import { takenPort } from "./taken_port.ts";
import { watchApps } from "./watch_apps.ts";
import { diagnose, hurried, postMortem } from "./post_mortem.ts";

/** Options of {@linkcode executor}. */
export interface ExecutorOptions {
  $: Shell;
  api: EngineApi;
  artifacts: Artifacts;
  /** Where and with what environment cosign runs. */
  surroundings: Surroundings;
  /** Tells gates when to look; without it, they look on a schedule only. */
  events?: ContainerEvents;
  /** Proves that something on the engine belongs to the run. */
  proof: Proof;
  /** The run around its containers; without it, their last words become no cause. */
  around?: Around;
  /** Called and awaited before anything is removed. */
  onRemove?: (owns: Owns) => Promise<void>;
  /** Called when clean-up has collected logs and reports, while the engine still removes. */
  onCollected?: () => void;
  /** Waits between two attempts, and limits the collection of logs and reports. */
  sleep?: Sleep | undefined;
}

/** How long (ms) removal waits for logs and reports, and how long it waits after a signal. */
const COLLECTED_WITHIN = 5 * 60_000;
const COLLECTED_STOPPED = 500;

/** How many times docker may fail to say which run has made a volume. */
const ATTEMPTS = 3;

/** Takes the losses of one collection: another one may find the files, so only those of the end are told. */
const AT_END = () => {};

/** The start of a command line of Compose, also of the plugin process that docker starts for it. */
const COMPOSE = /^\S*docker\S* compose /;

/** The executor that reaches the engine through `$`. */
export function executor(options: ExecutorOptions): Executor {
  const { $, api, artifacts, events, around, sleep } = options;
  const seen = new Map<string, Seen>();
  const inspected: Executor["postMortem"] = (container, signal) =>
    postMortem(api, container, {
      ...{ artifacts, around, signal },
      reason: reasons.get(container),
    });
  /** Why the wait for a container has failed: with the words of its last probe. */
  const reasons = new Map<string, string>();
  const hooks = hookRunner({
    ...{ api, events, sleep, postMortem: inspected },
    follow: (container, own) => follow(container, own, options),
  });
  return {
    execute,
    executeWithHooks: hooks.run,
    capture: (command, signal) => capture(command, signal),
    awaitReady: async (container, { service, ...rest }) => {
      const isFirst = !seen.has(container);
      if (isFirst) {
        seen.set(container, { startedAt: "", at: 0 });
        artifacts.watch(container, service);
      }
      const own = { ...rest, proof: options.proof };
      const verdict = await awaitReady(probe(api, container, own), {
        ...rest,
        seen: seen.get(container)!,
        ...(events &&
          { follow: (onEvent) => events.watch(container, onEvent) }),
        ...(sleep && { sleep }),
      });
      if (verdict.ready) reasons.delete(container);
      else reasons.set(container, verdict.reason);
      return verdict;
    },
    follow: (container, own) => follow(container, own, options),
    collect: (container, own) =>
      artifacts.collect([container], { ...own, notice: AT_END }),
    remove: (container, signal) => remove(container, signal, options),
    imageId: (name, signal) => imageId(api, name, signal),
    tearDown: (what, own) => tearDownAll(what, own, options),
    madeVolume: (name, signal) => madeVolume(name, signal, options),
    diagnose: async (lines, signal) => {
      const fault = await diagnose($, lines, { signal, sleep });
      if (fault?.kind !== "port-taken") return fault;
      const { detail } = fault;
      const taken = await takenPort(detail, { api, around, signal });
      return { ...fault, ...(taken && { taken }) };
    },
    push: pusher($, sleep),
    attest: attestLater($, options.surroundings),
    postMortem: async (container, signal) =>
      hooks.failed(container) ?? await inspected(container, signal),
    prove: (addresses, what, own) =>
      proveUrl(addresses, what, { ...own, api, sleep }),
  };
}

/** Signs a statement, by code that only a run that attests loads. */
function attestLater($: Shell, where: Surroundings): Executor["attest"] {
  return async (what, own) => {
    const { attester } = await import("../publish/attest.ts");
    return await attester($, where)(what, own);
  };
}

/** Follows the log of a container until it has ended; resolves to its exit code. */
async function follow(
  container: string,
  options: Parameters<Executor["follow"]>[1],
  { api, artifacts, around, proof, sleep }: ExecutorOptions,
): Promise<number> {
  const over = new AbortController();
  const signal = AbortSignal.any([options.signal, over.signal]);
  const ended = exitCodeOf(api, container, { signal, sleep });
  const { notice, ...own } = options;
  const told = artifacts.follow(container, options.service, {
    ...own,
    signal,
    ended,
  });
  if (around && options.service === around.workflow.release.acceptance) {
    const tell = options.notice ?? options.output;
    void watchApps({ api, around, tell, signal, sleep });
  }
  const foreign = proof.marks
    ? isForeign(container, signal, { api, proof })
    : Promise.resolve(false);
  try {
    const [code, , isOthers] = await Promise.all([
      // Rejects as soon as the log cannot be written.
      Promise.race([ended, told.then(() => ended)]),
      told,
      foreign,
    ]);
    if (!isOthers) return code;
    notice?.(`${container} was not made by this run`);
    return code || 1;
  } finally {
    over.abort();
  }
}

/** Removes a container with its anonymous volumes, unless it is another run's; resolves to whether it is gone or foreign. */
async function remove(
  container: string,
  signal: AbortSignal,
  { api, proof }: ExecutorOptions,
): Promise<boolean> {
  const answer = await inspect(api, container, signal);
  if (answer.kind === "gone") return true;
  if (answer.kind !== "known") return false;
  const { Id = container, Config } = answer.value;
  if (proof.marks && isAnothers(Config, proof)) return true;
  // By ID, because the name may belong to another container by now.
  const refused = await refusalOf(
    removeContainer(api.until(signal), Id, { force: true, volumes: true }),
  );
  return !refused || /already in progress/i.test(refused.message);
}

async function imageId(
  api: EngineApi,
  name: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    return (await inspectImage(api.until(signal), name))?.Id;
  } catch (error) {
    if (error instanceof EngineError) return undefined;
    throw error;
  }
}

/** Removes what is owned, and collects logs and reports in between. */
async function tearDownAll(
  { owns, grace, graces, keepsImages, tells }: Parameters<
    Executor["tearDown"]
  >[0],
  options: Parameters<Executor["tearDown"]>[1],
  { api, artifacts, proof, onCollected, onRemove, sleep }: ExecutorOptions,
): Promise<boolean> {
  // A docker that a signal has stopped early leaves its Compose plugin behind, which would go on to make images.
  if (options.thorough) await endChildren(proof.run, { only: COMPOSE });
  try {
    await onRemove?.(owns);
  } catch (error) {
    // A record that cannot be written must not stop the removal.
    options.onFault?.(error);
  }
  return await tearDown(api, owns, {
    ...options,
    ...{ proof, grace, keepsImages, sleep },
    ...(tells && { tells }),
    // The message of a failure does not wait for them.
    ...(graces && !options.thorough &&
      { unhurried: { graces, until: options.stop } }),
    ended: async (containers) => {
      const { signal, cancel } = hurried(options.signal, {
        ...{ stop: options.stop, sleep },
      });
      try {
        await within(
          artifacts.collect(containers, { ...options, signal, notice: AT_END }),
          { ms: COLLECTED_WITHIN, signal, grace: COLLECTED_STOPPED, sleep },
        );
        if (options.made) onCollected?.();
      } catch (error) {
        // A log or report that cannot be collected must not stop the removal.
        options.onFault?.(error);
      } finally {
        cancel();
      }
    },
  });
}

/** Whether the run has made a volume; undefined if docker does not answer. */
async function madeVolume(
  name: string,
  signal: AbortSignal,
  { api, proof }: ExecutorOptions,
): Promise<boolean | undefined> {
  for (let i = 1;; i++) {
    try {
      const { Labels } = await api.json<
        { Labels: Readonly<Record<string, string>> | null }
      >(`/volumes/${encodeURIComponent(name)}`, { signal });
      return Labels?.[RUN_LABEL] === proof.run;
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      if (i === ATTEMPTS || signal.aborted) return undefined;
    }
  }
}

/** Whether another run or a person has made a container; false if the engine does not answer. */
async function isForeign(
  container: string,
  signal: AbortSignal,
  { api, proof }: Pick<ExecutorOptions, "api" | "proof">,
): Promise<boolean> {
  const answer = await inspect(api, container, signal);
  return answer.kind === "known" && isAnothers(answer.value.Config, proof);
}
