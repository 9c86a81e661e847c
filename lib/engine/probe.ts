/**
 * Runs the health check of a container early.
 *
 * @module
 */

import { whyUncheckable } from "../causes/programs.ts";
import type { Probe } from "./readiness.ts";
import {
  checkCommand,
  checkTimeout,
  OPEN,
  probeCommand,
  readProbe,
} from "./health_check.ts";
import type { EngineApi } from "./api.ts";
import { isAnothers, type Proof } from "./owned.ts";
import { exposedPorts, inspect, type Inspected, stateOf } from "./container.ts";
import { run } from "./exec.ts";
import { hasEnded, type ProbeResult } from "./container_state.ts";

/** How many UTF-16 units of a health check's output are kept. */
const MAX_CHECK = 64 * 1024;

/** How long (ms) a check may take whose only purpose is to find out whether its program is there. */
const STARTS_WITHIN = 2_000;

/** The questions about a container. */
export function probe(
  api: EngineApi,
  container: string,
  { serves, proof }: { serves: boolean; proof: Proof },
): Probe {
  let config: Inspected["Config"] = {};
  /** Whether the check was seen to run: then its program is there. */
  let isAble = false;
  return {
    inspect: async (signal) => {
      const answer = await inspect(api, container, signal);
      if (answer.kind !== "known") return answer;
      config = answer.value.Config;
      // Another program may have made it while the images were built.
      if (isAnothers(config, proof)) return { kind: "foreign" };
      return { kind: "known", state: stateOf(answer.value) };
    },
    check: async (signal) => {
      const command = checkCommand(config.Healthcheck ?? {}, config.Shell);
      if (!command) return undefined;
      const ports = serves ? exposedPorts(config) : [];
      const own = { signal, ms: checkTimeout(config.Healthcheck ?? {}) };
      const read = serves && ports.length === 0
        ? undefined
        : await checkOn(ports, command, { ...own, api, container });
      if (read?.listens || isAble || signal.aborted) return read;
      // Its success would prove nothing, but a program that is missing now is missing when a port listens.
      const done = await runFor(STARTS_WITHIN, command, {
        ...{ api, container, signal },
      });
      isAble = whyUncheckable(done) === undefined;
      return isAble ? read : { listens: false, ...done };
    },
  };
}

/** How a check is run. */
interface Running {
  api: EngineApi;
  container: string;
  signal: AbortSignal;
}

/** Runs a check as soon as a port listens; undefined if the container lacks the means to find out. */
async function checkOn(
  ports: readonly number[],
  command: readonly string[],
  { ms, ...own }: Running & { ms: number },
): Promise<Awaited<ReturnType<Probe["check"]>>> {
  const late = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const { exitCode, output } = await runOnce(probeCommand(command, ports), {
    ...own,
    late: late.signal,
    onLine: (line) => {
      if (line === OPEN) timer = setTimeout(() => late.abort(), ms);
    },
  });
  clearTimeout(timer);
  const read = readProbe(output);
  // Like the engine, count a check that takes too long as a failure.
  return read && { ...read, exitCode: late.signal.aborted ? 1 : exitCode };
}

/** Runs a check for some milliseconds at most. */
async function runFor(
  ms: number,
  command: readonly string[],
  own: Running,
): Promise<ProbeResult> {
  return await runOnce(command, { ...own, late: AbortSignal.timeout(ms) });
}

/** Runs a program in the container until `late` is aborted. */
async function runOnce(
  argv: readonly string[],
  { api, container, signal, late, onLine }: Running & {
    late: AbortSignal;
    onLine?: (line: string) => void;
  },
): Promise<ProbeResult> {
  const lines: string[] = [];
  let length = 0;
  const exitCode = await run(api, container, argv, {
    signal: AbortSignal.any([signal, late]),
    output: (line) => {
      length += line.length + 1;
      if (length <= MAX_CHECK) lines.push(line);
      onLine?.(line);
    },
  });
  return { exitCode, output: lines.join("\n") };
}

/** The reason why a container no longer answers; undefined while it runs or its state is unknown. */
export async function problemOf(
  api: EngineApi,
  container: string,
  signal: AbortSignal,
) {
  const answer = await inspect(api, container, signal);
  if (answer.kind === "gone") return `${container} is gone`;
  if (answer.kind !== "known") return undefined;
  const { Status, ExitCode } = answer.value.State;
  return hasEnded(Status)
    ? `${container} exited with code ${ExitCode}`
    : undefined;
}
