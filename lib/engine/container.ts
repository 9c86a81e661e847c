/**
 * Asks the engine about one container. A missing answer does not mean a missing container.
 *
 * @module
 */

import type { HealthCheck } from "./health_check.ts";
import { pause, type Sleep } from "../pause.ts";
import type { EngineApi } from "./api.ts";
import { type ContainerState, hasEnded } from "./container_state.ts";
import { EngineError } from "./http.ts";
import { containerPath } from "./paths.ts";

/** How long (ms) one question may take before it is repeated: a busy engine needs ten seconds and more. */
const ANSWERS_WITHIN = 30_000;

/**
 * The engine's description of a container, as far as todoflow reads it:
 * https://docs.docker.com/reference/api/engine/.
 */
export interface Inspected {
  Id?: string;
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
  /** ID of its image. */
  Image?: string;
  HostConfig?: {
    /** Bytes; 0 where there is no limit. */
    Memory?: number;
    RestartPolicy?: { Name?: string };
    ReadonlyRootfs?: boolean;
    NetworkMode?: string;
    /** Bytes. */
    ShmSize?: number;
    /** Options of mount(8), by path. */
    Tmpfs?: Readonly<Record<string, string>> | null;
  };
  Mounts?: readonly InspectedMount[] | null;
  NetworkSettings?: {
    Networks?: Readonly<Record<string, unknown>> | null;
  };
  Config: {
    User?: string;
    WorkingDir?: string;
    /** Such as "NAME=value". */
    Env?: readonly string[] | null;
    Healthcheck?: HealthCheck;
    Shell?: readonly string[];
    ExposedPorts?: Readonly<Record<string, unknown>> | null;
    Labels?: Readonly<Record<string, string>> | null;
  };
}

/** A mount of a container. */
export interface InspectedMount {
  /** Such as "bind", "volume" and "tmpfs". */
  Type: string;
  /** Of a volume. */
  Name?: string;
  Source?: string;
  Destination: string;
  RW?: boolean;
}

/** The outcome of a question about a container. */
export type Answer<T> =
  | { kind: "known"; value: T }
  /** The engine has no such container. */
  | { kind: "gone" }
  /** The engine has not answered in time. */
  | { kind: "silent" }
  /** The engine has refused, or its answer cannot be read. */
  | { kind: "failed"; detail: string };

/** Options of repeated questions. */
interface AskOptions {
  /** Ends the questions. */
  signal: AbortSignal;
  /** Waits between two attempts. */
  sleep?: Sleep | undefined;
}

/** Asks the engine once, for half a minute at most; the signal ends the question. */
export async function inspect(
  api: EngineApi,
  container: string,
  signal: AbortSignal,
): Promise<Answer<Inspected>> {
  const late = AbortSignal.timeout(ANSWERS_WITHIN);
  try {
    const found = await api.json<Inspected>(containerPath(container, "json"), {
      signal: AbortSignal.any([signal, late]),
    });
    return isWhole(found) ? { kind: "known", value: found } : {
      kind: "failed",
      detail: "the engine's answer does not describe a container",
    };
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    if (error.status === 404) return { kind: "gone" };
    if (late.aborted || signal.aborted) return { kind: "silent" };
    return { kind: "failed", detail: error.message };
  }
}

function isWhole(found: Inspected | null): boolean {
  return typeof found?.State?.Status === "string" &&
    typeof found.State.ExitCode === "number" &&
    typeof found.Config === "object" && found.Config !== null;
}

/** How often the engine may fail in a row, and the time (ms) between two attempts. */
const ATTEMPTS = 3;
const AGAIN_AFTER = 500;

/** Asks until the engine answers, the signal is aborted, or it has failed three times in a row. */
async function inspectAgain(
  api: EngineApi,
  container: string,
  { signal, sleep = pause }: AskOptions,
): Promise<Answer<Inspected>> {
  for (let failed = 0;;) {
    const answer = await inspect(api, container, signal);
    if (answer.kind === "known" || answer.kind === "gone") return answer;
    if (answer.kind === "failed" && ++failed === ATTEMPTS) return answer;
    if (signal.aborted) return { kind: "silent" };
    await sleep(AGAIN_AFTER, signal);
  }
}

/**
 * Waits for a container to end for good; resolves to its exit code, or to 1 if the code is unknown. An end with a failure is
 * none if the engine starts the container again because of `restart: on-failure`.
 */
export async function exitCodeOf(
  api: EngineApi,
  container: string,
  { signal, sleep = pause }: AskOptions,
): Promise<number> {
  for (let failed = 0; failed < ATTEMPTS && !signal.aborted;) {
    const code = await waitFor(api, container, signal);
    if (code === 0) return code;
    const answer = await inspectAgain(api, container, { signal, sleep });
    if (answer.kind !== "known") return code ?? 1;
    const { State: { Status, ExitCode }, HostConfig } = answer.value;
    if (hasEnded(Status)) return ExitCode;
    // Under any other policy, it would be started again after a success, too.
    const isAgain = ["restarting", "running"].includes(Status) &&
      HostConfig?.RestartPolicy?.Name === "on-failure";
    if (code !== undefined && !isAgain) return code;
    if (code === undefined) failed++;
    await sleep(AGAIN_AFTER, signal);
  }
  return 1;
}

/** The exit code that the engine reports when the container ends; undefined if the wait fails, which proves nothing. */
async function waitFor(
  api: EngineApi,
  container: string,
  signal: AbortSignal,
): Promise<number | undefined> {
  try {
    const path = containerPath(container, "wait");
    const { StatusCode, Error: problem } = await api.json<
      { StatusCode?: number; Error?: unknown }
    >(path, { method: "POST", signal, within: Infinity });
    return problem ? undefined : StatusCode;
  } catch (error) {
    if (error instanceof EngineError) return undefined;
    throw error;
  }
}

/** The state of a container, as `readiness.ts` needs it. */
export function stateOf(
  { State, Config: { Healthcheck } }: Pick<Inspected, "State" | "Config">,
): ContainerState {
  const { Status, ExitCode, StartedAt = "", Health } = State;
  const last = Health?.Log?.at(-1);
  const { StartPeriod = 0 } = Healthcheck ?? {};
  return {
    ...(StartPeriod > 0 && { startPeriod: StartPeriod / 1e6 }),
    status: Status,
    exitCode: ExitCode,
    startedAt: StartedAt,
    // The engine says "none" for a disabled check.
    health: Health && Health.Status !== "none"
      ? Health.Status as NonNullable<ContainerState["health"]>
      : undefined,
    lastProbe: last && { exitCode: last.ExitCode, output: last.Output },
  };
}

/** The TCP ports that its image exposes. The keys are such as "8000/tcp" from images and "8000" from Compose's `expose`. */
export function exposedPorts({ ExposedPorts }: Inspected["Config"]): number[] {
  return Object.keys(ExposedPorts ?? {})
    .filter((port) => /^\d+(\/tcp)?$/.test(port))
    .map((port) => parseInt(port));
}
