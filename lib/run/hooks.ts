/**
 * Follows the containers in which Compose runs the hooks of a service before it starts it.
 *
 * @module
 */

import { execute } from "../engine/command.ts";
import { type ContainerEvents, hooksOf } from "../engine/events.ts";
import type { EngineApi } from "../engine/api.ts";
import { observeObjects } from "../engine/objects.ts";
import { type Sleep, within } from "../pause.ts";
import type { PostMortem } from "../plan/post_mortem.ts";
import type { Executor } from "../plan/executor.ts";
import { hookLog } from "../plan/hooks.ts";
import { LAST_LINES } from "./post_mortem.ts";

/** How long (ms) the log of a hook may take after Compose has ended. */
const COMPLETE_WITHIN = 20_000;

/** Options of {@linkcode hookRunner}. */
interface HookOptions {
  api: EngineApi;
  /** Tells when a container starts; without it, only a hook that has failed and stays is found. */
  events?: ContainerEvents | undefined;
  /** Follows a container until it has ended. */
  follow: Executor["follow"];
  /** Inspects the container of a hook. */
  postMortem: Executor["postMortem"];
  sleep?: Sleep | undefined;
}

/** Runs commands of Compose that may run hooks. */
export interface HookRunner {
  run: Executor["executeWithHooks"];
  /** The hook that has failed before this container could start. */
  failed(container: string): PostMortem | undefined;
}

/** Runs commands, and follows the hooks that Compose runs meanwhile. */
export function hookRunner(options: HookOptions): HookRunner {
  const { events, sleep } = options;
  const failed = new Map<string, PostMortem>();
  return {
    failed: (container) => failed.get(container),
    run: async (command, { service, container, tell, ...child }) => {
      failed.delete(container);
      const over = new AbortController();
      const signal = AbortSignal.any([child.signal, over.signal]);
      const own = { ...child, signal, output: tell, service: hookLog(service) };
      const hooks = hooksFor(container, options, async (id) => {
        const found = await followOne(id, own, options);
        if (found) failed.set(container, found);
      });
      const watched = events?.watch(hooksOf(service), hooks.look);
      try {
        const code = await execute(command, child);
        // Compose removes those that have succeeded.
        if (code !== 0) hooks.look();
        await within(hooks.ended(), { ms: COMPLETE_WITHIN, signal, sleep });
        if (code === 0) failed.delete(container);
        return code;
      } finally {
        watched?.end();
        over.abort();
      }
    },
  };
}

/** The hooks that prepare a container: each is followed once. */
function hooksFor(
  container: string,
  { api }: HookOptions,
  follow: (id: string) => Promise<void>,
) {
  const followed = new Map<string, Promise<void>>();
  let looking = Promise.resolve();
  const look = async () => {
    const objects = await observeObjects(api);
    for (const { id, state, hookOf } of objects) {
      if (hookOf?.name !== container || followed.has(id)) continue;
      // The engine says of one that has not started that it has ended.
      if (state === "created") continue;
      followed.set(id, follow(id));
    }
  };
  return {
    look: () => {
      // Ignore failures: the step itself asks an engine that does not answer.
      looking = looking.then(look).catch(() => {});
    },
    ended: async () => {
      await looking;
      await Promise.all(followed.values());
    },
  };
}

/** Follows a hook; resolves to how it has failed, if it has. */
async function followOne(
  id: string,
  own: Parameters<Executor["follow"]>[1],
  { follow, postMortem }: HookOptions,
): Promise<PostMortem | undefined> {
  const lines: string[] = [];
  const exitCode = await follow(id, {
    ...own,
    output: (line) => {
      lines.push(line);
      if (lines.length > LAST_LINES) lines.shift();
      own.output(line);
    },
  });
  if (exitCode === 0 || own.signal.aborted) return undefined;
  // Compose up to 5.5.0 has the engine remove it as soon as it has ended.
  const found = await postMortem(id, own.signal) ?? GONE;
  return { ...found, runs: false, exitCode, lines, isHook: true };
}

/** The facts about a container that is gone. */
const GONE = {
  outOfMemory: false,
  memory: 0,
  peakMemory: undefined,
  error: "",
};
