/**
 * The spine: argv to request, request to target, target to exit code.
 *
 * @module
 */

import { parse } from "./cli/parse.ts";
import { explain } from "./errors/wording.ts";
import type { TimedEvent } from "./plan/events.ts";
import { ownFault } from "./errors/own_fault.ts";
import { nextTurn } from "./pause.ts";
import type { Hidden } from "./secrets/redact.ts";
import { RUN_MARK } from "./child.ts";
import type { Request, RunRequest } from "./cli/request.ts";
import { exitCode } from "./errors/exit_code.ts";
import type { Typing } from "./errors/typing.ts";
import type { Target } from "./target.ts";
import type { World } from "./world.ts";

/**
 * Runs todoflow with these arguments in this world; resolves to the exit code. It never rejects: it reports failures,
 * exceptions too, on stderr.
 *
 * @param targets the targets that the arguments can name; the first one is the default
 */
export async function main(
  argv: readonly string[],
  world: World,
  targets: readonly Target[],
): Promise<number> {
  const hidden: Hidden = {};
  const stray = listenForStray();
  let typing: Typing | undefined;
  let code: number;
  try {
    const request = await parse(argv, targets);
    if (request.kind === "run") typing = request.typing;
    code = await answer(request, { world, targets, hidden });
  } catch (error) {
    code = await tell(error, { argv, world, hidden, typing });
  }
  // The event loop reports a rejection in its next turn.
  await nextTurn();
  stray.end();
  for (const error of stray.errors.slice(0, 1)) {
    const own = await tell(error, { argv, world, hidden, typing });
    code ||= own;
  }
  return code;
}

/**
 * Listens for exceptions that no code catches: they must not end the process before a run has cleaned up. Other listeners
 * of the program still get them.
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

/** Reports a failure on stderr, with `--json` on stdout, too, unless they are closed; resolves to the exit code. */
async function tell(
  error: unknown,
  { argv, world, hidden, typing }: Pick<Call, "world" | "hidden"> & {
    argv: readonly string[];
    /** Absent for a wrong command line. */
    typing: Typing | undefined;
  },
): Promise<number> {
  const failure = ownFault(error);
  const told = explain(failure, typing);
  const explanation = hidden.redactor?.within(told) ?? told;
  const code = exitCode(failure);
  try {
    const { failureText } = await import("./errors/failure_text.ts");
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
      const { jsonText } = await import("./text/untrusted.ts");
      world.stdout.write(`${jsonText(event)}\n`);
    }
  } catch {
    try {
      const { headline, why = "" } = explanation;
      world.stderr.write(`todoflow: ${headline}\n${why}\n`);
    } catch {
      // stderr is closed: the exit code must do.
    }
  }
  return code;
}

/** One call of {@linkcode main}. */
interface Call {
  world: World;
  targets: readonly Target[];
  /** Gets the redactor, once the secrets of the project are known. */
  hidden: Hidden;
}

async function answer(request: Request, call: Call): Promise<number> {
  const { world, targets } = call;
  switch (request.kind) {
    case "help": {
      const { help } = await import("./cli/help.ts");
      world.stdout.write(help(targets, request.target));
      return 0;
    }
    case "tool-version": {
      const { toolVersion } = await import("./cli/tool_version.ts");
      world.stdout.write(`${await toolVersion(world.env)}\n`);
      return 0;
    }
    case "run":
      break;
  }
  const code = await runTarget(request, call);
  const isTold = world.stderr.isTerminal && !request.flags.has("quiet");
  if (request.bare && isTold) {
    const { targetList } = await import("./cli/help.ts");
    world.stderr.write(`\nTargets:\n${targetList(targets)}\n`);
  }
  return code;
}

async function runTarget(
  request: RunRequest,
  { world, targets, hidden }: Call,
): Promise<number> {
  const { target, typing, ...given } = request;
  const { env } = world;
  const directory = await directoryOf(request, world);
  // Each target loads its modules itself, because `version` must not pay for them.
  const run = target.kind === "run" ? target.run : target.instead?.(given);
  if (target.kind === "plan" && !run) {
    const { runPlan } = await import("./run/run_plan.ts");
    const surroundings = { directory, env };
    return await runPlan(target, { request, world, surroundings, hidden });
  }
  const { listen, unlessStopped } = await import("./run/signals.ts");
  const signals = listen(world);
  const mark = crypto.randomUUID();
  const surroundings = { directory, env: { ...env, [RUN_MARK]: mark } };
  // A program's own target may throw before it returns a promise.
  const answer = async () =>
    await run!({ given, world, targets, surroundings, typing });
  try {
    return await unlessStopped(answer(), { signals, run: mark });
  } finally {
    signals.end();
  }
}

async function directoryOf({ directory }: RunRequest, world: World) {
  if (directory === undefined) return world.directory;
  const { resolve } = await import("node:path");
  const path = resolve(world.directory, directory);
  const found = await Deno.stat(path).catch(() => undefined);
  if (found?.isDirectory) return path;
  const { noDirectory } = await import("./cli/no_directory.ts");
  throw await noDirectory(directory, {
    isThere: found !== undefined,
    list: (folder) => foldersIn(resolve(world.directory, folder)),
  });
}

/** The names of the folders in a folder; undefined if it cannot be read. */
async function foldersIn(folder: string): Promise<string[] | undefined> {
  const entries = await Array.fromAsync(Deno.readDir(folder))
    .catch(() => undefined);
  return entries?.filter(({ isDirectory }) => isDirectory)
    .map(({ name }) => name);
}
