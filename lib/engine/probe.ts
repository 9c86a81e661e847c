/**
 * Runs the health check of a container early.
 *
 * @module
 */

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
import { hasEnded } from "./container_state.ts";

/** How many UTF-16 units of a health check's output are kept. */
const MAX_CHECK = 64 * 1024;

export function probe(
  api: EngineApi,
  container: string,
  { serves, proof }: { serves: boolean; proof: Proof },
): Probe {
  let config: Inspected["Config"] = {};
  return {
    inspect: async (signal) => {
      const answer = await inspect(api, container, signal);
      if (answer.kind !== "known") return answer;
      config = answer.value.Config;
      // Another program may have made it while the images were built.
      if (isAnothers(config, proof)) return { kind: "foreign" };
      return { kind: "known", state: stateOf(answer.value.State) };
    },
    check: async (signal) => {
      const command = checkCommand(config.Healthcheck ?? {}, config.Shell);
      const ports = serves ? exposedPorts(config) : [];
      if (!command || (serves && ports.length === 0)) return undefined;
      const timeout = new AbortController();
      let timer: ReturnType<typeof setTimeout> | undefined;
      const lines: string[] = [];
      let length = 0;
      const exitCode = await run(
        api,
        container,
        probeCommand(command, ports),
        {
          signal: AbortSignal.any([signal, timeout.signal]),
          output: (line) => {
            length += line.length + 1;
            if (length <= MAX_CHECK) lines.push(line);
            if (line !== OPEN) return;
            const ms = checkTimeout(config.Healthcheck ?? {});
            timer = setTimeout(() => timeout.abort(), ms);
          },
        },
      );
      clearTimeout(timer);
      const read = readProbe(lines.join("\n"));
      // Like the engine, count a check that takes too long as a failure.
      return read &&
        { ...read, exitCode: timeout.signal.aborted ? 1 : exitCode };
    },
  };
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
