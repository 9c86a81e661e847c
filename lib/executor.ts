/**
 * What the runner reaches the engine with: follows containers, asks whether they are ready, proves URLs.
 *
 * @module
 */

import { copyReport } from "./artifacts.ts";
import { capture, execute } from "./engine.ts";
import type { Shell } from "./plan.ts";
import {
  checkCommand,
  checkTimeout,
  type HealthCheck,
  OPEN,
  probeCommand,
  readProbe,
} from "./health_check.ts";
import {
  awaitReady,
  type ContainerState,
  hasEnded,
  type Probe,
} from "./readiness.ts";
import type { ChildOptions, Executor } from "./runner.ts";

/** What the executor is made from. */
export interface ExecutorOptions {
  $: Shell;
  /** Absolute path of the folder that reports are copied to; made when the first one is. */
  reports: string;
}

/** The executor that reaches the engine through `$`. */
export function executor({ $, reports }: ExecutorOptions): Executor {
  return {
    execute,
    capture: (command, signal) => capture(command, signal),
    awaitReady: (container, options) =>
      awaitReady(probe($, container), options),
    follow: async (container, options) => {
      const [{ stdout }] = await Promise.all([
        capture($`docker wait ${container}`, options.signal),
        execute($`docker logs --follow ${container}`, options),
      ]);
      // Nothing is printed when the wait was ended by the signal.
      return stdout.trim() === "" ? 1 : Number(stdout);
    },
    copyReport: (container, path) =>
      copyReport({ $, folder: reports }, { container, path }),
    remove: async (container) => {
      await capture($`docker rm --force --volumes ${container}`);
    },
    prove: (address, path, options) =>
      prove(
        urlOf(address, path),
        options,
        () => problemOf($, options.container),
      ),
  };
}

/** What `docker inspect` says of a container, as far as it is read: https://docs.docker.com/reference/api/engine/. */
interface Inspected {
  State: {
    Status: string;
    ExitCode: number;
    Health?: {
      Status: string;
      Log?: readonly { ExitCode: number; Output: string }[] | null;
    };
  };
  Config: {
    Healthcheck?: HealthCheck;
    Shell?: readonly string[];
    ExposedPorts?: Readonly<Record<string, unknown>> | null;
  };
}

async function inspect($: Shell, container: string): Promise<Inspected> {
  const { code, stdout } = await capture(
    $`docker container inspect --format ${"{{json .}}"} ${container}`,
  );
  return code === 0
    ? JSON.parse(stdout) as Inspected
    : { State: { Status: "gone", ExitCode: code }, Config: {} };
}

function probe($: Shell, container: string): Probe {
  let config: Inspected["Config"] = {};
  return {
    inspect: async () => {
      const { State, Config } = await inspect($, container);
      config = Config;
      return stateOf(State);
    },
    check: async (signal) => {
      const command = checkCommand(config.Healthcheck ?? {}, config.Shell);
      const exposed = exposedPorts(config);
      if (!command || exposed.length === 0) return undefined;
      const timeout = new AbortController();
      let timer: ReturnType<typeof setTimeout> | undefined;
      const lines: string[] = [];
      const exitCode = await execute(
        $`docker exec ${container} ${probeCommand(command, exposed)}`,
        {
          signal: AbortSignal.any([signal, timeout.signal]),
          output: (line) => {
            lines.push(line);
            if (line !== OPEN) return;
            const ms = checkTimeout(config.Healthcheck ?? {});
            timer = setTimeout(() => timeout.abort(), ms);
          },
        },
      );
      clearTimeout(timer);
      const read = readProbe(lines.join("\n"));
      // The engine, too, calls a check that takes too long a failure.
      return read &&
        { ...read, exitCode: timeout.signal.aborted ? 1 : exitCode };
    },
  };
}

function stateOf(
  { Status, ExitCode, Health }: Inspected["State"],
): ContainerState {
  const last = Health?.Log?.at(-1);
  return {
    status: Status,
    exitCode: ExitCode,
    // "none" is what the engine says where the check was disabled.
    health: Health && Health.Status !== "none"
      ? Health.Status as NonNullable<ContainerState["health"]>
      : undefined,
    lastProbe: last && { exitCode: last.ExitCode, output: last.Output },
  };
}

/** The keys are such as "8000/tcp" from images and "8000" from Compose's `expose`. */
function exposedPorts({ ExposedPorts }: Inspected["Config"]): number[] {
  return Object.keys(ExposedPorts ?? {})
    .filter((port) => /^\d+(\/tcp)?$/.test(port))
    .map((port) => parseInt(port));
}

/** Why a container cannot answer any more; undefined while it runs. */
async function problemOf($: Shell, container: string) {
  const { State: { Status, ExitCode } } = await inspect($, container);
  return hasEnded(Status)
    ? `${container} exited with code ${ExitCode}`
    : undefined;
}

/** Milliseconds between two requests to a URL that does not answer yet. */
const PROVE_EVERY = 100;

/** An engine that publishes on every address is reached as localhost. */
function urlOf(address: string, path: string): URL {
  const [, host = "", port = ""] = address.match(/^(.*):(\d+)$/) ?? [];
  const local = ["127.0.0.1", "0.0.0.0", "[::]", "::"].includes(host);
  return new URL(path, `http://${local ? "localhost" : host}:${port}`);
}

/** See {@linkcode Executor.prove}. */
async function prove(
  url: URL,
  { signal, output }: ChildOptions,
  problemOf: () => Promise<string | undefined>,
): Promise<string> {
  let problem = "";
  while (!signal.aborted) {
    try {
      const response = await fetch(url, { signal, redirect: "manual" });
      await response.body?.cancel();
      if (response.status < 500) return url.origin;
      problem = `${url} answers with status ${response.status}`;
    } catch (error) {
      problem = `${url} does not answer: ${(error as Error).message}`;
    }
    const ended = await problemOf();
    if (ended) {
      output(ended);
      return "";
    }
    await new Promise((resolve) => setTimeout(resolve, PROVE_EVERY));
  }
  output(problem);
  return "";
}
