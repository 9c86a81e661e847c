/**
 * A child process that always ends: told to stop it gets a second, then it is killed, and a pipe that a grandchild still
 * holds is abandoned.
 *
 * @module
 */

import { pause } from "./pause.ts";

/** How long (ms) a child that was told to end may take before it is killed. */
const GRACE = 1_000;

/** How long (ms) after the end of a child its pipes are read although nothing comes, and how long where it was stopped. */
const SILENCE = 1_000;
const SILENCE_STOPPED = 100;

/** How often (ms) the pipes of a child that has ended are looked at. */
const LOOK_EVERY = 20;

/** How long (ms) a question may take that has no signal of its own. */
export const ANSWERS_WITHIN = 60_000;

/** How a child is run. */
interface ChildInit {
  args: readonly string[];
  /** Absolute path; by default where this process is. */
  cwd?: string;
  /** All that it sees; by default what this process does. */
  env?: Readonly<Record<string, string>>;
  /** Each of them ends the child. */
  signals: readonly (AbortSignal | undefined)[];
  /** Takes what the child writes; the child waits while this does. */
  stdout: (chunk: Uint8Array) => unknown;
  stderr: (chunk: Uint8Array) => unknown;
}

/** How a child has ended. */
export interface Ending {
  code: number;
  /** The signal that has ended it, if one has. */
  signal: Deno.Signal | null;
  /** Whether it was told to end. */
  stopped: boolean;
}

/** The exit code of a program that SIGTERM has ended, as a shell tells it. */
export const TERMINATED = 128 + 15;

/** Why a program could not be started; "" where it is not there, which has words of its own. */
export function spawnProblem(error: unknown): string {
  const { NotFound, NotCapable } = Deno.errors;
  const { message } = error as Error;
  // Deno refuses a program that was not on PATH when its permission was read.
  if (error instanceof NotCapable) return "";
  // Of a folder that is gone it says the same, with other words.
  return error instanceof NotFound && !message.includes("cwd") ? "" : message;
}

/**
 * Runs a program to its end.
 *
 * @throws {Error} of Deno when it cannot be started
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
  // One that not even SIGKILL ends hangs in the kernel.
  const abandoned = Promise.withResolvers<{ code: number; signal: null }>();
  const timers: ReturnType<typeof setTimeout>[] = [];
  const kill = (signal: Deno.Signal) => {
    try {
      child.kill(signal);
    } catch {
      // It has ended.
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

/** Hands on what comes out of a pipe, until its end. */
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
  // `drained` tells what it rejects with.
  ended.catch(() => {});
  const abandon = () => reader.cancel().catch(() => {});
  return Object.assign(pipe, { ended, abandon });
}

/**
 * Waits until all pipes have ended, or have been silent for some time: a grandchild that has outlived the child may hold
 * them for ever. Rejects with what the taker of a chunk has thrown.
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
  // Looks are counted, not time: a process that was busy has not listened.
  for (let looks = silence / LOOK_EVERY; looks > 0; looks--) {
    await Promise.race([read, pause(LOOK_EVERY, over.signal)]);
    if (over.signal.aborted) return void await read;
    if (moved() === seen && !seen.includes("NaN")) continue;
    seen = moved();
    looks = silence / LOOK_EVERY;
  }
  read.catch(() => {});
}

/** What a finished command wrote. */
export interface Output {
  code: number;
  stdout: string;
  stderr: string;
}

/** Collects what a program writes; see {@linkcode runChild}. */
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

/** Every child of a run has the run's id in this variable: one that still carries a dead run's id may be ended. */
export const RUN_MARK = "TODOFLOW_RUN";

/** Milliseconds that a child of a dead run has to end by itself, and between two looks. */
const CHILD_GRACE = 1_000;
const LOOK_FOR_CHILDREN_EVERY = 100;

/**
 * Ends the children of a dead run, which outlive it: a build would go on and leave an image. They are known by their
 * environment and not by their ids, which the system gives to others, too. Without `ps` and `kill` nothing is done.
 *
 * @param options.only what the command line of a child begins with; else all are ended
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
    // BSD options: the environment stands behind the arguments.
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
    // What is being started has no environment for a moment: one look that finds nothing is not enough.
    for (let empty = 0; empty < 2;) {
      if (now() - started > 3 * CHILD_GRACE) break;
      await pause(LOOK_FOR_CHILDREN_EVERY);
      const children = await find();
      empty = children.length === 0 ? empty + 1 : 0;
      const late = now() - started > CHILD_GRACE;
      if (late && children.length > 0) await kill("KILL", children);
    }
  } catch {
    // What cannot be looked for cannot be ended; removal looks again until nothing new appears.
  }
}

/** Where and with what environment docker and git run. */
export interface Surroundings {
  /** Absolute path. */
  directory: string;
  env: Readonly<Record<string, string>>;
  /** Ends every child, whoever has started it, and starts no more. */
  giveUp?: AbortSignal;
}

/**
 * The environment for children. Deno refuses to start a child with the loader's variables unless every program may be
 * run; docker and git need none of them. Nor may Compose remove containers of services that the file no longer has: an
 * earlier release's are among them.
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
