/**
 * Asks the engine about one container. A missing answer does not mean a missing container.
 *
 * @module
 */

import type { HealthCheck } from "./health_check.ts";
import { pause, type Sleep } from "../pause.ts";
import type { Shell } from "../plan/plan.ts";
import { capture } from "./command.ts";
import type { ContainerState } from "./container_state.ts";

/** How long (ms) one question may take before it is repeated: a busy engine needs ten seconds and more. */
const ANSWERS_WITHIN = 30_000;

/**
 * The output of `docker inspect` for a container, as far as todoflow reads it:
 * https://docs.docker.com/reference/api/engine/.
 */
export interface Inspected {
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
    Labels?: Readonly<Record<string, string>> | null;
  };
}

/** The outcome of a question about a container. */
export type Answer<T> =
  | { kind: "known"; value: T }
  /** The engine has no such container. */
  | { kind: "gone" }
  /** The engine has not answered in time. */
  | { kind: "silent" }
  /** Docker has failed, or its answer cannot be read. */
  | { kind: "failed"; detail: string };

/** A question about a container. */
interface Question<T> {
  /** The template of `docker inspect`. */
  format: string;
  /** Reads a line of the answer; undefined for any other line. */
  read: (line: string) => T | undefined;
  /** Ends the question. */
  signal: AbortSignal;
  /** Waits between two attempts. */
  sleep?: Sleep | undefined;
}

/** Asks the engine once, for half a minute at most; the signal ends the question. */
export function inspect(
  $: Shell,
  container: string,
  signal: AbortSignal,
): Promise<Answer<Inspected>> {
  const format = "{{json .}}";
  return ask($, container, { format, read: inspectedIn, signal });
}

async function ask<T>(
  $: Shell,
  container: string,
  { format, read, signal }: Question<T>,
): Promise<Answer<T>> {
  const late = AbortSignal.any([signal, AbortSignal.timeout(ANSWERS_WITHIN)]);
  const { code, stdout, stderr } = await capture(
    $`docker container inspect --format ${format} ${container}`,
    late,
  );
  if (code === 0) return readAnswer(stdout, read);
  if (late.aborted) return { kind: "silent" };
  return /no such (container|object)/i.test(stderr) ? { kind: "gone" } : {
    kind: "failed",
    detail: lastLine(stderr) || `docker has ended with exit code ${code}`,
  };
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1)!.trim();
}

/** Finds the answer among the lines: a wrapper named docker may print notices around it. */
function readAnswer<T>(
  stdout: string,
  read: Question<T>["read"],
): Answer<T> {
  for (const line of stdout.split("\n").toReversed()) {
    const value = read(line.replace(/^\ufeff/, "").trim());
    if (value !== undefined) return { kind: "known", value };
  }
  const [first = ""] = stdout.trim().split("\n");
  return {
    kind: "failed",
    detail: `docker container inspect has answered "${first.slice(0, 80)}"`,
  };
}

function inspectedIn(line: string): Inspected | undefined {
  try {
    const found = JSON.parse(line);
    const isWhole = typeof found?.State?.Status === "string" &&
      typeof found.State.ExitCode === "number" &&
      typeof found.Config === "object" && found.Config !== null;
    return isWhole ? found : undefined;
  } catch {
    return undefined;
  }
}

/** How often docker may fail in a row, and the time (ms) between two attempts. */
const ATTEMPTS = 3;
const AGAIN_AFTER = 500;

/** Repeats a question until the engine answers, the signal is aborted, or docker has failed three times in a row. */
async function askAgain<T>(
  $: Shell,
  container: string,
  question: Question<T>,
): Promise<Answer<T>> {
  const { signal, sleep = pause } = question;
  for (let failed = 0;;) {
    const answer = await ask($, container, question);
    if (answer.kind === "known" || answer.kind === "gone") return answer;
    if (answer.kind === "failed" && ++failed === ATTEMPTS) return answer;
    if (signal.aborted) return { kind: "silent" };
    await sleep(AGAIN_AFTER, signal);
  }
}

/**
 * The ID of the image that a container runs, because its name may mean another image by now. Asks like {@linkcode
 * inspect}, but repeatedly.
 */
export function imageOf(
  $: Shell,
  container: string,
  signal: AbortSignal,
): Promise<Answer<string>> {
  return askAgain($, container, {
    format: "{{.Image}}",
    read: (line) => /^sha256:[0-9a-f]{64}$/.exec(line)?.[0],
    signal,
  });
}

/** Waits for a container to end; resolves to its exit code, or to 1 if the code is unknown. */
export async function exitCodeOf(
  $: Shell,
  container: string,
  { signal, sleep = pause }: Pick<Question<unknown>, "signal" | "sleep">,
): Promise<number> {
  for (let i = 0; i < ATTEMPTS && !signal.aborted; i++) {
    const { stdout } = await capture($`docker wait ${container}`, signal);
    // An aborted wait prints nothing, and proves nothing about the container.
    const code = stdout.match(/^\s*(\d+)\s*$/m)?.[1];
    if (code !== undefined) return Number(code);
    const format = "{{json .}}";
    const question = { format, read: inspectedIn, signal, sleep };
    const answer = await askAgain($, container, question);
    if (answer.kind !== "known") return 1;
    const { Status, ExitCode } = answer.value.State;
    if (Status === "exited" || Status === "dead") return ExitCode;
    await sleep(AGAIN_AFTER, signal);
  }
  return 1;
}

/** The state of a container, as `readiness.ts` needs it. */
export function stateOf(
  { Status, ExitCode, StartedAt = "", Health }: Inspected["State"],
): ContainerState {
  const last = Health?.Log?.at(-1);
  return {
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
