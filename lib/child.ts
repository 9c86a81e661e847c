/**
 * Runs a child process that always ends: after an abort it gets a second, then it is killed, and a pipe that a
 * grandchild still holds is abandoned.
 *
 * @module
 */

import { pause } from "./pause.ts";

/** How long (ms) a child may take to end after SIGTERM before it is killed. */
const GRACE = 1_000;

/** How long (ms) to read the silent pipes of an ended child, and those of a stopped one. */
const SILENCE = 1_000;
const SILENCE_STOPPED = 100;

/** The time (ms) between two looks at the pipes of an ended child. */
const LOOK_EVERY = 20;

/** How long (ms) a question without a signal of its own may take. */
export const ANSWERS_WITHIN = 60_000;

/** Options of {@linkcode runChild}. */
interface ChildInit {
  args: readonly string[];
  /** Absolute path; by default the working directory of this process. */
  cwd?: string;
  /** Its whole environment; by default that of this process. */
  env?: Readonly<Record<string, string>>;
  /** Each of them ends the child. */
  signals: readonly (AbortSignal | undefined)[];
  /** Takes the output of the child; the child waits until this resolves. */
  stdout: (chunk: Uint8Array) => unknown;
  stderr: (chunk: Uint8Array) => unknown;
}

/** The end of a child. */
export interface Ending {
  code: number;
  /** The signal that has ended it, if any. */
  signal: Deno.Signal | null;
  /** Whether it was stopped by one of our signals. */
  stopped: boolean;
}

/** The exit code of a shell for a program that SIGTERM has ended. */
export const TERMINATED = 128 + 15;

/** The reason why a program could not be started; "" for a missing program, which has a message of its own. */
export function spawnProblem(error: unknown): string {
  const { NotFound, NotCapable } = Deno.errors;
  const { message } = error as Error;
  // Deno refuses a program that was not on PATH when its permission was read.
  if (error instanceof NotCapable) return "";
  // A missing folder is the same error with another message.
  return error instanceof NotFound && !message.includes("cwd") ? "" : message;
}

/**
 * Runs a program to its end.
 *
 * @throws {Error} of Deno if it cannot be started
 */
