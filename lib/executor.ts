/**
 * What the runner reaches the engine with: follows containers, asks whether they are ready, proves URLs.
 *
 * @module
 */

import type { Artifacts } from "./artifacts.ts";
import { ANSWERS_WITHIN, capture, endChildren, execute } from "./engine.ts";
import type { PostMortem } from "./diagnosis.ts";
import type { Fault } from "./errors.ts";
import { faultIn } from "./faults.ts";
import { pause } from "./pause.ts";
import type { Owns, Shell } from "./plan.ts";
import { pusher } from "./push.ts";
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
  type Seen,
} from "./readiness.ts";
import type { ChildOptions, Executor } from "./runner.ts";
import { type Believed, tearDown } from "./teardown.ts";

/** What the executor is made from. */
export interface ExecutorOptions {
  $: Shell;
  artifacts: Artifacts;
  /** What should be there of what is owned: before the run has made something, and after. */
  believed: (
    owns: Owns,
    when: { made: boolean; keepsImages: boolean },
  ) => Believed;
  /** Names the run. */
  run: string;
  /** Where the engine is reached, such as `unix:///var/run/docker.sock`. */
  endpoint: string;
  /** Called when clean-up has collected what there is, while the engine still removes. */
  onCollected?: () => void;
}

/** Milliseconds that the collection of logs and reports may take when a signal has stopped the run. */
const HURRY = 1_500;

/** How the command line of Compose begins, as docker's plugin too: what makes something on the engine and takes time. */
const COMPOSE = /^\S*docker\S* compose /;

/** The executor that reaches the engine through `$`. */
export function executor(
  { $, artifacts, endpoint, believed, run, onCollected }: ExecutorOptions,
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
      return awaitReady(probe($, container, options), {
        ...options,
        seen: seen.get(container)!,
      });
    },
    follow: async (container, options) => {
      const ended = exitCodeOf($, container, options.signal);
      const [code] = await Promise.all([
        ended,
        artifacts.follow(container, options.service, { ...options, ended }),
      ]);
      return code;
    },
    collect: (container, options) => artifacts.collect([container], options),
    remove: async (container) => {
      await capture($`docker rm --force --volumes ${container}`);
    },
    tearDown: async ({ owns, grace, keepsImages }, options) => {
      // One that was stopped as soon as it was started has left its plugin, which would go on and make images.
      if (options.thorough) await endChildren(run, COMPOSE);
      return await tearDown($, owns, {
        ...options,
        grace,
        keepsImages,
        // After a failure nobody knows.
        ...(!options.thorough && {
          believed: believed(owns, { made: options.made, keepsImages }),
        }),
        ended: async (containers) => {
          const { signal, cancel } = hurried(options.signal, options.stop);
          await artifacts.collect(containers, { ...options, signal });
          cancel();
          if (options.made) onCollected?.();
        },
      });
    },
    diagnose: (lines) => diagnose($, lines),
    push: pusher($),
    postMortem: (container) => postMortem($, container, artifacts),
    prove: (address, path, options) => {
      const url = urlOf(address, path, endpoint);
      if (url) {
        return prove(url, options, () => problemOf($, options.container));
      }
      options.output(
        `${address} is on the loopback of the engine's host, ${endpoint}: publish the port on an address that can be reached`,
      );
      return Promise.resolve("");
    },
  };
}

/** How often a container is waited for. */
const WAITS = 3;

/** Waits for a container to end; resolves to its exit code, or to 1 where that cannot be had. */
async function exitCodeOf(
  $: Shell,
  container: string,
  signal: AbortSignal,
): Promise<number> {
  for (let i = 0; i < WAITS && !signal.aborted; i++) {
    const { stdout } = await capture($`docker wait ${container}`, signal);
    // A wait that was ended has printed nothing, and says nothing of the container.
    if (stdout.trim() !== "") return Number(stdout);
  }
  return 1;
}

/** How many of a container's last lines are looked at. */
const LAST_LINES = 15;

