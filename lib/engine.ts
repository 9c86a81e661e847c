/**
 * Makes the `$` that reaches docker and git, and what runner and main ask of them; the only module that loads dax.
 *
 * @module
 */

import type { CommandBuilder } from "dax";
import { TodoflowError } from "./errors.ts";
import type { Command, Recorded, Shell, Step } from "./plan.ts";
import type { ChildOptions, Executor } from "./runner.ts";

/** The oldest Compose that is accepted. */
const OLDEST_COMPOSE = [2, 20] as const;

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

/** A `$` whose `docker` writes down its argv instead of running, and `argvOf`, which reads what it wrote for a step. */
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
interface Output {
  code: number;
  stdout: string;
  stderr: string;
}

async function capture(command: Command): Promise<Output> {
  const { code, stdout, stderr } = await (command as CommandBuilder)
    .stdout("piped").stderr("piped");
  return { code, stdout, stderr };
}

/** What is found out about docker and the project before a plan is made. */
export interface Observed {
  /** Text of `docker compose config`. */
  model: string;
  /** Services of the project that have containers; empty without an engine. */
  existing: ReadonlySet<string>;
}

/**
 * Checks Docker, Compose and the engine, and resolves the Compose file.
 *
 * @param options.needsEngine whether a missing engine is an error; a dry run does without
 * @throws {TodoflowError} when one of them is missing, too old or invalid.
 */
export async function observe(
  $: Shell,
  { directory, needsEngine }: { directory: string; needsEngine: boolean },
): Promise<Observed> {
  const [compose, engine, config] = await Promise.all([
    capture($`docker compose version --short`),
    capture($`docker version --format ${"{{.Server.Version}}"}`),
    // Every profile, because a target names its services, whatever profile they are in.
    capture($`docker compose --profile ${"*"} config`),
  ]);
  checkCompose(compose);
  if (needsEngine && engine.code !== 0) {
    throw new TodoflowError({
      kind: "no-engine",
      detail: engine.stderr.trim(),
    });
  }
  if (config.code !== 0) throw badConfig(config, directory);
  const existing = engine.code === 0
    ? await capture($`docker compose ps --all --format ${"{{.Service}}"}`)
    : { stdout: "" };
  return {
    model: config.stdout,
    existing: new Set(existing.stdout.split("\n").filter(Boolean)),
  };
}

function checkCompose({ code, stdout, stderr }: Output) {
  if (code === 127) throw new TodoflowError({ kind: "no-docker" });
  if (code !== 0) {
    throw new TodoflowError({ kind: "no-compose", detail: firstLine(stderr) });
  }
  const version = stdout.trim();
  if (!isRecent(version)) {
    throw new TodoflowError({
      kind: "old-compose",
      version,
      needed: OLDEST_COMPOSE.join("."),
    });
  }
}

/** Compares numbers only: "2.26.1-4", a distribution's build, is a pre-release in semver and would be too old. */
export function isRecent(version: string): boolean {
  const [, major = 0, minor = 0] = version.match(/(\d+)\.(\d+)/)?.map(Number) ??
    [];
  const [oldMajor, oldMinor] = OLDEST_COMPOSE;
  return major > oldMajor || (major === oldMajor && minor >= oldMinor);
}

function badConfig({ stderr }: Output, directory: string): TodoflowError {
  return new TodoflowError(
    /no configuration file provided/.test(stderr)
      ? { kind: "no-compose-file", directory }
      : { kind: "invalid-compose-file", detail: stderr.trim() },
  );
}

function firstLine(text: string): string {
  return text.trim().split("\n")[0]!;
}

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
    follow: async (container, options) => {
      const [{ stdout }] = await Promise.all([
        capture(withSignal($`docker wait ${container}`, options.signal)),
        execute($`docker logs --follow ${container}`, options),
      ]);
      // Nothing is printed when the wait was ended by the signal.
      return stdout.trim() === "" ? 1 : Number(stdout);
    },
    copyReport: async (container, path) => {
      await Deno.mkdir(reports, { recursive: true });
      await capture($`docker cp ${`${container}:${path}`} ${reports}`);
    },
    remove: async (container) => {
      await capture($`docker rm --force --volumes ${container}`);
    },
    prove,
  };
}

function withSignal(command: Command, signal: AbortSignal): Command {
  return (command as CommandBuilder).signal(signal);
}

async function execute(
  command: Command,
  { output, signal }: ChildOptions,
): Promise<number> {
  if (signal.aborted) return 1;
  const child = (withSignal(command, signal) as CommandBuilder)
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
      const timer = setTimeout(() => resolve(1), ABANDON_AFTER);
      Deno.unrefTimer(timer);
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

/** Milliseconds between two requests to a URL that does not answer yet. */
const PROVE_EVERY = 100;

/** See {@linkcode Executor.prove}. An engine that publishes on every address is reached as localhost. */
async function prove(
  address: string,
  path: string,
  { signal, output }: ChildOptions,
): Promise<string> {
  const [, host = "", port = ""] = address.match(/^(.*):(\d+)$/) ?? [];
  const local = ["127.0.0.1", "0.0.0.0", "[::]", "::"].includes(host);
  const base = `http://${local ? "localhost" : host}:${port}`;
  let problem = "";
  while (!signal.aborted) {
    try {
      const response = await fetch(new URL(path, base), { signal });
      await response.body?.cancel();
      if (response.status < 500) return base;
      problem = `${base}${path} answers with status ${response.status}`;
    } catch (error) {
      problem = `${base}${path} does not answer: ${(error as Error).message}`;
    }
    await new Promise((resolve) => setTimeout(resolve, PROVE_EVERY));
  }
  output(problem);
  return "";
}
