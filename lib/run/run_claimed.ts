/**
 * Runs a target whose projects are locked.
 *
 * @module
 */

import config from "../../deno.json" with { type: "json" };
import {
  type Artifacts,
  artifacts,
  NO_ARTIFACTS,
} from "../artifacts/collect.ts";
import { containerEvents } from "../engine/events.ts";
import type { Failure } from "../errors/failure.ts";
import { run as runPlan } from "../plan/runner.ts";
import { noReports } from "../reports/place.ts";
import type { PlanTarget } from "../target.ts";
import { close, isAllButCleanUp } from "./closing.ts";
import { executor } from "./docker_executor.ts";
import { stepsOf } from "./facts.ts";
import { type Followers, followersOf, shownReports } from "./followers.ts";
import { againOf } from "./paste.ts";
import type { Prepared } from "./prepared.ts";
import { type Keeper, keeperOf } from "./record.ts";
import { planned } from "./reporter.ts";
import { type ClaimedOptions, type Start, startOf } from "./start.ts";

/**
 * Runs a target, and records what it owns and leaves; resolves to the exit code.
 *
 * @throws {TodoflowError} when the run must not begin; nothing was changed.
 */
export async function runClaimed(
  target: PlanTarget,
  prepared: Prepared,
  options: ClaimedOptions,
): Promise<number> {
  const start = await startOf(target, prepared, options);
  const keeper = keeperOf(target, prepared, { ...options, start });
  // Before anything is removed: if the record cannot be written, the reports of the earlier run stay.
  await keeper.begin();
  const files = await filesOf(prepared, start).catch(async (error) => {
    await keeper.withdraw();
    throw error;
  });
  const all = { ...options, start, keeper, artifacts: files };
  const followers = followersOf(target, prepared, all);
  tellStart(target, prepared, { start, followers });
  const failures = await runSteps(target, prepared, { ...all, followers });
  return await close(failures, prepared, { ...all, followers });
}

/** Empties the folder of the run's files and opens it. */
async function filesOf(
  { redactor, surroundings, api }: Prepared,
  { reportsOf, checked, collected }: Start,
): Promise<Artifacts> {
  if (!checked) return NO_ARTIFACTS;
  try {
    return await artifacts({
      ...reportsOf,
      ...{ checked, surroundings, api, collected },
      redact: redactor.stream,
    });
  } catch (error) {
    throw noReports(error, reportsOf);
  }
}

function tellStart(
  target: PlanTarget,
  { workflow, identity, engine, own, version }: Prepared,
  { start, followers }: { start: Start; followers: Followers },
): void {
  followers.journal.emit({
    kind: "run-start",
    target: target.name,
    project: workflow.project,
    directory: identity.directory,
    engine,
    ...(own && { own: true }),
    ...(version !== undefined && { version }),
    tool: config.version,
    steps: stepsOf(start.plan).map(planned),
  });
}

/** Runs the plan; resolves to its failures, the cause first. */
async function runSteps(
  target: PlanTarget,
  prepared: Prepared,
  options: ClaimedOptions & {
    start: Start;
    artifacts: Artifacts;
    keeper: Keeper;
    followers: Followers;
  },
): Promise<Failure[]> {
  const { start, artifacts, keeper, followers, signals } = options;
  const { sleep } = options.world;
  const { publisher, faults, journal } = followers;
  const events = containerEvents(prepared.api, prepared.workflow.project);
  const failures = await runPlan(start.plan, {
    executor: executor({
      $: prepared.$,
      api: prepared.api,
      ...{ artifacts, events },
      proof: start.proof,
      onCollected: journal.read,
      onRemove: keeper.removing,
      sleep,
    }),
    target: target.name,
    shell: ({ name }) => start.lines.get(name)!,
    faults,
    reports: shownReports(options),
    again: againOf(options, start.plan),
    emit: followers.see,
    stop: signals.stop,
    giveUp: signals.giveUp,
    sleep,
  }).finally(() => events.close());
  if (publisher && !isAllButCleanUp(failures)) {
    const shortfall = publisher.shortfall(signals.giveUp);
    failures.push(await shortfall.catch((error) => faults.note(error)));
  }
  const gone = keeper.gone();
  if (gone !== undefined && failures[0]) failures[0] = { ...failures[0], gone };
  return failures;
}
