/**
 * Runs a plan: order, parallel branches, deadlines, cancellation, clean-up. It decides nothing else.
 *
 * @module
 */

import { diagnosis, type Findings } from "./diagnosis.ts";
import type { Again, Failure, Fault } from "../errors/wording.ts";
import type { Event } from "./events.ts";
import { mayPass } from "./faults.ts";
import { type Faults, notedFaults } from "../errors/own_fault.ts";
import { pause, within } from "../pause.ts";
import {
  type Does,
  ordered,
  type Plan,
  type Step,
  type StepKind,
} from "./plan.ts";
import type { ChildOptions, Executor } from "./executor.ts";

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
  /** The folder of reports and logs, relative to where the caller stands. */
  reports: string;
  /** What a person would type to do it again. */
  again: Again;
  /** Exceptions that were caught elsewhere while it runs: they are failures of the run, too. */
  faults?: Faults;
}

/** What the steps of a run share. */
interface Running extends RunOptions {
  faults: Faults;
}

/**
 * Runs the plan. A step starts as soon as those it waits for have succeeded; the first failure stops all others; then
 * clean-up steps run one after the other. An exception is a failure like any other. Resolves to what failed, first cause
 * first; nothing is an empty array.
 */
export async function run(
  plan: Plan,
  runOptions: RunOptions,
): Promise<Failure[]> {
  const { faults = notedFaults(runOptions.reports) } = runOptions;
  const removals = removalsOf(runOptions, faults);
  const options: Running = {
    ...runOptions,
    faults,
    executor: guarded(runOptions, { faults, remove: removals.begin }),
    emit: (event) => {
      try {
        runOptions.emit(event);
      } catch (error) {
        faults.note(error);
      }
    },
  };
  const failures = await runBranches(
    ordered(plan.steps.filter(({ cleanup }) => !cleanup)),
    options,
  );
  await removals.done();
  const failed = failures.length > 0 || faults.all().length > 0;
  const left = await cleanUp(plan.steps, { ...options, failed });
  left.push(...await removals.left());
  // A run that leaves nothing is not done before its clean-up is.
  const stopped = options.stop.aborted && !plan.leaves?.success;
  if (stopped && failures.length === 0) {
    failures.push(options.stop.reason as Failure);
  }
  failures.push(...faults.all().filter((one) => !failures.includes(one)));
  if (left.length > 0) failures.push({ kind: "clean-up-failed", shell: left });
  return failures;
}

/** Runs the clean-up steps; resolves to the commands of those that failed twice, or were given up. */
async function cleanUp(
  steps: readonly Step[],
  options: Running & { failed: boolean },
): Promise<string[]> {
  const left: string[] = [];
  const remains = new Map<string, readonly string[]>();
  for (const step of steps) {
    if (!step.cleanup || (step.cleanup === "failure" && !options.failed)) {
      continue;
    }
    const attempt = () =>
      options.giveUp.aborted
        ? Promise.resolve(true)
        : runStep(step, options.giveUp, {
          ...options,
          blockedBy: () => [],
          up: [],
          remains,
        });
    if (await attempt() && await attempt()) {
      left.push(...remains.get(step.name) ?? [options.shell(step)]);
    }
  }
  return left;
}

/** How long (ms) a call of the executor may take when its signal is aborted: it ends its children within a second or so. */
const OBEYS_WITHIN = 2_500;

/** The executor as steps see it: an exception in a look at a failure is noted, and must not hide the failure. */
function guarded(
  { executor }: RunOptions,
  { faults, remove }: { faults: Faults; remove: Executor["remove"] },
): Executor {
  const looked = async <T>(look: () => Promise<T>, signal: AbortSignal) => {
    try {
      return await within(look(), { signal, grace: OBEYS_WITHIN });
    } catch (error) {
      faults.note(error);
      return undefined;
    }
  };
  return {
    ...executor,
    remove,
    diagnose: (lines, signal) =>
      looked(() => executor.diagnose(lines, signal), signal),
    postMortem: (container, signal) =>
      looked(() => executor.postMortem(container, signal), signal),
  };
}

/**
 * What has done its work is removed while later steps run, but before clean-up, which would meet it halfway. What could
 * not be removed is tried again after clean-up.
 */
