/**
 * The spine: argv to request, request to plan, plan to exit code.
 *
 * @module
 */

import { parse, type Request, type Target } from "./cli.ts";
import { endChildren, RUN_MARK, type Surroundings } from "./engine.ts";
import { appVersion } from "./git.ts";
import { exitCode, explain, TodoflowError } from "./errors.ts";
import type { TimedEvent } from "./events.ts";
import { ownFault } from "./own_fault.ts";
import { pause, within } from "./pause.ts";
import type { Hidden, Redactor } from "./redact.ts";
import type { Sink } from "./reporters/reporter.ts";
import { TARGETS } from "../tasks/mod.ts";

/** The signals that stop a run. Windows has no SIGTERM, and some versions of Deno throw where one listens for it. */
const SIGNALS = Deno.build.os === "windows"
  ? ["SIGINT", "SIGHUP"] as const
  : ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Everything that a run reads from or writes to the process around it. */
export interface World {
  /** Absolute path. */
  directory: string;
  /** Environment variables; children see the same. */
  env: Readonly<Record<string, string>>;
  /** Process id. */
  pid: number;
  /** Name of this machine: a process id says nothing without. */
  host(): string;
  /** Takes the answer: the version, the URL, the dry run. */
  stdout: Sink;
  /** Takes the story: progress, output of children, failures. */
  stderr: Sink;
  /** Cells of the terminal that stderr is; where there is none, lines are as long as they are. */
  size(): { columns: number; rows: number };
  /** Appends to a file that a CI system reads. */
  appendFile(path: string, text: string): void;
  /** The text of a file; rejects when it cannot be read, or is none. */
  readTextFile(path: string): Promise<string>;
  /** Calls back for each signal of SIGINT, SIGTERM and SIGHUP until the returned function is called. */
  onSignal(listener: (signal: string) => void): () => void;
}

/** The world of this process. Where nobody reads any more what it writes, that counts as a SIGHUP. */
export function processWorld(): World {
  const listening = new Set<(signal: string) => void>();
  const onClosed = () => listening.forEach((listener) => listener("SIGHUP"));
  return {
    directory: Deno.cwd(),
    env: Deno.env.toObject(),
    pid: Deno.pid,
    host: () => Deno.hostname(),
    stdout: sink(Deno.stdout, onClosed),
    stderr: sink(Deno.stderr, onClosed),
    size: () => {
      try {
        return Deno.consoleSize();
      } catch {
        return { columns: Infinity, rows: Infinity };
      }
    },
    appendFile: (path, text) =>
      Deno.writeTextFileSync(path, text, { append: true }),
    readTextFile: async (path) => {
      // A FIFO that nothing writes to would be waited for without end.
      const { isFile } = await Deno.stat(path);
      if (!isFile) throw new Error(`${path} is no file`);
      return await Deno.readTextFile(path);
    },
    onSignal: (listener) => {
      listening.add(listener);
      const listeners = SIGNALS.map((signal) => {
        const own = () => listener(signal);
        Deno.addSignalListener(signal, own);
        return () => Deno.removeSignalListener(signal, own);
      });
      return () => {
        listening.delete(listener);
        listeners.forEach((remove) => remove());
      };
    },
  };
}

/** @param onClosed called once, when a pipe or a terminal is found closed; from then on nothing is written */
function sink(
  stream: typeof Deno.stdout | typeof Deno.stderr,
  onClosed: () => void,
): Sink {
  let closed = false;
  return {
    write: (text) => {
      const bytes = new TextEncoder().encode(text);
      try {
        for (let at = 0; at < bytes.length && !closed;) {
          at += stream.writeSync(bytes.subarray(at));
        }
      } catch (error) {
        if (!isHungUp(error)) throw error;
        closed = true;
        onClosed();
      }
    },
    get isTerminal() {
      return stream.isTerminal();
    },
  };
}

/** A pipe that nobody reads (EPIPE), or a terminal that is gone (EIO). */
function isHungUp(error: unknown): boolean {
  return error instanceof Deno.errors.BrokenPipe ||
    (error as { code?: string }).code === "EIO";
}

/**
 * Runs todoflow with these arguments in this world; resolves to the exit code. What fails is told on stderr, an exception,
 * too: it never rejects.
 *
 * @param targets what can be called; the first one is the default
 */
