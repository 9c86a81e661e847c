/**
 * Makes the `$` that reaches docker, and runs its commands; asks git for the version. The only module that loads dax.
 *
 * @module
 */

import type { CommandBuilder, CommandContext } from "dax";
import { TodoflowError } from "./errors.ts";
import { isTag } from "./image_name.ts";
import { pause } from "./pause.ts";
import type { Command, Recorded, Shell, Step } from "./plan.ts";
import type { ChildOptions } from "./runner.ts";

/** After a child was told to end, how long (ms) its pipes may stay open. */
const ABANDON_AFTER = 1_000;

/** Milliseconds after which an engine is taken for one that does not answer. */
export const ANSWERS_WITHIN = 5_000;

/** Where and with what environment docker and git run. */
export interface Surroundings {
  /** Absolute path. */
  directory: string;
  env: Readonly<Record<string, string>>;
}

/**
 * The version that the application would get here: a non-empty APP_VERSION, else the short hash of the git commit.
 *
 * @throws {TodoflowError} when APP_VERSION is no legal image tag, or there is no git, no repository or no commit.
 */
export async function appVersion(surroundings: Surroundings): Promise<string> {
  const { APP_VERSION: version } = surroundings.env;
  if (!version) return await gitVersion(surroundings);
  if (isTag(version)) return version;
  throw new TodoflowError({ kind: "illegal-version", version });
}

/**
 * The short hash of the commit that `directory` is at.
 *
 * Without dax, which would cost `version` 40 ms.
 */
async function gitVersion(surroundings: Surroundings): Promise<string> {
  const { directory } = surroundings;
  const git = gitIn(surroundings);
  const { code, stdout } = await git("rev-parse", "--short", "HEAD");
  if (code === 0) return stdout;
  const inside = await git("rev-parse", "--git-dir");
  throw new TodoflowError(
    inside.code === 0 ? { kind: "no-commit", directory } : {
      kind: "no-repository",
      directory,
      detail: inside.stderr.replace(/^fatal: /, ""),
    },
  );
}

/** Asks git something about the repository; what it wrote is trimmed. Rejects with a failure where there is no git. */
export type Git = (...args: readonly string[]) => Promise<Output>;

/** What asks git about the repository of a directory. */
export function gitIn({ directory, env }: Surroundings): Git {
  return async (...args) => {
    try {
      const { code, stdout, stderr } = await new Deno.Command("git", {
        args: ["-C", directory, ...args],
        env: childEnv(env),
        clearEnv: true,
        stdin: "null",
      }).output();
      return { code, stdout: decode(stdout), stderr: decode(stderr) };
    } catch {
      // Deno refuses, rather than does not find, a program that was not on PATH when its permission was read.
      throw new TodoflowError({ kind: "no-git" });
    }
  };
}

/** The files of the repository, relative to the directory; none without git. */
export async function trackedFiles(
  { directory, env }: Surroundings,
): Promise<string[]> {
  try {
    const { stdout } = await new Deno.Command("git", {
      args: [
        ...["-C", directory, "ls-files", "-z"],
        ...["--cached", "--others", "--exclude-standard"],
      ],
      env: childEnv(env),
      clearEnv: true,
      stdin: "null",
      stderr: "null",
    }).output();
    return decode(stdout).split("\0").filter(Boolean);
  } catch {
    return [];
  }
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes).trim();
}

/**
 * The environment for children. Deno refuses to start a child with the loader's variables unless every program may be
 * run; docker and git need none of them.
 */
export function childEnv(env: Readonly<Record<string, string>>) {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !/^(LD|DYLD)_/.test(name)),
  );
}

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

/** The real `$`: commands run in `directory`, see only `env`, and report failure by their exit code. */
export async function shell({ directory, env }: Surroundings): Promise<Shell> {
  const { build$, CommandBuilder } = await import("dax");
  return build$({
    commandBuilder: new CommandBuilder()
      .cwd(directory).clearEnv().env(childEnv(env)).stdin("null").noThrow()
      .registerCommand("docker", runDocker),
  }) as Shell;
}

