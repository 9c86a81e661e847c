/**
 * The followers of a run, which hear each of its events: reporter, journal, witness and publisher.
 *
 * @module
 */

import { relative } from "node:path";
import type { Artifacts } from "../artifacts/collect.ts";
import { type Journal, journal } from "../artifacts/journal.ts";
import type { Place } from "../errors/diagnosis.ts";
import type { Location } from "../errors/failure.ts";
import { type Faults, notedFaults } from "../errors/own_fault.ts";
import { trackedFiles } from "../git/git.ts";
import type { Event } from "../plan/events.ts";
import { type Publisher, publisher } from "../publish/publisher.ts";
import { RECEIPT } from "../publish/receipt.ts";
import type { Witness } from "../publish/witness.ts";
import type { Reporter } from "../reporters/reporter.ts";
import { type Comparison, comparisonOf } from "./green.ts";
import type { Manner } from "./manner.ts";
import { againOf } from "./paste.ts";
import type { Prepared } from "./prepared.ts";
import { reporterOf } from "./reporter.ts";
import type { ClaimedOptions, Start } from "./started.ts";

/** All followers of a run. */
export interface Followers {
  reporter: Reporter;
  journal: Journal;
  /** Writes the receipt of a target that accepts. */
  witness: Witness | undefined;
  /** Follows the pushes of a target that publishes. */
  publisher: Publisher | undefined;
  /** Remembers what the run works with; undefined for a target that is not compared. */
  comparison: Comparison | undefined;
  /** Collects exceptions, which must not end the run. */
  faults: Faults;
  /** Whether the reporter has shown each failure. */
  isShown(): boolean;
  /** Hands an event to all followers. */
  see(event: Event): void;
}

/** Options of {@linkcode followersOf}. */
export interface FollowOptions extends ClaimedOptions {
  start: Start;
  artifacts: Artifacts;
}

/** Makes the followers of a run. */
export function followersOf(
  manner: Manner,
  prepared: Prepared,
  options: FollowOptions,
): Followers {
  const { start: { plan, proof }, publication, world, earlier } = options;
  const reporter = earlier?.reporter ?? reporterOf(options);
  const faults = notedFaults(shownReports(options));
  const seen = manner.witness(prepared, options);
  const comparison = manner.isCompared
    ? comparisonOf(prepared, {
      ...options,
      target: manner.name,
      accepts: seen !== undefined,
    })
    : undefined;
  const again = againOf(options, plan).command;
  const publishing = publication &&
    publisher(publication, { $: prepared.$, again });
  let isShown = true;
  const told = journal({
    ...journalOptions(prepared, options),
    reports: shownReports(options),
    report: reporter.emit,
    onFault: (error, event) => {
      if (event?.kind === "failure") isShown = false;
      faults.note(error);
    },
    files: async () => {
      const { surroundings, signals: { stop: signal } } = options;
      const asking = { ...prepared.surroundings, signal };
      return (await trackedFiles(asking)).map((file) =>
        relative(world.directory, `${surroundings.directory}/${file}`)
      );
    },
    accepted: async (tests): Promise<Record<string, string>> => {
      const text = await seen?.receipt(tests);
      return text === undefined ? {} : { [RECEIPT]: text };
    },
    ...(comparison && { changed: comparison.changed }),
    placeOf: placeFinder(prepared, options),
  });
  return {
    reporter,
    journal: told,
    witness: seen,
    publisher: publishing,
    comparison,
    faults,
    isShown: () => isShown,
    see: (event) => {
      if (event.kind === "image" && event.id !== "") proof.built.add(event.id);
      seen?.see(event);
      publishing?.see(event);
      comparison?.see(event);
      told.emit(event);
    },
  };
}

/** Finds the place of a cause in the files of the project, as the caller would name them. */
function placeFinder(
  { files, override, workflow: { services } }: Prepared,
  { world: { readTextFile, directory } }: FollowOptions,
): (place: Place) => Promise<Location | undefined> {
  // The last file is the run's own.
  const own = override === undefined ? files : files.slice(0, -1);
  return async (place) => {
    const { causePlace } = await import("../compose/cause_place.ts");
    const found = await causePlace(place, {
      ...{ files: own, services, readTextFile },
    });
    return found && { ...found, file: relative(directory, found.file) };
  };
}

/** The folder of the target's reports, relative to where the caller stands. */
export function shownReports(
  { world, start }: Pick<FollowOptions, "world" | "start">,
): string {
  return relative(world.directory, start.reportsOf.folder);
}

/** The options of the journal that come from the plan. */
function journalOptions(
  { workflow, redactor, override }: Prepared,
  { start, artifacts, signals: { giveUp }, world: { sleep }, request }:
    FollowOptions,
) {
  const { plan } = start;
  const { typing } = request;
  const oneShots = plan.steps.map(({ does }) => does)
    .filter((does) => does.kind === "oneshot");
  const tests = oneShots.filter(({ reports }) => reports?.length !== 0)
    .map(({ service }) => service);
  const [testService = workflow.test.services[0] ?? ""] = tests;
  return {
    ...{ artifacts, redactor, giveUp, sleep, testService, typing },
    ...(override !== undefined && { override }),
    hasPages: start.checked !== undefined,
    apps: workflow.release.apps,
    tests: tests.length > 0 ? tests : workflow.test.services,
    oneShots: oneShots.map(({ service }) => service),
  };
}
