/**
 * What the runner reaches the engine with: follows containers, asks whether they are ready, proves URLs.
 *
 * @module
 */

import type { Artifacts } from "../artifacts/collect.ts";
import { endChildren } from "../child.ts";
import {
  exitCodeOf,
  exposedPorts,
  inspect,
  type Inspected,
  stateOf,
} from "../engine/container.ts";
import { capture, execute } from "../engine/docker.ts";
import type { PostMortem } from "../plan/diagnosis.ts";
import type { Fault } from "../errors/wording.ts";
import { faultIn } from "../plan/faults.ts";
import type { Proof } from "../engine/owned.ts";
import { pause, within } from "../pause.ts";
import { type Owns, RUN_LABEL, type Shell } from "../plan/plan.ts";
import { pusher } from "../publish/push.ts";
import {
  checkCommand,
  checkTimeout,
  OPEN,
  probeCommand,
  readProbe,
} from "../engine/health_check.ts";
import { FILES_LABEL, runIn } from "../engine/objects.ts";
import {
  awaitReady,
  hasEnded,
  type Probe,
  type Seen,
} from "../engine/readiness.ts";
import { tearDown } from "../engine/teardown.ts";
import type { ChildOptions, Executor } from "../plan/executor.ts";

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

/** Milliseconds that the collection of logs and reports may take when a signal has stopped the run. */
const HURRY = 1_500;

/** How long (ms) removal waits for the collection of logs and reports, and how long after that was told to end. */
const COLLECTED_WITHIN = 5 * 60_000;
const COLLECTED_STOPPED = 500;

/** How often docker may fail to say whose a volume is. */
const ATTEMPTS = 3;

/** How long (ms) the engine may take to show that it is there, and what has become of a container. */
const ANSWERS_WITHIN = 30_000;

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

/** How many of a container's last lines are looked at. */
const LAST_LINES = 15;

async function postMortem(
  $: Shell,
  container: string,
  { artifacts, signal }: { artifacts: Artifacts; signal: AbortSignal },
): Promise<PostMortem | undefined> {
  const [answer, lines = []] = await Promise.all([
    inspect($, container, signal),
    // A log that cannot be read must not hide what has failed.
    within(
      artifacts.lastLines(container, LAST_LINES).catch(() => []),
      { ms: ANSWERS_WITHIN, signal },
    ),
  ]);
  if (answer.kind !== "known") return undefined;
  const { State, HostConfig } = answer.value;
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
  signal: AbortSignal,
): Promise<Fault | undefined> {
  const fault = faultIn(lines);
  if (fault) return fault;
  const { code, stderr } = await capture(
    $`docker version --format ${"{{.Server.Version}}"}`,
    AbortSignal.any([signal, AbortSignal.timeout(ANSWERS_WITHIN)]),
  );
  // A question that was stopped shows nothing.
  return code === 0 || signal.aborted ? undefined : {
    kind: "engine-lost",
    detail: stderr.trim().split("\n").at(-1) || "it does not answer",
  };
}

/** UTF-16 units of a health check's lines that are kept. */
const MAX_CHECK = 64 * 1024;

/** Whether a container was made by another run, or by a person. */
function isAnothers({ Labels }: Inspected["Config"], proof: Proof): boolean {
  const files = Labels?.[FILES_LABEL];
  return files !== undefined && Boolean(proof.marks) && !proof.own &&
    runIn(files) !== proof.run;
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

function probe(
  $: Shell,
  container: string,
  { serves, proof }: { serves: boolean; proof: Proof },
): Probe {
  let config: Inspected["Config"] = {};
  return {
    inspect: async (signal) => {
      const answer = await inspect($, container, signal);
      if (answer.kind !== "known") return answer;
      config = answer.value.Config;
      // Somebody may have made it while the images were built.
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
      const exitCode = await execute(
        $`docker exec ${container} ${probeCommand(command, ports)}`,
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
      // The engine, too, calls a check that takes too long a failure.
      return read &&
        { ...read, exitCode: timeout.signal.aborted ? 1 : exitCode };
    },
  };
}

/** Why a container cannot answer any more; undefined while it runs, or nobody knows. */
async function problemOf($: Shell, container: string, signal: AbortSignal) {
  const answer = await inspect($, container, signal);
  if (answer.kind === "gone") return `${container} is gone`;
  if (answer.kind !== "known") return undefined;
  const { Status, ExitCode } = answer.value.State;
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