function dockerCommand(
  args: readonly string[],
  { directory, env }: Surroundings,
): Deno.Command {
  return new Deno.Command("docker", {
    args: [...args],
    cwd: directory,
    env,
    clearEnv: true,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

/** The exit code of a program that SIGTERM has ended, as a shell tells it. */
const TERMINATED = 128 + 15;

/** How a run is stopped, which may reach docker sooner than this process. */
const ASKED = ["SIGHUP", "SIGINT", "SIGTERM"];

/** The line that tells of a docker that somebody has killed, or that has crashed; else nothing. */
function killed({ signal }: Deno.CommandStatus): string {
  return signal === null || ASKED.includes(signal)
    ? ""
    : `docker was ended by ${signal}\n`;
}

/** Runs docker for dax, whose own way takes a docker that a signal has ended (for want of memory, say) for a success. */
async function runDocker(
  { args, cwd, env, stdout, stderr, signal }: CommandContext,
): Promise<{ code: number }> {
  let child: Deno.ChildProcess;
  try {
    child = dockerCommand(args, { directory: cwd, env }).spawn();
  } catch (error) {
    await stderr.writeLine((error as Error).message);
    return { code: 127 };
  }
  let told = false;
  const kill = (signal: string) => {
    told = true;
    try {
      child.kill(signal as Deno.Signal);
    } catch {
      // It has ended.
    }
  };
  if (signal.aborted) kill("SIGTERM");
  signal.addListener(kill);
  const copy = async (
    from: ReadableStream<Uint8Array>,
    to: CommandContext["stdout"],
  ) => {
    for await (const chunk of from) await to.writeAll(chunk);
  };
  try {
    const [status] = await Promise.all([
      child.status,
      copy(child.stdout, stdout),
      copy(child.stderr, stderr),
    ]);
    await stderr.writeText(killed(status));
    // `docker exec` exits with 0 when it is told to end, whatever its command would have come to.
    return { code: status.code || (told ? TERMINATED : 0) };
  } finally {
    signal.removeListener(kill);
  }
}

/** What a finished command wrote. */
export interface Output {
  code: number;
  stdout: string;
  stderr: string;
}

/** Asks docker something, and resolves to what it wrote; 127 is the exit code where there is no docker. */
export type Docker = (...args: readonly string[]) => Promise<Output>;

/** What asks docker without dax, which can be loaded meanwhile: the first answers are what every run waits for. */
export function dockerIn({ directory, env }: Surroundings): Docker {
  return async (...args) => {
    try {
      const output = await dockerCommand(args, {
        directory,
        env: childEnv(env),
      }).output();
      const text = new TextDecoder();
      return {
        code: output.code,
        stdout: text.decode(output.stdout),
        stderr: text.decode(output.stderr) + killed(output),
      };
    } catch {
      return { code: 127, stdout: "", stderr: "" };
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

/** Starts a docker, without dax, which would not wait for who reads; the signal ends it, if need be by force. */
export function dockerStream(
  args: readonly string[],
  { directory, env }: Surroundings,
  signal: AbortSignal,
): DockerStream {
  let child: Deno.ChildProcess;
  try {
    child = dockerCommand(args, { directory, env: childEnv(env) }).spawn();
  } catch (error) {
    const { message: stderr } = error as Error;
    const ended = Promise.resolve({ code: 127, stderr });
    return { stdout: new Blob().stream(), ended };
  }
  const abandoned = Promise.withResolvers<{ code: number; stderr: string }>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const kill = (signal: Deno.Signal) => {
    try {
      child.kill(signal);
    } catch {
      // It has ended.
    }
  };
  const onAbort = () => {
    kill("SIGTERM");
    timer = setTimeout(() => {
      kill("SIGKILL");
      abandoned.resolve({ code: 1, stderr: "" });
    }, ABANDON_AFTER);
  };
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort);
  const stderr = beginningOf(child.stderr);
  const whole = Promise.all([child.status, stderr])
    .then(([status, text]) => ({
      code: status.code,
      stderr: text + killed(status),
    }));
  const ended = Promise.race([whole, abandoned.promise]).finally(() => {
    signal.removeEventListener("abort", onAbort);
    clearTimeout(timer);
  });
  return { stdout: child.stdout, ended };
}

async function beginningOf(
  stream: ReadableStream<Uint8Array>,
): Promise<string> {
  let text = "";
  for await (const part of stream.pipeThrough(new TextDecoderStream())) {
    if (text.length < MAX_STDERR) text += part;
  }
  return text.slice(0, MAX_STDERR);
}

/** Runs a command to its end; the signal ends it early. */
export async function capture(
  command: Command,
  signal?: AbortSignal,
): Promise<Output> {
  const builder = (command as CommandBuilder).stdout("piped").stderr("piped");
  const { code, stdout, stderr } =
    await (signal ? builder.signal(signal) : builder);
  return { code, stdout, stderr };
}

/** Runs a command to its end and tells each line of both streams; resolves to the exit code. */
export async function execute(
  command: Command,
  { output, signal, env = {} }: ChildOptions,
): Promise<number> {
  if (signal.aborted) return 1;
  const child = (command as CommandBuilder).env(env).signal(signal)
    .stdout("piped").stderr("piped").spawn();
  const ended = Promise.all([
    child,
    eachLine(child.stdout(), output),
    eachLine(child.stderr(), output),
  ]).then(([{ code }]) => code);
  // A grandchild that holds a pipe open must not hold up the end of the run.
  const abandoned = Promise.withResolvers<number>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const onAbort = () => {
    timer = setTimeout(() => abandoned.resolve(1), ABANDON_AFTER);
  };
  signal.addEventListener("abort", onAbort);
  try {
    return await Promise.race([ended, abandoned.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
    clearTimeout(timer);
  }
}

/** Every child of a run has the run's id in this variable: whoever finds it left by a dead run may end it. */
export const RUN_MARK = "TODOFLOW_RUN";

/** Milliseconds that a child of a dead run has to end by itself, and between two looks. */
const CHILD_GRACE = 1_000;
const LOOK_EVERY = 100;

/**
 * Ends the children of a dead run, which outlive it: a build would go on and leave an image. They are known by their
 * environment and not by their ids, which the system gives to others, too. Without `ps` and `kill` nothing is done.
 *
 * @param only what the command line of a child begins with; else all are ended
 */
export async function endChildren(
  run: string,
  only = /^/,
): Promise<void> {
  const find = async () => {
    // BSD options: the environment stands behind the arguments.
    const { stdout } = await new Deno.Command("ps", {
      args: ["axeww", "-o", "pid=,args="],
      stdin: "null",
      stderr: "null",
    }).output();
    return decode(stdout).split("\n")
      .filter((line) => line.includes(` ${RUN_MARK}=${run}`))
      .map((line) => /^ *(\d+) (.*)$/.exec(line) ?? [])
      .filter(([, , command = ""]) => only.test(command))
      .map(([, pid = ""]) => pid);
  };
  const kill = (signal: string, children: string[]) =>
    new Deno.Command("kill", {
      args: ["-s", signal, ...children],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).output();
  try {
    const started = performance.now();
    let children = await find();
    if (children.length > 0) await kill("TERM", children);
    while (
      children.length > 0 && performance.now() - started < 3 * CHILD_GRACE
    ) {
      await pause(LOOK_EVERY);
      children = await find();
      const late = performance.now() - started > CHILD_GRACE;
      if (late && children.length > 0) await kill("KILL", children);
    }
  } catch {
    // What cannot be looked for cannot be ended; removal looks again until nothing new appears.
  }
}

async function eachLine(
  stream: ReadableStream<Uint8Array>,
  output: (line: string) => void,
) {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split(/\r?\n/);
    rest = lines.pop()!;
    lines.forEach(output);
  }
  if (rest) output(rest);
}
