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
import { measured } from "../artifacts/measured.ts";
import { usageMeter } from "../artifacts/usage.ts";
import { containerEvents } from "../engine/events.ts";
import type { Failure } from "../errors/failure.ts";
import { commitOf } from "../git/commit.ts";
import type { Plan } from "../plan/plan.ts";
import {
  changedGuesses,
  changedText,
  confirmText,
} from "../publish/guesses.ts";
import { run as runPlan } from "../plan/runner.ts";
import { noReports } from "../reports/place.ts";
import { close, isAllButCleanUp } from "./closing.ts";
import { executor } from "./docker_executor.ts";
import { stepsOf } from "./facts.ts";
import { type Followers, followersOf, shownReports } from "./followers.ts";
import type { Manner } from "./manner.ts";
import { againOf } from "./paste.ts";
import type { Prepared } from "./prepared.ts";
import type { Keeper } from "./record.ts";
import { planned } from "./reporter.ts";
import { startOf } from "./start.ts";
import type { ClaimedOptions, Earlier, Start } from "./started.ts";

/** How a round of a run has ended. */
type Round = { code: number } | Earlier;

/**
 * Runs a target, and records what it owns and leaves; resolves to the exit code, or to the round if a base has moved meanwhile.
 *
 * @throws {TodoflowError} when the run must not begin; nothing was changed.
 */
export async function runClaimed(
  manner: Manner,
  prepared: Prepared,
  options: ClaimedOptions,
): Promise<Round> {
  const start = await startOf(manner, prepared, options);
  const keeper = manner.keeper(prepared, { ...options, start, manner });
  // Before anything is removed: if the record cannot be written, the reports of the earlier run stay.
  await keeper.begin();
  const files = await filesOf(prepared, start).catch(async (error) => {
    await keeper.withdraw();
    throw error;
  });
  const all = { ...options, start, keeper, artifacts: files };
  const followers = followersOf(manner, prepared, all);
  tellStart(manner, prepared, { ...options, start, followers });
  const { failures, moved } = await runSteps(manner, prepared, {
    ...all,
    followers,
  });
  if (moved.length > 0 && failures.length === 0) {
    // The next round begins with the record and the folder, and is refused where they cannot be written.
    await followers.journal.abandon().catch(() => {});
    await keeper.end({ good: false, url: undefined }).catch(() => {});
    return { moved, reporter: followers.reporter };
  }
  if (failures.length === 0) tellNotes(followers, start.plan);
  const code = await close(failures, prepared, { ...all, followers });
  if (code === 0) await followers.comparison?.keep();
  return { code };
}

/** Empties the folder of the run's files and opens it. */
async function filesOf(
  { redactor, surroundings, api }: Prepared,
  { reportsOf, checked, collected }: Start,
): Promise<Artifacts> {
  if (!checked) return NO_ARTIFACTS;
  try {
    const files = await artifacts({
      ...reportsOf,
      ...{ checked, surroundings, api, collected },
      redact: redactor.stream,
    });
    return measured(files, usageMeter(api));
  } catch (error) {
    throw noReports(error, reportsOf);
  }
}

function tellStart(
  manner: Manner,
  { workflow, identity, engine, own, version, source, notes }: Prepared,
  { start, followers, earlier }: Pick<ClaimedOptions, "earlier"> & {
    start: Start;
    followers: Followers;
  },
): void {
  followers.journal.emit({
    kind: "run-start",
    target: manner.name,
    project: workflow.project,
    directory: identity.directory,
    engine,
    ...(own && { own: true }),
    ...(version !== undefined && { version }),
    ...(source && { commit: commitOf(source) }),
    tool: config.version,
    steps: stepsOf(start.plan).map(planned),
  });
  for (const guess of start.plan.guesses ?? []) {
    followers.journal.emit({ kind: "role", ...guess });
  }
  const moved = earlier?.moved ?? [];
  tellNotes(followers, {
    notes: [
      ...notes,
      ...changedGuesses(start.plan, start.before).map((changed) =>
        `${changedText(changed)}; to confirm: ${confirmText(changed)}`
      ),
      ...moved.map((image) =>
        `${image} has moved in its registry: the images were built and tested again`
      ),
    ],
  });
}

/** Emits remarks that the end of the run shows. */
function tellNotes(
  { journal }: Followers,
  { notes = [] }: Pick<Plan, "notes">,
): void {
  for (const line of notes) {
    journal.emit({ kind: "output", step: "plan", line, notice: true });
  }
}

/** The services for which a plan makes containers. */
function partsOf({ steps }: Plan): Set<string> {
  return new Set(
    steps.flatMap(({ does }) => "service" in does ? does.service : []),
  );
}

/** Runs the plan; resolves to its failures, the cause first, and to the bases that have moved. */
async function runSteps(
  manner: Manner,
  prepared: Prepared,
  options: ClaimedOptions & {
    start: Start;
    artifacts: Artifacts;
    keeper: Keeper;
    followers: Followers;
  },
): Promise<{ failures: Failure[]; moved: readonly string[] }> {
  const { start, artifacts, keeper, followers, signals } = options;
  const moved: string[] = [];
  const { sleep } = options.world;
  const { publisher, faults, journal } = followers;
  const events = containerEvents(prepared.api, prepared.workflow.project);
  const failures = await runPlan(start.plan, {
    executor: executor({
      $: prepared.$,
      api: prepared.api,
      ...{ artifacts, events, surroundings: prepared.surroundings },
      proof: start.proof,
      around: {
        workflow: prepared.workflow,
        run: options.run,
        host: options.world.host,
        parts: partsOf(start.plan),
      },
      onCollected: journal.read,
      onRemove: keeper.removing,
      sleep,
    }),
    target: manner.name,
    shell: ({ name }) => start.lines.get(name)!,
    faults,
    reports: shownReports(options),
    again: againOf(options, start.plan),
    emit: followers.see,
    onMoved: (image) => void moved.push(image),
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
  return { failures, moved };
}
