/**
 * Runs a plan: order, parallel branches, deadlines, cancellation, clean-up. It decides nothing else.
 *
 * @module
 */

import type { Failure } from "./errors.ts";
import { type Command, ordered, type Plan, type Step } from "./plan.ts";
import type { Verdict } from "./readiness.ts";

/** What happens during a run, in order. */
export type Event =
  | {
    kind: "image";
    step: string;
    services: readonly string[];
    id: string;
    /** Whether it is the image that was there before the run. */
    unchanged: boolean;
  }
  | { kind: "step-start"; step: string; why: string }
  | { kind: "output"; step: string; line: string }
  | {
    kind: "step-end";
    step: string;
    result: "ok" | "failed" | "stopped";
    ms: number;
  }
  | { kind: "url"; url: string };

/** Options of everything that runs a child process. */
export interface ChildOptions {
  /** Called with each line of stdout and stderr, without its line end. */
  output: (line: string) => void;
  /** Ends the child. */
  signal: AbortSignal;
}

/** What the runner reaches the outside with; the real one is in `lib/engine.ts`. */
export interface Executor {
  /** Runs a command to its end; resolves to its exit code. */
  execute(command: Command, options: ChildOptions): Promise<number>;
  /** Runs a command whose output is data. */
  capture(
    command: Command,
    signal: AbortSignal,
  ): Promise<{ code: number; stdout: string; stderr: string }>;
  /** Waits until a container that was started is ready; see {@linkcode Verdict}. */
  awaitReady(
    container: string,
    options: { signal: AbortSignal; needs: "started" | "ready" | "healthy" },
  ): Promise<Verdict>;
  /** Follows a container's log until the container ends; resolves to its exit code. */
  follow(container: string, options: ChildOptions): Promise<number>;
  /** Copies a path out of a container, running or not, to the host's reports; resolves to why that could not be. */
  copyReport(container: string, path: string): Promise<string | undefined>;
  /** Kills and removes a container with its anonymous volumes; one that is not there is no error. */
  remove(container: string): Promise<void>;
  /**
   * Requests `path` at `address` ("host:port") until it answers with a status below 500, as long as the container runs;
   * resolves to the URL, or to "" after it has told the problem.
   */
  prove(
    address: string,
    path: string,
    options: ChildOptions & { container: string },
  ): Promise<string>;
}

/** Everything around a plan that {@linkcode run} needs. */
export interface RunOptions {
  executor: Executor;
  emit: (event: Event) => void;
  /** Aborted, with a {@linkcode Failure} as reason, to stop the run: its clean-up still happens. */
  stop: AbortSignal;
  /** Aborted to give up clean-up, too. */
  giveUp: AbortSignal;
  target: string;
  /** A step's command as text for a person to paste. */
  shell: (step: Step) => string;
}

/**
 * Runs the plan. A step starts as soon as those it waits for have succeeded; the first failure stops all others; then
 * clean-up steps run one after the other. Resolves to what failed, first cause first; nothing is an empty array.
 */
export async function run(
  plan: Plan,
  runOptions: RunOptions,
): Promise<Failure[]> {
  // What has done its work is removed beside the steps that follow, but before clean-up, which would meet it halfway.
  const removals: Promise<void>[] = [];
  const { executor } = runOptions;
  const options: RunOptions = {
    ...runOptions,
    executor: {
      ...executor,
      remove: (container) => {
        removals.push(executor.remove(container));
        return Promise.resolve();
      },
    },
  };
  const failures = await runBranches(
    ordered(plan.steps.filter(({ cleanup }) => !cleanup)),
    options,
  );
  await Promise.all(removals);
  const failed = failures.length > 0;
  const left: string[] = [];
  for (const step of plan.steps) {
    if (!step.cleanup || (step.cleanup === "failure" && !failed)) continue;
    const failure = options.giveUp.aborted
      ? step
      : await runStep(step, options.giveUp, options);
    if (failure) left.push(options.shell(step));
  }
  if (left.length > 0) failures.push({ kind: "clean-up-failed", shell: left });
  return failures;
}

async function runBranches(
  steps: readonly Step[],
  options: RunOptions,
): Promise<Failure[]> {
  const failures: Failure[] = [];
  const others = new AbortController();
  const signal = AbortSignal.any([options.stop, others.signal]);
  const outcomes = new Map<string, Promise<boolean>>();
  for (const step of steps) {
    outcomes.set(
      step.name,
      (async () => {
        const before = await Promise.all(
          step.after.map((name) => outcomes.get(name)),
        );
        if (signal.aborted || before.includes(false)) return false;
        const failure = await runStep(step, signal, options);
        if (!failure) return true;
        // What the first failure stops is its consequence, not another failure.
        if (!signal.aborted) failures.push(failure);
        others.abort();
        return false;
      })(),
    );
  }
  await Promise.all(outcomes.values());
  // A signal is the cause of whatever failed after it, and none when all had succeeded.
  const unfinished = failures.length === 0 &&
    (await Promise.all(outcomes.values())).includes(false);
  if (unfinished) failures.push(options.stop.reason as Failure);
  return failures;
}

