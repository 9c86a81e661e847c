/**
 * Compares a failed run with the last one of its target that has succeeded, and records a run that succeeds.
 *
 * @module
 */

import { changedSince, pastOf } from "../changes/changed.ts";
import type { Renames } from "../changes/compose_keys.ts";
import type { Evidence } from "../errors/evidence.ts";
import { within } from "../pause.ts";
import type { Event } from "../plan/events.ts";
import { changedGuesses } from "../publish/guesses.ts";
import { stateFolder } from "../state/folder.ts";
import type { GreenPlace, Past, Roles } from "../state/green.ts";
import { readGreen, writeGreen } from "../state/green_file.ts";
import { notice } from "./notice.ts";
import type { Prepared } from "./prepared.ts";
import { ANSWERS_WITHIN, type Noted, noted, presentOf } from "./present.ts";
import { WRITTEN_WITHIN } from "./record.ts";
import type { ClaimedOptions, Start } from "./started.ts";

/** Compares a run with the last successful one. */
export interface Comparison {
  see(event: Event): void;
  /** The differences from the last successful run; undefined if none is known. */
  changed(): Promise<Evidence | undefined>;
  /** Records that the run has succeeded. Never rejects. */
  keep(): Promise<void>;
}

/** Options of {@linkcode comparisonOf}. */
interface ComparisonOptions extends ClaimedOptions {
  start: Start;
  target: string;
  /** Whether the run accepts the application, so that its guesses count for later releases. */
  accepts: boolean;
}

/** The comparison of a run with the last successful one. */
export function comparisonOf(
  prepared: Prepared,
  options: ComparisonOptions,
): Comparison {
  const notes = noted(options.start);
  return {
    see: notes.see,
    changed: () => changed(prepared, { ...options, noted: notes }),
    keep: () => keep(prepared, { ...options, noted: notes }),
  };
}

/** The place of the record, of which there is one for each project, engine, target and checkout. */
function placeOf(
  { workflow: { project }, identity: { directory }, engine }: Prepared,
  { target }: ComparisonOptions,
): GreenPlace {
  return { project, directory, engine, target };
}

async function changed(
  prepared: Prepared,
  options: ComparisonOptions & { noted: Noted },
): Promise<Evidence | undefined> {
  const { start: { lastGreen: given }, target } = options;
  if (given && "problem" in given) {
    return {
      title: `changed since the release of ${given.file}`,
      lines: [`unknown: ${given.problem}`],
    };
  }
  const { surroundings, identity: { directory } } = prepared;
  const green = given ? undefined : await readGreen(
    stateFolder(surroundings.env),
    placeOf(prepared, options),
  );
  const past = given?.past ?? green;
  if (!past) return undefined;
  const elsewhere = green && green.directory !== directory
    ? ` in another checkout, ${green.directory}`
    : "";
  const asksFor = past.images;
  return await changedSince(
    past,
    await presentOf(prepared, { ...options, asksFor }),
    {
      what: given
        ? `the release of ${given.file}`
        : `the last green ${target}${elsewhere}`,
      renames: renamesOf(prepared, green),
      asking: { ...surroundings, within: ANSWERS_WITHIN },
      now: Date.now(),
    },
  );
}

async function keep(
  prepared: Prepared,
  options: ComparisonOptions & { noted: Noted },
): Promise<void> {
  const { start, accepts, request, world, signals } = options;
  // Tests that were chosen on the command line are not all tests.
  if (request.args.length > 0) return;
  const { redactor, surroundings: { env } } = prepared;
  try {
    const past = await pastOf(
      await presentOf(prepared, { ...options, asksFor: [] }),
    );
    const written = writeGreen(stateFolder(env), {
      ...placeOf(prepared, options),
      ...past,
      ...(accepts && { roles: rolesIn(prepared, start) }),
    });
    const limits = { signal: signals.giveUp, grace: WRITTEN_WITHIN };
    await within(written, limits);
  } catch (error) {
    const { message } = error as Error;
    const text = "a later failure cannot be compared with this run";
    notice(`${text}: ${message}`, { world, redactor });
  }
}

/** The texts that differ between two runs without being a difference: version, commit and folder. */
function renamesOf(
  { version, source, identity: { directory } }: Prepared,
  past: Past & { directory?: string } | undefined,
): Renames {
  const pairs = [
    [directory, past?.directory],
    // The version may be the beginning of the commit.
    [source?.commit, past?.commit],
    [version, past?.version],
  ] as const;
  return pairs.flatMap(([now, before]) =>
    now === undefined || before === undefined || now === before
      ? []
      : [[now, before] as const]
  );
}

/** The roles of the services in a release, as its receipt has them. */
function rolesIn({ workflow }: Prepared, { before }: Start): Roles {
  const { apps, acceptance } = workflow.release;
  const unconfirmed = changedGuesses(workflow, before);
  return {
    apps: apps.map(({ service }) => service),
    ...(acceptance !== undefined && { acceptance: { service: acceptance } }),
    ...(unconfirmed.length > 0 && { unconfirmed }),
  };
}
