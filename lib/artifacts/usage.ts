/**
 * Measures the memory and processor time of containers while a run follows them. The measurements are extras: no failure of
 * theirs fails or delays a run.
 *
 * @module
 */

import type { EngineApi } from "../engine/api.ts";
import { EngineError } from "../engine/http.ts";
import { memoryLimit, type Reading, readStats } from "../engine/stats.ts";
import { pause, type Sleep } from "../pause.ts";
import type { Usage } from "../plan/usage.ts";

/** Measures containers. */
export interface UsageMeter {
  /** Measures a started container in the background until it is gone, or until `end` or `close`. */
  follow(container: string, service: string): void;
  /** Stops measuring a container; does nothing for an unknown one. */
  end(container: string): void;
  /** The use of a container; undefined if it was not measured, for example because it has ended at once. */
  of(container: string): Usage | undefined;
  /** The use of each measured container, in the order in which they were followed. */
  all(): Usage[];
  /** Stops measuring all containers. */
  close(): void;
}

/** Milliseconds until the first measurement of a container: its use at the very start would say nothing about it. */
const FIRST = 300;

/** The most milliseconds between two measurements of a container: one costs the engine about 5 ms of processor time. */
const EVERY = 1_000;

/** How long (ms) one question may take. */
const ANSWERS_WITHIN = 5_000;

/** How often in a row the engine may fail before a container is no longer measured. */
const ATTEMPTS = 3;

/** The measurements of a container. */
interface Measured {
  service: string;
  /** Ends the measurements. */
  over: AbortController;
  /** The maximum so far, in bytes; 0 before the first reading. */
  peakMemory: number;
  /** Bytes; 0 without a limit, undefined before the engine has told it. */
  limit: number | undefined;
  /** Processor time (ms) of the present start, and of all starts before it. */
  cpuMs: number;
  cpuBefore: number;
}

/** A meter for the containers of a run. It asks one question at a time, so that it needs one connection at most. */
export function usageMeter(
  api: EngineApi,
  { sleep = pause }: { sleep?: Sleep } = {},
): UsageMeter {
  const containers = new Map<string, Measured>();
  const inTurn = queue();
  const measure = async (container: string, measured: Measured) => {
    const { signal } = measured.over;
    const options = { signal, within: ANSWERS_WITHIN };
    const ask = async () => {
      if (signal.aborted) return;
      const reading = await readStats(api, container, options);
      if (!reading) return;
      add(measured, reading);
      measured.limit ??= limitOf(
        reading,
        await memoryLimit(api, container, options),
      );
    };
    let failed = 0;
    for (let ms = FIRST; failed < ATTEMPTS; ms = Math.min(2 * ms, EVERY)) {
      await sleep(ms, signal);
      if (signal.aborted) return;
      try {
        await inTurn(ask);
        failed = 0;
      } catch (error) {
        if (error instanceof EngineError && error.status === 404) return;
        failed++;
      }
    }
  };
  const of = (container: string) => {
    const measured = containers.get(container);
    return measured && usageOf(container, measured);
  };
  const end = (container: string) => containers.get(container)?.over.abort();
  return {
    follow: (container, service) => {
      end(container);
      const over = new AbortController();
      const before = containers.get(container) ?? UNMEASURED;
      const measured = { ...before, service, over };
      containers.set(container, measured);
      void measure(container, measured);
    },
    end,
    of,
    all: () => [...containers.keys()].flatMap((name) => of(name) ?? []),
    close: () => [...containers.keys()].forEach(end),
  };
}

const UNMEASURED = { peakMemory: 0, limit: undefined, cpuMs: 0, cpuBefore: 0 };

/** Adds a reading; less processor time than before means that the container has started again. */
function add(measured: Measured, { memory, cpuMs }: Reading): void {
  measured.peakMemory = Math.max(measured.peakMemory, memory);
  if (cpuMs < measured.cpuMs) measured.cpuBefore += measured.cpuMs;
  measured.cpuMs = cpuMs;
}

/** The limit that holds: the engine's own figure is at most the memory of the machine. */
function limitOf({ limit }: Reading, configured: number): number {
  return configured === 0 ? 0 : Math.min(configured, limit ?? configured);
}

function usageOf(
  container: string,
  { service, peakMemory, limit, cpuMs, cpuBefore }: Measured,
): Usage | undefined {
  return peakMemory === 0 ? undefined : {
    container,
    service,
    peakMemory,
    ...(limit && { limit }),
    cpuMs: Math.round(cpuBefore + cpuMs),
  };
}

/** Runs tasks sequentially, in the order in which they come. */
function queue() {
  let last: Promise<unknown> = Promise.resolve();
  return <T>(task: () => Promise<T>): Promise<T> => {
    const done = last.then(task);
    last = done.catch(() => {});
    return done;
  };
}
