/**
 * Makes the `$` that reaches docker, and runs its commands; asks git for the version. The only module that loads dax.
 *
 * @module
 */

import type { CommandBuilder } from "dax";
import { TodoflowError } from "./errors.ts";
import type { Command, Recorded, Shell, Step } from "./plan.ts";
import type { ChildOptions } from "./runner.ts";

/** After a child was told to end, how long (ms) its pipes may stay open. */
const ABANDON_AFTER = 1_000;

/** Where and with what environment docker and git run. */
export interface Surroundings {
  /** Absolute path. */
  directory: string;
  env: Readonly<Record<string, string>>;
}

/**
 * The version that the application would get here: a non-empty APP_VERSION, else the short hash of the git commit.
 *
 * The rule of a tag: https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests
 *
 * @throws {TodoflowError} when APP_VERSION is no legal image tag, or there is no git, no repository or no commit.
 */
export async function appVersion(surroundings: Surroundings): Promise<string> {
  const { APP_VERSION: version } = surroundings.env;
  if (!version) return await gitVersion(surroundings);
  if (/^\w[\w.-]{0,127}$/.test(version)) return version;
  throw new TodoflowError({ kind: "illegal-version", version });
}

/**
 * The short hash of the commit that `directory` is at.
 *
 * Without dax, which would cost `version` 40 ms.
 */
async function gitVersion({ directory, env }: Surroundings): Promise<string> {
  const git = async (...args: string[]) => {
    try {
      return await new Deno.Command("git", {
        args: ["-C", directory, ...args],
        env: childEnv(env),
        clearEnv: true,
        stdin: "null",
      }).output();
    } catch {
      // Deno refuses, rather than does not find, a program that was not on PATH when its permission was read.
      throw new TodoflowError({ kind: "no-git" });
    }
  };
  const { success, stdout } = await git("rev-parse", "--short", "HEAD");
  if (success) return decode(stdout);
  const inside = await git("rev-parse", "--git-dir");
  throw new TodoflowError(
    inside.success ? { kind: "no-commit", directory } : {
      kind: "no-repository",
      directory,
      detail: decode(inside.stderr).replace(/^fatal: /, ""),
    },
  );
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes).trim();
}

/**
 * The environment for children. Deno refuses to start a child with the loader's variables unless every program may be
 * run; docker and git need none of them.
 */
function childEnv(env: Readonly<Record<string, string>>) {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !/^(LD|DYLD)_/.test(name)),
  );
}

/** A `$` whose `docker` writes down its argv instead of running, and `record`, which reads what it wrote for each step. */
export async function recordingShell(): Promise<
  { $: Shell; record: (steps: readonly Step[]) => Promise<Recorded[]> }
> {
  const { build$, CommandBuilder } = await import("dax");
  let last: readonly string[] = [];
  const $ = build$({
    commandBuilder: new CommandBuilder().registerCommand(
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
        await step.command;
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
      .cwd(directory).clearEnv().env(childEnv(env)).stdin("null").noThrow(),
  }) as Shell;
}

/** What a finished command wrote. */
export interface Output {
  code: number;
  stdout: string;
  stderr: string;
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
  { output, signal }: ChildOptions,
): Promise<number> {
  if (signal.aborted) return 1;
  const child = (command as CommandBuilder).signal(signal)
    .stdout("piped").stderr("piped").spawn();
  const ended = Promise.all([
    child,
    eachLine(child.stdout(), output),
    eachLine(child.stderr(), output),
  ]).then(([{ code }]) => code);
  // A grandchild that holds a pipe open must not hold up the end of the run.
  return await Promise.race([ended, abandoned(signal)]);
}

function abandoned(signal: AbortSignal): Promise<number> {
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => {
      Deno.unrefTimer(setTimeout(() => resolve(1), ABANDON_AFTER));
    });
  });
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