async function runStep(
  step: Step,
  stop: AbortSignal,
  { executor, emit, target, shell }: RunOptions,
): Promise<Failure | undefined> {
  const deadline = AbortSignal.timeout(step.deadline);
  const started = performance.now();
  let last = "";
  emit({ kind: "step-start", step: step.name, why: step.why });
  const code = await performStep({
    step,
    executor,
    emit,
    options: {
      output: (line) => {
        last = line;
        emit({ kind: "output", step: step.name, line });
      },
      signal: AbortSignal.any([stop, deadline]),
    },
  });
  const result = code === 0 ? "ok" : stop.aborted ? "stopped" : "failed";
  const ms = Math.round(performance.now() - started);
  emit({ kind: "step-end", step: step.name, result, ms });
  if (code === 0) return undefined;
  const common = { step: step.name, why: step.why, shell: shell(step), target };
  return deadline.aborted && !stop.aborted
    ? {
      kind: "deadline",
      ...common,
      seconds: step.deadline / 1000,
      ...(last && { detail: last }),
    }
    : { kind: "step-failed", ...common, code };
}

/** What a step's kind works with. */
interface Context {
  step: Step;
  executor: Executor;
  options: ChildOptions;
  emit: (event: Event) => void;
}

/** Does what the kind of the step asks for around its command; resolves to the exit code. */
async function performStep(context: Context): Promise<number> {
  const { step: { command, does }, executor, options } = context;
  switch (does.kind) {
    case "command":
      return await executor.execute(command, options);
    case "gate":
      return await awaitGate(does, context);
    case "oneshot":
      return await runOneShot(does, context);
    case "images":
      return await tellImages(does, context);
    case "url":
      return await proveUrl(does, context);
  }
}

type Does<K extends Step["does"]["kind"]> = Extract<Step["does"], { kind: K }>;

async function awaitGate(
  { container, needs, service }: Does<"gate">,
  { executor, options: { signal, output } }: Context,
): Promise<number> {
  const verdict = await executor.awaitReady(container, { signal, needs });
  if (verdict.ready) return 0;
  output(`"${service}" ${verdict.reason}`);
  return 1;
}

/** The lines of a step whose output is data; its errors are told. */
async function dataOf(
  { step: { command }, executor, options: { signal, output } }: Context,
): Promise<{ code: number; lines: string[] }> {
  const { code, stdout, stderr } = await executor.capture(command, signal);
  if (code !== 0) stderr.trim().split("\n").forEach(output);
  // A command that was stopped has nothing to say, whatever its exit code.
  return {
    code: code || Number(signal.aborted),
    lines: stdout.trim().split("\n"),
  };
}

async function tellImages(
  { images }: Does<"images">,
  context: Context,
): Promise<number> {
  const { code, lines } = await dataOf(context);
  if (code !== 0) return code;
  const step = context.step.name;
  images.forEach(({ services, before }, i) => {
    const id = lines[i] ?? "";
    const unchanged = id === before;
    context.emit({ kind: "image", step, services, id, unchanged });
  });
  return 0;
}

async function proveUrl(
  { path, container }: Does<"url">,
  context: Context,
): Promise<number> {
  const { code, lines: [address = ""] } = await dataOf(context);
  if (code !== 0) return code;
  const { executor, options, emit } = context;
  const url = await executor.prove(address, path, { ...options, container });
  if (!url) return 1;
  emit({ kind: "url", url });
  return 0;
}

async function runOneShot(
  does: Does<"oneshot">,
  { step: { command }, executor, options }: Context,
): Promise<number> {
  let code = 1;
  try {
    code = await executor.execute(command, options);
    if (code === 0) {
      code = await executor.follow(does.container, options);
      await Promise.all(does.reports.map(async (path) => {
        const problem = await executor.copyReport(does.container, path);
        if (problem) options.output(`no report ${path}: ${problem}`);
      }));
    }
    return code;
  } finally {
    // Killed, where it was stopped halfway: clean-up would first wait for it to end by itself.
    const result = code === 0 ? "success" : "failure";
    if (["always", result].includes(does.remove)) {
      await executor.remove(does.container);
    }
  }
}
