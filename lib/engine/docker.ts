/**
 * Makes the `$` that reaches docker, and runs its commands. The only module that loads dax.
 *
 * @module
 */

import type { CommandBuilder, CommandContext } from "dax";
import {
  ANSWERS_WITHIN,
  childEnv,
  type Ending,
  type Output,
  outputOf,
  runChild,
  spawnProblem,
  type Surroundings,
  TERMINATED,
} from "../child.ts";
import type { ChildOptions } from "../plan/executor.ts";
import type { Command, Recorded, Shell, Step } from "../plan/plan.ts";

/** Loads dax, which takes some time, while something else is done. */
export async function preload(): Promise<void> {
  await import("dax");
}

/**
 * A `$` whose `docker` writes down its argv instead of running, and `record`, which reads what it wrote for each step. No
 * other program is found by it: `record` rejects for a step that calls one.
 */
export async function recordingShell(): Promise<
  { $: Shell; record: (steps: readonly Step[]) => Promise<Recorded[]> }
> {
  const { build$, CommandBuilder } = await import("dax");
  let last: readonly string[] | undefined;
  const $ = build$({
    commandBuilder: new CommandBuilder().clearEnv().noThrow().stderr("null")
      .registerCommand(
        "docker",
        ({ args }) => {
          last = ["docker", ...args];
          return { code: 0 };
        },
      ),
  });
  return {
    $: $ as Shell,
    record: async (steps) => {
      const recorded: Recorded[] = [];
      for (const step of steps) {
        last = undefined;
        await step.command;
        if (!last) throw new Error(`Step "${step.name}" does not call docker`);
        recorded.push({ step, argv: last });
      }
      return recorded;
    },
  };
}

/**
 * The real `$`: commands run in `directory`, see only `env`, and report failure by their exit code. A stopped one ends
 * within a second or two, whatever it does.
 */
export async function shell(
  { directory, env, giveUp }: Surroundings,
): Promise<Shell> {
  const { build$, CommandBuilder } = await import("dax");
  return build$({
    commandBuilder: new CommandBuilder()
      .cwd(directory).clearEnv().env(childEnv(env)).stdin("null").noThrow()
      .registerCommand("docker", (context) => runDocker(context, giveUp)),
  }) as Shell;
}

/** How a run is stopped, which may reach docker sooner than this process. */
const ASKED = ["SIGHUP", "SIGINT", "SIGTERM"];

/** The line that tells of a docker that somebody has killed, or that has crashed; else nothing. */
function killed({ signal, stopped }: Ending): string {
  return signal === null || stopped || ASKED.includes(signal)
    ? ""
    : `docker was ended by ${signal}\n`;
}

/** `docker exec` exits with 0 when it is told to end, whatever its command would have come to. */
function codeOf({ code, stopped }: Ending): number {
  return code || (stopped ? TERMINATED : 0);
}

/** Runs docker for dax, whose own way takes a docker that a signal has ended (for want of memory, say) for a success. */
async function runDocker(
  { args, cwd, env, stdout, stderr, signal }: CommandContext,
  giveUp: AbortSignal | undefined,
): Promise<{ code: number }> {
  const stop = new AbortController();
  const onKill = () => stop.abort();
  if (signal.aborted) stop.abort();
  signal.addListener(onKill);
  try {
    const ending = await runChild("docker", {
      ...{ args, cwd, env },
      signals: [stop.signal, giveUp],
      stdout: (chunk) => stdout.writeAll(chunk),
      stderr: (chunk) => stderr.writeAll(chunk),
    });
    await stderr.writeText(killed(ending));
    return { code: codeOf(ending) };
  } catch (error) {
    await stderr.writeLine((error as Error).message);
    return { code: 127 };
  } finally {
    signal.removeListener(onKill);
  }
}

/** Asks docker something, and resolves to what it wrote; 127 is the exit code where it cannot be started. */
export type Docker = (...args: readonly string[]) => Promise<Output>;

/**
 * What asks docker without dax, which can be loaded meanwhile: the first answers are what every run waits for. A question
 * that is not answered within a minute has failed.
 */