async function postMortem(
  $: Shell,
  container: string,
  { lastLines }: Artifacts,
): Promise<PostMortem | undefined> {
  const [{ State, HostConfig }, lines] = await Promise.all([
    inspect($, container),
    lastLines(container, LAST_LINES),
  ]);
  if (State.Status === "gone") return undefined;
  return {
    runs: !hasEnded(State.Status),
    exitCode: State.ExitCode,
    outOfMemory: State.OOMKilled ?? false,
    memory: HostConfig?.Memory ?? 0,
    error: State.Error ?? "",
    lines,
  };
}

/** A signal that is aborted when `signal` is, and some time after `stop` was. */
function hurried(signal: AbortSignal, stop: AbortSignal) {
  const late = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const begin = () => timer = setTimeout(() => late.abort(), HURRY);
  if (stop.aborted) begin();
  else stop.addEventListener("abort", begin);
  const cancel = () => {
    stop.removeEventListener("abort", begin);
    clearTimeout(timer);
  };
  return { signal: AbortSignal.any([signal, late.signal]), cancel };
}

/** An engine that does not answer any more is the cause of whatever failed. */
async function diagnose(
  $: Shell,
  lines: readonly string[],
): Promise<Fault | undefined> {
  const fault = faultIn(lines);
  if (fault) return fault;
  const { code, stderr } = await capture(
    $`docker version --format ${"{{.Server.Version}}"}`,
    AbortSignal.timeout(ANSWERS_WITHIN),
  );
  return code === 0 ? undefined : {
    kind: "engine-lost",
    detail: stderr.trim().split("\n").at(-1) || "it does not answer",
  };
}

/** What `docker inspect` says of a container, as far as it is read: https://docs.docker.com/reference/api/engine/. */
interface Inspected {
  State: {
    Status: string;
    ExitCode: number;
    StartedAt?: string;
    OOMKilled?: boolean;
    Error?: string;
    Health?: {
      Status: string;
      Log?: readonly { ExitCode: number; Output: string }[] | null;
    };
  };
  HostConfig?: {
    /** Bytes; 0 where there is no limit. */
    Memory?: number;
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
    AbortSignal.timeout(ANSWERS_WITHIN),
  );
  return code === 0
    ? JSON.parse(stdout) as Inspected
    : { State: { Status: "gone", ExitCode: code }, Config: {} };
}

function probe(
  $: Shell,
  container: string,
  { serves }: { serves: boolean },
): Probe {
  let config: Inspected["Config"] = {};
  return {
    inspect: async () => {
      const { State, Config } = await inspect($, container);
      config = Config;
      return stateOf(State);
    },
    check: async (signal) => {
      const command = checkCommand(config.Healthcheck ?? {}, config.Shell);
      const ports = serves ? exposedPorts(config) : [];
      if (!command || (serves && ports.length === 0)) return undefined;
      const timeout = new AbortController();
      let timer: ReturnType<typeof setTimeout> | undefined;
      const lines: string[] = [];
      const exitCode = await execute(
        $`docker exec ${container} ${probeCommand(command, ports)}`,
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
  { Status, ExitCode, StartedAt = "", Health }: Inspected["State"],
): ContainerState {
  const last = Health?.Log?.at(-1);
  return {
    status: Status,
    exitCode: ExitCode,
    startedAt: StartedAt,
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

/**
 * The URL of a published port: the engine's host stands for every address of the engine. Undefined where it is published
 * on the loopback of another machine, which nobody here reaches.
 */
export function urlOf(
  address: string,
  path: string,
  endpoint: string,
): URL | undefined {
  const [, published = "", port = ""] = address.match(/^(.*):(\d+)$/) ?? [];
  const engine = hostOf(endpoint);
  const host = ["0.0.0.0", "[::]", "::"].includes(published)
    ? engine
    : isLoopback(published)
    ? isLoopback(engine) ? "localhost" : undefined
    : published;
  return host === undefined
    ? undefined
    : new URL(path, `http://${host}:${port}`);
}

function isLoopback(host: string): boolean {
  return /^(localhost|127\..*|\[?::1\]?)$/.test(host);
}

/** A socket or a named pipe is this machine's. */
function hostOf(endpoint: string): string {
  const { protocol, host, hostname } = new URL(endpoint);
  const isRemote = ["tcp:", "ssh:", "http:", "https:"].includes(protocol);
  return isRemote && host !== "" ? hostname : "localhost";
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
    await pause(PROVE_EVERY);
  }
  output(problem);
  return "";
}
