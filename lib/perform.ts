/**
 * Performs a target that has a plan: observes, plans, then prints the plan or runs it.
 *
 * @module
 */

import { relative } from "node:path";
import type { Request, Target } from "./cli.ts";
import { checkOrder } from "./config.ts";
import {
  appVersion,
  recordingShell,
  shell,
  type Surroundings,
} from "./engine.ts";
import { type Failure, TodoflowError } from "./errors.ts";
import { executor } from "./executor.ts";
import { composeFiles, locate } from "./locate.ts";
import type { World } from "./main.ts";
import { observe, observeBases, observeImages, ofProject } from "./observe.ts";
import { ordered, type Plan, script, toShell } from "./plan.ts";
import { plainReporter } from "./reporter.ts";
import { run } from "./runner.ts";
import { readWorkflow } from "./workflow.ts";

type RunRequest = Extract<Request, { kind: "run" }>;
type PlanTarget = Extract<Target, { kind: "plan" }>;

/** What surrounds the performance of a target. */
export interface PerformOptions {
  request: RunRequest;
  world: World;
  surroundings: Surroundings;
}

/**
 * Performs the target; resolves to what failed.
 *
 * @throws {TodoflowError} when it cannot start, before anything was changed.
 */
export async function perform(
  target: PlanTarget,
  options: PerformOptions,
): Promise<Failure[]> {
  try {
    return await performTarget(target, options);
  } catch (error) {
    throw await located(error, options);
  }
}

/** The error; one about the configuration with its place in the Compose files, which are read for that only now. */
async function located(
  error: unknown,
  { request, world, surroundings: { directory, env } }: PerformOptions,
): Promise<unknown> {
  if (!(error instanceof TodoflowError)) return error;
  const { failure } = error;
  if (failure.kind !== "invalid-config") return error;
  const { readTextFile } = world;
  const files = await composeFiles({
    directory,
    env: { ...env, ...exportedEnv(request, undefined) },
    readTextFile,
  });
  const found = await locate(failure.path, { files, readTextFile });
  if (!found) return error;
  const file = relative(world.directory, found.file);
  return new TodoflowError({ ...failure, location: { ...found, file } });
}

async function performTarget(
  target: PlanTarget,
  { request, world, surroundings: { directory, env } }: PerformOptions,
): Promise<Failure[]> {
  const { dryRun, flags, args } = request;
  const version = await versionFor(target, { directory, env });
  const exported = exportedEnv(request, version);
  const $ = await shell({ directory, env: { ...env, ...exported } });
  const { removes = false } = target;
  const { model, active, objects } = await observe($, {
    directory,
    needsEngine: !dryRun,
    removes,
  });
  const workflow = await readWorkflow(model, active);
  const [images, bases] = removes ? [new Map(), new Map()] : await Promise.all([
    observeImages($, workflow),
    observeBases(workflow, world.readTextFile),
  ]);
  const facts = {
    version,
    images,
    bases,
    ...ofProject(objects, workflow.project),
  };
  const planWith = ($: PlanShell) =>
    target.plan({ workflow, facts, flags, args, $ });

  const recording = await recordingShell();
  const recorded = await recording.record(stepsOf(planWith(recording.$)));
  if (dryRun) {
    world.stdout.write(script(recorded, exported));
    return [];
  }
  const lines = new Map(
    recorded.map(({ step, argv }) => [step.name, toShell(argv)]),
  );
  return await runPlan(planWith($), world, {
    executor: executor({
      $,
      reports: `${directory}/reports/${target.name}`,
    }),
    target: target.name,
    shell: ({ name }) => lines.get(name)!,
  });
}

type PlanShell = Parameters<PlanTarget["plan"]>[0]["$"];

/** In the order in which a person would paste them: clean-up last. */
function stepsOf({ steps }: Plan) {
  checkOrder(steps);
  return [
    ...ordered(steps.filter(({ cleanup }) => !cleanup)),
    ...steps.filter(({ cleanup }) => cleanup),
  ];
}

/** The version; what was released can be cleaned up where there is no commit, too. */
async function versionFor({ name }: Target, surroundings: Surroundings) {
  try {
    return await appVersion(surroundings);
  } catch (error) {
    const isUsage = error instanceof TodoflowError &&
      error.failure.kind === "illegal-version";
    if (name === "clean" && !isUsage) return undefined;
    throw error;
  }
}

/** What every command gets to see besides the caller's environment, so that no line has to repeat it. */
function exportedEnv(
  { files, project }: RunRequest,
  version: string | undefined,
): Record<string, string> {
  const separator = [":", ";", "|", "\n"]
    .find((mark) => !files.some((file) => file.includes(mark))) ?? "\x01";
  return {
    ...(version !== undefined && { APP_VERSION: version }),
    ...(files.length > 0 && {
      COMPOSE_FILE: files.join(separator),
      COMPOSE_PATH_SEPARATOR: separator,
    }),
    ...(project !== undefined && { COMPOSE_PROJECT_NAME: project }),
  };
}

/**
 * One Ctrl-C can arrive more than once: from the terminal, which signals its whole process group, and from parents such as
 * `deno task` and `npx`, which pass on what they got. What comes within this time (ms) is the same.
 */
const SAME_SIGNAL = 1_000;

/** Runs a plan until it ends or a signal stops it; a second signal gives up clean-up, too. */
async function runPlan(
  plan: Plan,
  world: World,
  options: Pick<Parameters<typeof run>[1], "executor" | "target" | "shell">,
): Promise<Failure[]> {
  const stop = new AbortController();
  const giveUp = new AbortController();
  let first = Infinity;
  const stopListening = world.onSignal((signal) => {
    const now = performance.now();
    if (now - first > SAME_SIGNAL) giveUp.abort();
    if (stop.signal.aborted) return;
    first = now;
    stop.abort({ kind: "signal", signal } satisfies Failure);
  });
  try {
    return await run(plan, {
      ...options,
      emit: plainReporter(world),
      stop: stop.signal,
      giveUp: giveUp.signal,
    });
  } finally {
    stopListening();
  }
}