export function dockerIn(
  { directory, env, giveUp }: Surroundings,
): Docker {
  return async (...args) => {
    const late = AbortSignal.timeout(ANSWERS_WITHIN);
    try {
      const output = await outputOf("docker", {
        args,
        cwd: directory,
        env: childEnv(env),
        signals: [giveUp, late],
      });
      return {
        code: codeOf(output),
        stdout: output.stdout,
        stderr: output.stderr + killed(output) +
          (output.stopped && late.aborted ? unanswered() : ""),
      };
    } catch (error) {
      return { code: 127, stdout: "", stderr: spawnProblem(error) };
    }
  };
}

/** A docker whose output is read as it comes. */
export interface DockerStream {
  stdout: ReadableStream<Uint8Array>;
  /** Resolves, when it has ended, to its exit code and to the beginning of what it wrote to stderr. */
  ended: Promise<{ code: number; stderr: string }>;
}

/** UTF-16 units of stderr that are kept. */
const MAX_STDERR = 10_000;

/**
 * Starts a docker, without dax, which would not wait for the reader; the signal ends it, if need be by force, as the end of
 * reading does.
 */
export function dockerStream(
  args: readonly string[],
  { directory, env, giveUp }: Surroundings,
  signal: AbortSignal,
): DockerStream {
  const { readable, writable } = new TransformStream<Uint8Array>();
  const writer = writable.getWriter();
  const unread = new AbortController();
  const decoder = new TextDecoder();
  let text = "";
  const run = async () => {
    try {
      const ending = await runChild("docker", {
        args,
        cwd: directory,
        env: childEnv(env),
        signals: [signal, giveUp, unread.signal],
        stdout: (chunk) => writer.write(chunk).catch(() => unread.abort()),
        stderr: (chunk) => {
          const part = decoder.decode(chunk, { stream: true });
          if (text.length < MAX_STDERR) text += part;
        },
      });
      const stderr = text.slice(0, MAX_STDERR) + killed(ending);
      return { code: codeOf(ending), stderr };
    } catch (error) {
      return { code: 127, stderr: (error as Error).message };
    } finally {
      // Whoever reads no more has no use for the end.
      void writer.close().catch(() => {});
    }
  };
  return { stdout: readable, ended: run() };
}

/** What is told of a question that was given up. */
function unanswered(): string {
  return `docker has not answered within ${ANSWERS_WITHIN / 1000} s\n`;
}

/** Runs a command to its end; the signal ends it early, by default after a minute. */
export async function capture(
  command: Command,
  signal?: AbortSignal,
): Promise<Output> {
  const late = signal ?? AbortSignal.timeout(ANSWERS_WITHIN);
  const { code, stdout, stderr } = await (command as CommandBuilder)
    .stdout("piped").stderr("piped").signal(late);
  const isLate = !signal && late.aborted && code !== 0;
  return { code, stdout, stderr: stderr + (isLate ? unanswered() : "") };
}

/** Runs a command to its end and tells each line of both streams; resolves to the exit code. */
export async function execute(
  command: Command,
  { output, signal, env = {} }: ChildOptions,
): Promise<number> {
  if (signal.aborted) return 1;
  const child = (command as CommandBuilder).env(env).signal(signal)
    .stdout("piped").stderr("piped").spawn();
  const [{ code }] = await Promise.all([
    child,
    eachLine(child.stdout(), output),
    eachLine(child.stderr(), output),
  ]);
  return code;
}

/** UTF-16 units of a line that are told; what comes after them is dropped until the line ends. */
const MAX_LINE = 1_000_000;

async function eachLine(
  stream: ReadableStream<Uint8Array>,
  output: (line: string) => void,
) {
  // In parts, so that a long line is not put together again with each of them.
  let parts: string[] = [];
  let length = 0;
  const add = (part: string) => {
    const kept = part.slice(0, MAX_LINE - length);
    if (kept) parts.push(kept);
    length += kept.length;
  };
  const end = () => {
    const line = parts.join("");
    parts = [];
    length = 0;
    return line;
  };
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = text.split("\n");
    const rest = lines.pop()!;
    for (const line of lines) {
      add(line);
      output(end().replace(/\r$/, ""));
    }
    add(rest);
  }
  if (length > 0) output(end());
}