export async function runChild(
  program: string,
  { args, cwd, env, signals, stdout, stderr }: ChildInit,
): Promise<Ending> {
  const signal = AbortSignal.any(signals.filter((one) => one !== undefined));
  if (signal.aborted) return { code: TERMINATED, signal: null, stopped: true };
  const child = new Deno.Command(program, {
    args: [...args],
    ...(cwd !== undefined && { cwd }),
    ...(env && { env, clearEnv: true }),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const pipes = [reader(child.stdout, stdout), reader(child.stderr, stderr)];
  const stopping = stopper(child, signal);
  try {
    const status = await Promise.race([child.status, stopping.abandoned]);
    const { stopped } = stopping;
    await drained(pipes, stopped ? SILENCE_STOPPED : SILENCE);
    return { code: status.code, signal: status.signal, stopped };
  } finally {
    stopping.end();
    for (const pipe of pipes) await pipe.abandon();
  }
}

/** Ends the child when the signal is aborted. */
function stopper(child: Deno.ChildProcess, signal: AbortSignal) {
  // A child that survives SIGKILL hangs in the kernel.
  const abandoned = Promise.withResolvers<{ code: number; signal: null }>();
  const timers: ReturnType<typeof setTimeout>[] = [];
  const kill = (signal: Deno.Signal) => {
    try {
      child.kill(signal);
    } catch {
      // The child has ended already.
    }
  };
  const stopping = {
    stopped: false,
    abandoned: abandoned.promise,
    end: () => {
      signal.removeEventListener("abort", stop);
      timers.forEach(clearTimeout);
    },
  };
  const stop = () => {
    stopping.stopped = true;
    kill("SIGTERM");
    timers.push(
      setTimeout(() => kill("SIGKILL"), GRACE),
      setTimeout(
        () => abandoned.resolve({ code: TERMINATED, signal: null }),
        GRACE + SILENCE,
      ),
    );
  };
  signal.addEventListener("abort", stop);
  return stopping;
}

/** Passes on the output of a pipe until its end. */
function reader(
  stream: ReadableStream<Uint8Array>,
  take: (chunk: Uint8Array) => unknown,
) {
  const reader = stream.getReader();
  const pipe = { chunks: 0, isTaken: true };
  const read = async () => {
    for (;;) {
      const { value } = await reader.read();
      if (value === undefined) return;
      pipe.isTaken = false;
      await take(value);
      pipe.isTaken = true;
      pipe.chunks++;
    }
  };
  const ended = read();
  // `drained` reports the rejection.
  ended.catch(() => {});
  const abandon = () => reader.cancel().catch(() => {});
  return Object.assign(pipe, { ended, abandon });
}

/**
 * Waits until all pipes have ended or have been silent for some time: a grandchild that has outlived the child may hold
 * them forever. Rejects with the exception of the function that takes a chunk.
 */
async function drained(
  pipes: readonly ReturnType<typeof reader>[],
  silence: number,
): Promise<void> {
  const over = new AbortController();
  const read = Promise.all(pipes.map(({ ended }) => ended))
    .finally(() => over.abort());
  const moved = () =>
    pipes.map(({ chunks, isTaken }) => isTaken ? chunks : NaN).join();
  let seen = moved();
  // Counts looks instead of time, because a busy process has not listened.
  for (let looks = silence / LOOK_EVERY; looks > 0; looks--) {
    await Promise.race([read, pause(LOOK_EVERY, over.signal)]);
    if (over.signal.aborted) return void await read;
    if (moved() === seen && !seen.includes("NaN")) continue;
    seen = moved();
    looks = silence / LOOK_EVERY;
  }
  read.catch(() => {});
}

/** The output of a finished command. */
export interface Output {
  code: number;
  stdout: string;
  stderr: string;
}

/** Collects the output of a program; see {@linkcode runChild}. */
export async function outputOf(
  program: string,
  init: Omit<ChildInit, "stdout" | "stderr">,
): Promise<Output & Ending> {
  const text = { stdout: "", stderr: "" };
  const collect = (name: keyof typeof text) => {
    const decoder = new TextDecoder();
    return (chunk?: Uint8Array) =>
      text[name] += decoder.decode(chunk, { stream: chunk !== undefined });
  };
  const [stdout, stderr] = [collect("stdout"), collect("stderr")];
  const ending = await runChild(program, { ...init, stdout, stderr });
  stdout();
  stderr();
  return { ...ending, ...text };
}

/**
 * The variable with the id of the run, which every child of a run has: a child with the id of a dead run may be ended.
 */
export const RUN_MARK = "TODOFLOW_RUN";

/** How long (ms) a child of a dead run may take to end by itself, and the time (ms) between two looks. */
const CHILD_GRACE = 1_000;
const LOOK_FOR_CHILDREN_EVERY = 100;

/**
 * Ends the children of a dead run, which outlive it: a build would go on and leave an image. They are known by their
 * environment and not by their ids, which the system reuses. Does nothing without `ps` and `kill`.
 *
 * @param options.only the beginning of the command lines to end; by default all
 * @param options.now milliseconds from any fixed point
 */
export async function endChildren(
  run: string,
  { only = /^/, now = () => performance.now() }: {
    only?: RegExp;
    now?: () => number;
  } = {},
): Promise<void> {
  const find = async () => {
    // BSD options: the environment follows the arguments.
    const { stdout } = await outputOf("ps", {
      args: ["axeww", "-o", "pid=,args="],
      signals: [AbortSignal.timeout(3 * CHILD_GRACE)],
    });
    return stdout.trim().split("\n")
      .filter((line) => `${line} `.includes(` ${RUN_MARK}=${run} `))
      .map((line) => /^ *(\d+) (.*)$/.exec(line) ?? [])
      .filter(([, , command = ""]) => only.test(command))
      .map(([, pid = ""]) => pid);
  };
  const kill = (signal: string, children: string[]) =>
    outputOf("kill", {
      args: ["-s", signal, ...children],
      signals: [AbortSignal.timeout(CHILD_GRACE)],
    });
  try {
    const started = now();
    const first = await find();
    if (first.length === 0) return;
    await kill("TERM", first);
    // A starting process has no environment for a moment, so one look that finds nothing is not enough.
    for (let empty = 0; empty < 2;) {
      if (now() - started > 3 * CHILD_GRACE) break;
      await pause(LOOK_FOR_CHILDREN_EVERY);
      const children = await find();
      empty = children.length === 0 ? empty + 1 : 0;
      const late = now() - started > CHILD_GRACE;
      if (late && children.length > 0) await kill("KILL", children);
    }
  } catch {
    // Without a look, no child can be ended; removal repeats until nothing new appears.
  }
}

/** The directory and the environment of docker and git. */
export interface Surroundings {
  /** Absolute path. */
  directory: string;
  /** The variables that a child sees. */
  env: Readonly<Record<string, string>>;
  /** Ends all children, and prevents new ones. */
  giveUp?: AbortSignal;
}

/**
 * The environment for children. Deno refuses to start a child with the loader's variables unless every program may run;
 * docker and git need none of them. Compose must not remove containers of services that the file no longer has, because
 * containers of an earlier release are among them.
 */
export function childEnv(
  env: Readonly<Record<string, string>>,
): Record<string, string> {
  return {
    ...Object.fromEntries(
      Object.entries(env).filter(([name]) => !/^(LD|DYLD)_/.test(name)),
    ),
    COMPOSE_REMOVE_ORPHANS: "false",
  };
}