export async function main(
  argv: readonly string[],
  world: World,
  targets: readonly Target[] = TARGETS,
): Promise<number> {
  const hidden: Hidden = {};
  const stray = listenForStray();
  let code: number;
  try {
    code = await answer(await parse(argv, targets), { world, targets, hidden });
  } catch (error) {
    code = await tell(error, { argv, world, hidden });
  }
  // What is rejected now is told in the next turn of the loop.
  await pause(0);
  stray.end();
  for (const error of stray.errors.slice(0, 1)) {
    const own = await tell(error, { argv, world, hidden });
    code ||= own;
  }
  return code;
}

/**
 * Listens for exceptions that nothing catches: they must not end the process before a run has cleaned up. Programs that
 * listen for them themselves go on to get them.
 */
function listenForStray() {
  const errors: unknown[] = [];
  const onRejection = (event: PromiseRejectionEvent) => {
    event.preventDefault();
    errors.push(event.reason);
  };
  const onError = (event: ErrorEvent) => {
    event.preventDefault();
    errors.push(event.error);
  };
  addEventListener("unhandledrejection", onRejection);
  addEventListener("error", onError);
  return {
    errors,
    end: () => {
      removeEventListener("unhandledrejection", onRejection);
      removeEventListener("error", onError);
    },
  };
}

/** Tells what has failed; resolves to the exit code. What cannot be told is not told. */
async function tell(
  error: unknown,
  { argv, world, hidden }: {
    argv: readonly string[];
    world: World;
    hidden: Hidden;
  },
): Promise<number> {
  const failure = ownFault(error);
  const told = explain(failure);
  const explanation = hidden.redactor?.within(told) ?? told;
  const code = exitCode(failure);
  try {
    const { failureText } = await import("./reporters/failure.ts");
    if (world.env.GITHUB_ACTIONS === "true") {
      const { failureError } = await import("./reporters/github.ts");
      world.stderr.write(`${failureError(explanation)}\n`);
    }
    world.stderr.write(
      failureText(explanation, { width: world.size().columns }),
    );
    const end = argv.indexOf("--");
    if (argv.slice(0, end < 0 ? undefined : end).includes("--json")) {
      const event: TimedEvent = {
        at: new Date().toISOString(),
        kind: "failure",
        exitCode: code,
        explanation,
      };
      world.stdout.write(`${JSON.stringify(event)}\n`);
    }
  } catch {
    try {
      const { headline, why = "" } = explanation;
      world.stderr.write(`todoflow: ${headline}\n${why}\n`);
    } catch {
      // There is nobody left to tell it to.
    }
  }
  return code;
}

async function answer(
  request: Request,
  { world, targets, hidden }: {
    world: World;
    targets: readonly Target[];
    hidden: Hidden;
  },
): Promise<number> {
  switch (request.kind) {
    case "help": {
      const { help } = await import("./help.ts");
      world.stdout.write(help(targets, request.target));
      return 0;
    }
    case "tool-version": {
      const { toolVersion } = await import("./tool_version.ts");
      world.stdout.write(`${await toolVersion(world.env)}\n`);
      return 0;
    }
    case "run":
      break;
  }
  const code = await runTarget(request, { world, targets, hidden });
  if (request.bare && world.stderr.isTerminal) {
    const { targetList } = await import("./help.ts");
    world.stderr.write(`\nTargets:\n${targetList(targets)}\n`);
  }
  return code;
}

type RunRequest = Extract<Request, { kind: "run" }>;

async function runTarget(
  request: RunRequest,
  { world, targets, hidden }: {
    world: World;
    targets: readonly Target[];
    hidden: Hidden;
  },
): Promise<number> {
  const { target } = request;
  const surroundings = {
    directory: await directoryOf(request, world),
    env: world.env,
  };
  if (target.kind === "plan") {
    return await runPlan(target, { request, world, surroundings, hidden });
  }
  const { listen, unlessStopped } = await import("./signals.ts");
  const signals = listen(world);
  const run = crypto.randomUUID();
  const env = { ...world.env, [RUN_MARK]: run };
  const answered = answerTarget(target, {
    ...{ request, world, targets },
    surroundings: { ...surroundings, env },
  });
  try {
    return await unlessStopped(answered, { signals, run });
  } finally {
    signals.end();
  }
}

