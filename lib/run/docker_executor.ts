/**
 * What the runner reaches the engine with: follows containers, asks whether they are ready, proves URLs.
 *
 * @module
 */

import type { Artifacts } from "../artifacts/collect.ts";
import { endChildren } from "../child.ts";
import { urlOf } from "../engine/address.ts";
import { capture, execute } from "../engine/command.ts";
import { exitCodeOf, inspect } from "../engine/container.ts";
import { isAnothers, type Proof } from "../engine/owned.ts";
import { within } from "../pause.ts";
import { type Owns, RUN_LABEL, type Shell } from "../plan/plan.ts";
import { pusher } from "../publish/push.ts";
import { probe, problemOf } from "../engine/probe.ts";
import { prove } from "../engine/prove.ts";
import { awaitReady, type Seen } from "../engine/readiness.ts";
import { tearDown } from "../engine/teardown.ts";
import type { Executor } from "../plan/executor.ts";
import { diagnose, hurried, postMortem } from "./post_mortem.ts";

/** What the executor is made from. */
export interface ExecutorOptions {
  $: Shell;
  artifacts: Artifacts;
  /** What shows that something is the run's. */
  proof: Proof;
  /** Where the engine is reached, such as `unix:///var/run/docker.sock`. */
  endpoint: string;
  /** Called, and awaited, before something is removed. */
  onRemove?: (owns: Owns) => Promise<void>;
  /** Called when clean-up has collected what there is, while the engine still removes. */
  onCollected?: () => void;
}

/** How long (ms) removal waits for the collection of logs and reports, and how long after that was told to end. */
const COLLECTED_WITHIN = 5 * 60_000;
const COLLECTED_STOPPED = 500;

/** How often docker may fail to say whose a volume is. */
const ATTEMPTS = 3;

/** How the command line of Compose begins, as docker's plugin too: what makes something on the engine and takes time. */
const COMPOSE = /^\S*docker\S* compose /;

/** The executor that reaches the engine through `$`. */
export function executor(
  { $, artifacts, endpoint, proof, onCollected, onRemove }: ExecutorOptions,
): Executor {
  const seen = new Map<string, Seen>();
  return {
    execute,
    capture: (command, signal) => capture(command, signal),
    awaitReady: (container, options) => {
      const isFirst = !seen.has(container);
      if (isFirst) {
        seen.set(container, { startedAt: "", at: 0 });
        artifacts.watch(container, options.service);
      }
      return awaitReady(probe($, container, { ...options, proof }), {
        ...options,
        seen: seen.get(container)!,
      });
    },
    follow: async (container, options) => {
      const over = new AbortController();
      const signal = AbortSignal.any([options.signal, over.signal]);
      const ended = exitCodeOf($, container, signal);
      const told = artifacts.follow(container, options.service, {
        ...options,
        signal,
        ended,
      });
      const foreign = proof.marks
        ? isForeign($, container, { proof, signal })
        : Promise.resolve(false);
      try {
        const [code, , isOthers] = await Promise.all([
          // Rejects as soon as the log cannot be kept.
          Promise.race([ended, told.then(() => ended)]),
          told,
          foreign,
        ]);
        if (!isOthers) return code;
        options.notice?.(`${container} was not made by this run`);
        return code || 1;
      } finally {
        over.abort();
      }
    },
    collect: (container, options) => artifacts.collect([container], options),
    remove: async (container, signal) => {
      const isOthers = proof.marks &&
        await isForeign($, container, { proof, signal });
      if (isOthers) return true;
      const { code, stderr } = await capture(
        $`docker rm --force --volumes ${container}`,
        signal,
      );
      return code === 0 ||
        /no such container|already in progress/i.test(stderr);
    },
    tearDown: async ({ owns, grace, keepsImages, tells }, options) => {
      // One that was stopped as soon as it was started has left its plugin, which would go on and make images.
      if (options.thorough) await endChildren(proof.run, COMPOSE);
      try {
        await onRemove?.(owns);
      } catch (error) {
        // What cannot be written down is removed all the same.
        options.onFault?.(error);
      }
      return await tearDown($, owns, {
        ...options,
        proof,
        grace,
        keepsImages,
        ...(tells && { tells }),
        ended: async (containers) => {
          const { signal, cancel } = hurried(options.signal, options.stop);
          try {
            await within(
              artifacts.collect(containers, { ...options, signal }),
              { ms: COLLECTED_WITHIN, signal, grace: COLLECTED_STOPPED },
            );
            if (options.made) onCollected?.();
          } catch (error) {
            // What cannot be collected is removed all the same.
            options.onFault?.(error);
          } finally {
            cancel();
          }
        },
      });
    },
    madeVolume: async (name, signal) => {
      const format = `{{index .Labels "${RUN_LABEL}"}}`;
      for (let i = 1;; i++) {
        const { code, stdout } = await capture(
          $`docker volume inspect --format ${format} ${name}`,
          signal,
        );
        if (code !== 0 && i < ATTEMPTS && !signal.aborted) continue;
        if (code !== 0) return undefined;
        return stdout.split("\n").some((line) => line.trim() === proof.run);
      }
    },
    diagnose: (lines, signal) => diagnose($, lines, signal),
    push: pusher($),
    postMortem: (container, signal) =>
      postMortem($, container, { artifacts, signal }),
    prove: (address, path, options) => {
      const url = urlOf(address, path, endpoint);
      if (url) {
        const { container, signal } = options;
        return prove(url, options, () => problemOf($, container, signal));
      }
      options.output(
        `${address} is on the loopback of the engine's host, ${endpoint}: publish the port on an address that can be reached`,
      );
      return Promise.resolve("");
    },
  };
}

/** The same, of a container that is asked about; false where the engine does not tell. */
async function isForeign(
  $: Shell,
  container: string,
  { proof, signal }: { proof: Proof; signal: AbortSignal },
): Promise<boolean> {
  const answer = await inspect($, container, signal);
  return answer.kind === "known" && isAnothers(answer.value.Config, proof);
}
