/**
 * Runs a plan: order, parallel branches, deadlines, cancellation, clean-up. It makes no other decision.
 *
 * @module
 */

import type { Failure } from "../errors/failure.ts";
import { type Faults, notedFaults } from "../errors/own_fault.ts";
import { within } from "../pause.ts";
import { OBEYS_WITHIN, type Running, type RunOptions } from "./context.ts";
import { type Does, ordered, type Plan, type Step } from "./plan.ts";
import type { Executor } from "./executor.ts";
import { runStep } from "./step.ts";

/**
 * Runs the plan. A step starts as soon as the steps in its `after` have succeeded. The first failure stops all other
 * steps; then the clean-up steps run sequentially. An exception is a failure like any other. Resolves to the failures,
 * first cause first; an empty array after success.
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
        // A step that the first failure has stopped is a consequence, not another failure.
        if (!signal.aborted) failures.push(failure);
        others.abort();
        return false;
      })(),
    );
  }
  await Promise.all(outcomes.values());
  // A signal is the cause of the failures after it, and no failure where all steps had succeeded.
  const unfinished = failures.length === 0 &&
    (await Promise.all(outcomes.values())).includes(false);
  if (unfinished && options.stop.aborted) {
    failures.push(options.stop.reason as Failure);
  }
  return failures;
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
  // A step `steady` is about a service that already runs.
  const blocked = steps.filter(({ name, does }) =>
    waiting.has(name) && !(does.kind === "gate" && does.needs === "steady")
  ).flatMap(serviceOf);
  return [...new Set(blocked)].filter((service) => !own.includes(service));
}
