/**
 * Runs a plan: order, parallel branches, deadlines, cancellation, clean-up. It makes no other decision.
 *
 * @module
 */

import type { Failure } from "../errors/failure.ts";
import { type Faults, notedFaults } from "../errors/own_fault.ts";
import { pause, within } from "../pause.ts";
import { OBEYS_WITHIN, type Running, type RunOptions } from "./context.ts";
import { type Does, ordered, type Plan, type Step } from "./plan.ts";
import type { Executor } from "./executor.ts";
import { runStep } from "./step.ts";

/**
 * Runs the plan. A step starts as soon as the steps in its `after` have succeeded. The first failure stops all other
 * steps, unless the step fails alone; then the clean-up steps run sequentially. An exception is a failure like any other. Resolves to the failures,
 * first cause first; an empty array after success, and after a base has moved: then the plan was not run to its end.
 */
export async function run(
  plan: Plan,
  runOptions: RunOptions,
): Promise<Failure[]> {
  const { faults = notedFaults(runOptions.reports) } = runOptions;
  const removals = removalsOf(runOptions, faults);
  const moved: string[] = [];
  const options: Branches = {
    ...runOptions,
    faults,
    ended: new Set<string>(),
    moved,
    onMoved: (image) => {
      moved.push(image);
      runOptions.onMoved?.(image);
    },
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
  const failed = failures.length > 0 || moved.length > 0 ||
    faults.all().length > 0;
  const left = await cleanUp(plan.steps, { ...options, failed });
  left.push(...await removals.left());
  // A run that leaves nothing ends with its clean-up, so a signal during clean-up counts.
  const stopped = options.stop.aborted && !plan.leaves?.success;
  if (stopped && failures.length === 0) {
    failures.push(options.stop.reason as Failure);
  }
  failures.push(...faults.all().filter((one) => !failures.includes(one)));
  if (left.length > 0) failures.push({ kind: "clean-up-failed", shell: left });
  return failures;
}

/** Runs the clean-up steps; resolves to the commands of the steps that failed twice or were given up. */
async function cleanUp(
  steps: readonly Step[],
  options: Running & { failed: boolean },
): Promise<string[]> {
  const left: string[] = [];
  const remains = new Map<string, readonly string[]>();
  for (const step of steps) {
    const { cleanup } = step;
    // A run that was stopped has nothing to look at, as one that has succeeded.
    const isKept = cleanup === "success" && options.failed &&
      !options.stop.aborted;
    const isGood = cleanup === "failure" && !options.failed;
    if (!cleanup || isKept || isGood) continue;
    const attempt = () =>
      options.giveUp.aborted
        ? Promise.resolve(true)
        : runStep(step, options.giveUp, {
          ...options,
          up: [],
          remains,
        });
    if (await attempt() && await attempt()) {
      left.push(...remains.get(step.name) ?? [options.shell(step)]);
    }
  }
  return left;
}

/** The executor for steps: an exception while a failure is inspected is noted, and does not hide the failure. */
function guarded(
  { executor, sleep }: RunOptions,
  { faults, remove }: { faults: Faults; remove: Executor["remove"] },
): Executor {
  const looked = async <T>(look: () => Promise<T>, signal: AbortSignal) => {
    try {
      return await within(look(), { signal, grace: OBEYS_WITHIN, sleep });
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
 * Removes finished containers while later steps run, but before clean-up, which would otherwise meet them half removed.
 * A failed removal is repeated after clean-up.
 */
function removalsOf({ executor, giveUp, sleep }: RunOptions, faults: Faults) {
  const underWay: Promise<void>[] = [];
  const failed = new Map<string, AbortSignal>();
  const isGone = async (container: string, late: AbortSignal) => {
    const signal = AbortSignal.any([giveUp, late]);
    try {
      const removal = executor.remove(container, signal);
      const limits = { signal, grace: OBEYS_WITHIN, sleep };
      return await within(removal, limits) ?? false;
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
    /** The commands that remove the remaining containers. */
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

/** How long (ms) the comparison of bases may take after another step has failed. */
const COMPARED_WITHIN = 10_000;

/**
 * The signals that stop the steps of a plan: `bases` those that compare bases, `rest` all others. The first failure stops
 * the rest at once. Bases are compared nevertheless: a failure on a base that has moved proves nothing.
 */
function stopping({ stop, moved, sleep = pause }: Branches) {
  const rest = new AbortController();
  const bases = new AbortController();
  const over = new AbortController();
  return {
    /** Whether the caller's signal has stopped the rest, and not a failure before it. */
    isCut: () => stop.aborted && !rest.signal.aborted,
    rest: AbortSignal.any([stop, rest.signal]),
    bases: AbortSignal.any([stop, bases.signal]),
    stopRest: () => {
      if (rest.signal.aborted) return;
      rest.abort();
      sleep(COMPARED_WITHIN, over.signal).then(() => {
        // The next round builds on all bases that have moved.
        if (moved.length === 0) bases.abort();
      });
    },
    end: () => over.abort(),
  };
}

/** Options of {@linkcode runBranches}. */
interface Branches extends Running {
  /** Base images that have moved so far. */
  moved: readonly string[];
}

async function runBranches(
  steps: readonly Step[],
  options: Branches,
): Promise<Failure[]> {
  const { moved, stop } = options;
  const failures: Failure[] = [];
  const { rest, bases, stopRest, isCut, end } = stopping(options);
  let cut = false;
  const context = {
    ...options,
    failed: false,
    up: [] as Does<"gate">[],
  };
  const perform = async (step: Step) => {
    const signal = step.does.kind === "base" ? bases : rest;
    cut ||= isCut();
    if (signal.aborted) return false;
    const failure = await runStep(step, signal, context);
    cut ||= failure !== undefined && isCut();
    if (moved.length > 0) stopRest();
    if (!failure) {
      if (step.does.kind === "gate") context.up.push(step.does);
      return true;
    }
    // A step that the first failure has stopped is a consequence, not another failure.
    if (!signal.aborted) failures.push(failure);
    if (!step.failsAlone) stopRest();
    return false;
  };
  const outcomes = new Map<string, Promise<boolean>>();
  for (const step of steps) {
    const before = Promise.all(step.after.map((name) => outcomes.get(name)));
    const outcome = before.then((all) => !all.includes(false) && perform(step));
    outcomes.set(step.name, outcome);
  }
  const ended = await Promise.all(outcomes.values());
  end();
  if (moved.length > 0) return [];
  // A signal is the cause of the failures after it, and no failure where all steps had succeeded. Steps that fail alone may
  // have failed before it.
  const isStopped = failures.length === 0 && ended.includes(false) || cut;
  if (isStopped && stop.aborted) failures.unshift(stop.reason as Failure);
  return failures;
}