/** Answers what needs no plan. */
async function answerTarget(
  target: Exclude<Target, { kind: "plan" }>,
  { request, world, targets, surroundings }: {
    request: RunRequest;
    world: World;
    targets: readonly Target[];
    surroundings: Surroundings;
  },
): Promise<number> {
  if (target.kind === "completions") {
    const { completions } = await import("./completions/mod.ts");
    world.stdout.write(completions(request.word!, targets));
    return 0;
  }
  if (target.kind === "diagnosis") {
    const { doctor } = await import("./doctor/perform.ts");
    const { wantsColour } = await import("./reporters/style.ts");
    const { color = "auto" } = request;
    const colour = wantsColour({ ...world, color }, world.stdout);
    return await doctor({ request, world, surroundings, colour });
  }
  if (target.kind === "records") {
    const { currentRecords, unreadable } = await import("./ownership.ts");
    const records = await currentRecords(surroundings);
    world.stdout.write(target.answer(records, {
      flags: request.flags,
      now: Date.now(),
      unreadable: await unreadable(surroundings),
    }));
    return 0;
  }
  const version = await appVersion(surroundings);
  world.stdout.write(target.answer({ version }) + "\n");
  return 0;
}

/** Runs a target that has a plan. What it takes is loaded here, because `version` must not pay for it. */
async function runPlan(
  target: Extract<Target, { kind: "plan" }>,
  { request, world, surroundings: { directory, env }, hidden }: {
    request: RunRequest;
    world: World;
    surroundings: Surroundings;
    hidden: Hidden;
  },
): Promise<number> {
  const [{ prepare }, { listen, unlessStopped }] = await Promise.all([
    import("./prepare.ts"),
    import("./signals.ts"),
  ]);
  const signals = listen(world);
  const run = crypto.randomUUID();
  try {
    const { giveUp } = signals;
    const surroundings = {
      directory,
      env: { ...env, [RUN_MARK]: run },
      giveUp,
    };
    const options = { request, world, surroundings, run, signals, hidden };
    const asked = Promise.withResolvers<void>();
    const prepared = unlessStopped(
      prepare(target, { ...options, onAsked: asked.resolve }),
      options,
    );
    // The larger part is loaded while Compose reads its files.
    await Promise.race([asked.promise, prepared.catch(() => {})]);
    const { perform } = await import("./perform.ts");
    return await perform(target, { ...options, prepared });
  } catch (error) {
    // What Compose says of a file that it cannot resolve has its values, too. A signal waits for no file.
    if (!hidden.redactor && !signals.stop.aborted) {
      const redactor = await within(
        redactorOfFiles(request, { world, surroundings: { directory, env } }),
        { ms: FILES_WITHIN, signal: signals.stop },
      ).catch(() => undefined);
      if (redactor) hidden.redactor = redactor;
    }
    throw hidden.redactor ? error : withoutDetail(error);
  } finally {
    signals.end();
    // What a child has started, which was told to end, must not outlive the tool.
    if (signals.stop.aborted) await endChildren(run);
  }
}

/** Milliseconds that files may take to be read for a failure, and the most bytes of each. */
const FILES_WITHIN = 5_000;
const MOST_BYTES = 2 ** 24;

/** The error without what Compose has said, which may have a secret in it. */
function withoutDetail(error: unknown): unknown {
  if (!(error instanceof TodoflowError)) return error;
  const { kind } = error.failure;
  if (kind !== "invalid-compose-file") return error;
  const detail =
    "the reason is not told: the values that it must not show could not be read";
  return new TodoflowError({ kind, detail });
}

/**
 * The redactor for what the Compose files say as they are written.
 *
 * @throws {Error} when one of them is no file, or too large.
 */
async function redactorOfFiles(
  request: RunRequest,
  { world: { readTextFile }, surroundings: { directory, env } }: {
    world: World;
    surroundings: Surroundings;
  },
): Promise<Redactor> {
  const [{ exportedEnv }, { writtenRedactor }] = await Promise.all([
    import("./prepare.ts"),
    import("./secrets.ts"),
  ]);
  const all = { ...env, ...exportedEnv(request, undefined) };
  let refused: Error | undefined;
  const redactor = await writtenRedactor({
    directory,
    env: all,
    readTextFile: async (path) => {
      const { isFile, size } = await Deno.stat(path);
      if (isFile && size <= MOST_BYTES) return await readTextFile(path);
      throw refused = new Error(`${path} is no file, or too large`);
    },
  });
  // What it says could not be looked at.
  if (refused) throw refused;
  return redactor;
}

async function directoryOf({ directory }: RunRequest, world: World) {
  if (directory === undefined) return world.directory;
  const { resolve } = await import("node:path");
  const path = resolve(world.directory, directory);
  const found = await Deno.stat(path).catch(() => undefined);
  if (found?.isDirectory) return path;
  throw new TodoflowError({ kind: "no-directory", directory });
}