function removalsOf({ executor, giveUp }: RunOptions, faults: Faults) {
  const underWay: Promise<void>[] = [];
  const failed = new Map<string, AbortSignal>();
  const isGone = async (container: string, late: AbortSignal) => {
    const signal = AbortSignal.any([giveUp, late]);
    try {
      const removal = executor.remove(container, signal);
      return await within(removal, { signal, grace: OBEYS_WITHIN }) ?? false;
    } catch (error) {
      faults.note(error);
      return false;
    }
  };
  return {
    begin: (container: string, late: AbortSignal) => {
      underWay.push(
        isGone(container, late).then((gone) => {
          if (!gone) failed.set(container, late);
        }),
      );
      return Promise.resolve(true);
    },
    done: () => Promise.all(underWay),
    /** The commands that remove what is still there. */
    left: async () => {
      await Promise.all(underWay);
      const left: string[] = [];
      for (const [container, late] of failed) {
        const gone = !giveUp.aborted && await isGone(container, late);
        if (!gone) left.push(`docker rm --force --volumes ${container}`);
      }
      return left;
    },
  };
}

async function runBranches(
  steps: readonly Step[],
  options: Running,
): Promise<Failure[]> {
  const failures: Failure[] = [];
  const others = new AbortController();
  const signal = AbortSignal.any([options.stop, others.signal]);
  const context = {
    ...options,
    failed: false,
    blockedBy: (name: string) => blockedBy(name, steps),
    up: [] as Does<"gate">[],
  };
  const outcomes = new Map<string, Promise<boolean>>();
  for (const step of steps) {
    outcomes.set(
      step.name,
      (async () => {
        const before = await Promise.all(
          step.after.map((name) => outcomes.get(name)),
        );
        if (signal.aborted || before.includes(false)) return false;
        const failure = await runStep(step, signal, context);
        if (!failure) {
          if (step.does.kind === "gate") context.up.push(step.does);
          return true;
        }
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
  if (unfinished && options.stop.aborted) {
    failures.push(options.stop.reason as Failure);
  }
  return failures;
}

/** How often a step is tried whose failure may pass, and milliseconds between two attempts. */
const ATTEMPTS = 3;
const RETRY_AFTER = 1_000;

/** How many of the last lines of a step are kept, to tell why it failed. */
const KEPT_LINES = 100;

interface StepOptions extends Running {
  /** Whether the run has failed already, and this is clean-up. */
  failed: boolean;
  /** The services that do not start when the named step fails. */
  blockedBy: (step: string) => string[];
  /** Services that were ready, or seen to run. */
  up: readonly Does<"gate">[];
  /** By step of clean-up: the commands that remove what it has left. */
  remains?: Map<string, readonly string[]>;
}

/** The services of the steps that wait for a step, directly or not. */
function blockedBy(name: string, steps: readonly Step[]): string[] {
  const waiting = new Set([name]);
  // The steps are in order.
  for (const step of steps) {
    if (step.after.some((other) => waiting.has(other))) waiting.add(step.name);
  }
  const serviceOf = ({ does }: Step) => "service" in does ? [does.service] : [];
  const own = steps.filter((step) => step.name === name).flatMap(serviceOf);
  // A last look is at what runs already.
  const blocked = steps.filter(({ name, does }) =>
    waiting.has(name) && !(does.kind === "gate" && does.needs === "steady")
  ).flatMap(serviceOf);
  return [...new Set(blocked)].filter((service) => !own.includes(service));
}

/** Runs a step; an exception in it is its failure. */
async function runStep(
  step: Step,
  stop: AbortSignal,
  options: StepOptions,
): Promise<Failure | undefined> {
  try {
    return await tryStep(step, stop, options);
  } catch (error) {
    return options.faults.note(error, step.name);
  }
}

async function tryStep(
  step: Step,
  stop: AbortSignal,
  options: StepOptions,
): Promise<Failure | undefined> {
  const { executor, emit, target, shell, faults } = options;
  const deadline = AbortSignal.timeout(step.deadline);
  const signal = AbortSignal.any([stop, deadline]);
  const started = performance.now();
  // Of docker, not of containers, whose words say nothing about the machine.
  const lines: string[] = [];
  let last = "";
  const tell = (line: string, service?: string) => {
    last = line;
    if (service === undefined) lines.push(line);
    if (lines.length > KEPT_LINES) lines.shift();
    emit({
      kind: "output",
      step: step.name,
      line,
      ...(service !== undefined && { service }),
    });
  };
  const output = (line: string) => tell(line);
  emit({ kind: "step-start", step: step.name, why: step.why });
  let code = 1;
  let fault: Fault | undefined;
  let own: Failure | undefined;
  let state: string | undefined;
  let isMade = false;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    // That of an earlier attempt has passed, or is found again.
    fault = undefined;
    try {
      const performed = performStep({
        step,
        executor,
        emit,
        options: { output, signal },
        tell,
        became: (words) => state = words,
        made: () => isMade = true,
        run: options,
      });
      code = await within(performed, { signal, grace: OBEYS_WITHIN }) ?? 1;
    } catch (error) {
      code = 1;
      own = faults.note(error, step.name);
    }
    if (code === 0 || own || signal.aborted) break;
    // A gate's words are the container's, which say nothing about the machine.
    const words = step.does.kind === "gate" ? [] : lines;
    fault = await executor.diagnose(words, signal);
    if (signal.aborted || !fault || !mayPass(fault) || attempt === ATTEMPTS) {
      break;
    }
    lines.length = 0;
    output(`trying again: ${fault.detail}`);
    await pause(RETRY_AFTER, signal);
  }
  const result = code === 0 ? "ok" : stop.aborted ? "stopped" : "failed";
  const ms = Math.round(performance.now() - started);
  emit({ kind: "step-end", step: step.name, result, ms });
  if (code === 0) return undefined;
  if (own) return own;
  const common = { step: step.name, shell: shell(step), target };
  const { why } = step;
  if (fault) return { ...fault, ...common };
  if (stop.aborted) return { kind: "step-failed", ...common, why, code };
  const { does } = step;
  const container = "service" in does
    ? await executor.postMortem(does.container, stop)
    : undefined;
  // The name alone is no proof: where the command has failed, another one's container may have it.
  if (does.kind === "oneshot" && does.remove === "always" && isMade) {
    await executor.remove(does.container, AbortSignal.timeout(step.deadline));
  }
  const gone = await goneOf(options, { does, signal: stop });
  const found = diagnosis({
    does,
    lines,
    ...(gone && { gone }),
    ...(state !== undefined && { state }),
    ...(container && { container }),
    blocked: options.blockedBy(step.name),
    reports: options.reports,
    again: options.again,
  });
  return deadline.aborted
    ? {
      kind: "deadline",
      ...common,
      why,
      seconds: step.deadline / 1000,
      ...(last && { detail: last }),
      diagnosis: found,
    }
    : { kind: "step-failed", ...common, why, code, diagnosis: found };
}

/** A service that was up and has ended by itself: what a test says of an application that is gone explains little. */
async function goneOf(
  { executor, up }: StepOptions,
  { does, signal }: { does: StepKind; signal: AbortSignal },
): Promise<Findings["gone"]> {
  if (does.kind !== "oneshot") return undefined;
  const looks = await Promise.all(up.map(async ({ service, container }) => ({
    service,
    container: await executor.postMortem(container, signal),
  })));
  for (const { service, container } of looks) {
    if (container && !container.runs) return { service, container };
  }
  return undefined;
}

/** What a step's kind works with. */
interface Context {
  step: Step;
  executor: Executor;
  options: ChildOptions;
  /** Tells a line of a container, as `options.output` does one of docker. */
  tell: (line: string, service: string) => void;
  /** Remembers what became of the container, in words that follow its service's name. */
  became: (state: string) => void;
  /** Remembers that the container of a one-shot is this run's. */
  made: () => void;
  emit: (event: Event) => void;
  run: StepOptions;
}

/** Does what the kind of the step asks for around its command; resolves to the exit code. */
async function performStep(context: Context): Promise<number> {
  const { step: { command, does }, executor, options } = context;
  switch (does.kind) {
    case "build":
      return await executor.execute(command, {
        ...options,
        ...(does.env && { env: does.env }),
      });
    case "volume":
      return await makeVolume(does, context);
    case "command":
    case "start":
      return await executor.execute(command, options);
    case "gate":
      return await awaitGate(does, context);
    case "oneshot":
      return await runOneShot(does, context);
    case "images":
      return await tellImages(does, context);
    case "url":
      return await proveUrl(does, context);
    case "push":
      return await pushTag(does, context);
    case "remove":
      return await remove(does, context);
  }
}

async function remove(
  does: Does<"remove">,
  { step: { cleanup, name }, executor, options, run }: Context,
): Promise<number> {
  const { failed, stop, faults } = run;
  const gone = await executor.tearDown(does, {
    ...options,
    thorough: failed,
    stop,
    made: cleanup !== undefined,
    onFault: (error) => void faults.note(error, name),
    remains: (commands) => void run.remains?.set(name, commands),
  });
  return gone ? 0 : 1;
}

async function awaitGate(
  { container, needs, serves, service }: Does<"gate">,
  { executor, became, options: { signal, output } }: Context,
): Promise<number> {
  const verdict = await executor.awaitReady(container, {
    signal,
    needs,
    serves,
    service,
  });
  if (verdict.ready) return 0;
  became(verdict.reason);
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
    lines: stdout.replace(/^\ufeff/, "").trim().split(/\r?\n/),
  };
}

async function tellImages(
  { images }: Does<"images">,
  context: Context,
): Promise<number> {
  const { code, lines } = await dataOf(context);
  if (code !== 0) return code;
  const step = context.step.name;
  // A docker that is a wrapper may print notices, too.
  const ids = lines.filter((line) => line.startsWith("sha256:"));
  images.forEach(({ services, before, taken }, i) => {
    const id = (ids.length === images.length ? ids : lines)[i] ?? "";
    for (
      const { name, before } of taken.filter(({ before }) => before !== id)
    ) {
      context.options.output(
        `takes the name ${name} from image ${before}, which todoflow has not built`,
      );
    }
    const unchanged = id === before;
    context.emit({ kind: "image", step, services, id, unchanged });
  });
  return 0;
}

/** Makes a volume; one of that name that was there already is not the run's. */
async function makeVolume(
  { name }: Does<"volume">,
  { step: { command }, executor, options }: Context,
): Promise<number> {
  const code = await executor.execute(command, options);
  if (code !== 0) return code;
  const isOwn = await executor.madeVolume(name, options.signal);
  if (isOwn) return 0;
  options.output(
    isOwn === undefined
      ? `docker does not tell whose volume ${name} is`
      : `volume ${name} was there already, and no run of todoflow has made it`,
  );
  return 1;
}

async function proveUrl(
  { path, container }: Does<"url">,
  context: Context,
): Promise<number> {
  const { code, lines } = await dataOf(context);
  if (code !== 0) return code;
  const address = lines.find((line) => /:\d+$/.test(line)) ?? lines[0] ?? "";
  const { executor, options, emit } = context;
  const url = await executor.prove(address, path, { ...options, container });
  if (!url) return 1;
  emit({ kind: "url", url });
  return 0;
}

async function pushTag(
  does: Does<"push">,
  { step: { name, command }, executor, options, emit }: Context,
): Promise<number> {
  const { code, digest, unchanged } = await executor
    .push(command, does, options);
  if (digest !== undefined) {
    const { reference } = does;
    emit({ kind: "published", step: name, reference, digest, unchanged });
  }
  return code;
}

async function runOneShot(
  does: Does<"oneshot">,
  { step, executor, options, tell, became, made, run: { faults } }: Context,
): Promise<number> {
  const { container, service } = does;
  const { signal } = options;
  let code = await executor.execute(step.command, options);
  if (code === 0) {
    made();
    code = await executor.follow(container, {
      signal,
      service,
      output: (line) => tell(line, service),
      notice: options.output,
    });
    became(`ended with exit code ${code}`);
    // What is left to clean-up is collected there.
    if (does.reports.length > 0 && does.remove !== "never" && !signal.aborted) {
      try {
        await executor.collect(container, options);
      } catch (error) {
        // Its work is done, and what cannot be collected is removed all the same.
        faults.note(error, step.name);
      }
    }
  }
  // One that failed is looked at before it goes, one that was stopped is left to clean-up, which collects before it removes.
  if (code === 0 && does.remove !== "never") {
    await executor.remove(container, AbortSignal.timeout(step.deadline));
  }
  return code;
}
