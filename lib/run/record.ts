/**
 * Keeps the record of a project while a run has it, and writes down what the run leaves.
 *
 * @module
 */

import type { EngineApi } from "../engine/api.ts";
import { TodoflowError } from "../errors/todoflow_error.ts";
import { pause, within } from "../pause.ts";
import type { Made, Owns } from "../plan/plan.ts";
import { callerOf } from "../reports/folder.ts";
import { NOTHING_HIDDEN } from "../secrets/redact.ts";
import { stateFolder } from "../state/folder.ts";
import { type Left, madeAfter } from "../state/left.ts";
import type { Claim } from "../state/lock.ts";
import type { ProjectRecord, RunRecord } from "../state/record.ts";
import { notice } from "./notice.ts";
import type { Prepared } from "./prepared.ts";
import type { ClaimedOptions, Start } from "./started.ts";

/** Writes down what a run owns, removes and leaves: whatever happens, a later run knows what is this checkout's. */
export interface Keeper {
  /** Writes that the run has begun. Called before the run removes anything. */
  begin(): Promise<void>;
  /** Takes the run off the record, because it does not begin after all. Never rejects. */
  withdraw(): Promise<void>;
  /** Writes that the run begins to remove something. */
  removing(owns: Owns): Promise<void>;
  /** The sentence of a failure about the earlier release that is gone; undefined while that release is there. */
  gone(): string | undefined;
  /**
   * Writes what the run leaves on the engine.
   *
   * @returns whether that is known; if not, the run must not end with exit code 0
   * @throws {Error} when the record cannot be written; the next run then looks at the engine itself.
   */
  end(outcome: { good: boolean; url: string | undefined }): Promise<boolean>;
}

/** The traces of an earlier release that a run has begun to remove, if that run fails. */
export interface Losing {
  /**
   * The release that stays on record.
   *
   * @param own the objects in the project before the run
   * @param left undefined if the run has begun to remove the release
   */
  leftAfterFailure(
    own: Left,
    left: ProjectRecord["left"],
  ): ProjectRecord["left"];
  /** The sentence of the failure about the release; undefined if it does not mention the release. */
  goneText(own: Left): string | undefined;
}

/** Options of a keeper. */
export interface KeeperOptions extends ClaimedOptions {
  start: Start;
  manner: Losing & { name: string };
}

/** The keeper of a run that only publishes: it does not change the record of another checkout's project. */
export function guestKeeper(
  prepared: Prepared,
  options: KeeperOptions,
): Keeper {
  const { claims: [claim] } = options;
  const { record } = claim!;
  return record && record.directory !== prepared.identity.directory
    ? guest(record, {
      run: runOf(prepared, options),
      write: writerOf(prepared, options),
    })
    : ownKeeper(prepared, options);
}

/** The keeper of a run that may change its project. */
export function ownKeeper(
  prepared: Prepared,
  options: KeeperOptions,
): Keeper {
  const { own, others, claims: [, ...besides], manner } = options;
  const { identity: { directory } } = prepared;
  const run = runOf(prepared, options);
  const write = writerOf(prepared, options);
  const content = contentOf(prepared, options.start);
  let left = leftBefore(options);
  let gone: string | undefined;
  return {
    begin: () => write({ ...content(left, own.made), run }),
    withdraw: () => write(content(left, own.made)).catch(() => {}),
    removing: async ({ project, made }) => {
      if (made.every(({ kind }) => kind === "image")) return;
      const other = others.find((other) => other.project === project);
      // Its own record forgets it when this run has succeeded.
      if (other?.left?.what === "released") gone = manner.goneText(other);
      if (project !== prepared.workflow.project || !left) return;
      // Half a release is no release: if this run dies, the next one removes the rest.
      if (left.what === "released") gone = manner.goneText(own);
      left = undefined;
      await write({ ...content(left, own.made), run });
    },
    gone: () => gone,
    end: async ({ good, url }) => {
      const { leaves } = options.start.plan;
      const isLeft = good ? leaves?.success : leaves?.failure;
      // A release that was not touched stays on record, and so does one that a failed `clean` has left in part.
      const now = isLeft && (good || !left)
        ? leftNow(prepared, { good, url, since: options.start.started })
        : good
        ? left
        : manner.leftAfterFailure(own, left);
      const isEmpty = !isLeft && own.made.length === 0;
      const made = isEmpty ? [] : await madeSoon(prepared, options);
      // After a success the record must be written in any case: otherwise the next sweep would remove the application.
      if (!made && !good) return false;
      const there = made ?? own.made;
      await write(content(there.length > 0 ? now : undefined, there));
      const removed = others.map(({ project }) => project);
      if (good) await forget(besides, { directory, removed });
      return made !== undefined;
    },
  };
}

/** The keeper of another checkout's record: it adds the run and takes it away again, and changes nothing else. */
function guest(
  record: ProjectRecord,
  { run, write }: {
    run: RunRecord;
    write: (content: ProjectRecord) => Promise<void>;
  },
): Keeper {
  const { run: _, ...rest } = record;
  return {
    begin: () => write({ ...record, run }),
    withdraw: () => write(record).catch(() => {}),
    removing: () => Promise.resolve(),
    gone: () => undefined,
    end: async () => {
      await write(rest);
      return true;
    },
  };
}

/** The objects that the project has before the run: they stay on record until the run begins to remove them. */
function leftBefore(
  { own, start: { started } }: ClaimedOptions & { start: Start },
): ProjectRecord["left"] {
  const isAny = own.made.some(({ kind }) => kind !== "image");
  return own.left ?? (isAny ? { what: "kept", since: started } : undefined);
}

/** Returns a function that makes the text of a project's record. */
function contentOf(
  { workflow: { project }, identity: { directory }, engine, own }: Prepared,
  { folders }: Start,
) {
  return (
    left: ProjectRecord["left"],
    made: readonly Made[],
  ): ProjectRecord => ({
    ...{ project, directory, engine },
    ...(own && { own: true }),
    ...(folders.length > 0 && { folders }),
    ...(left && { left }),
    ...(made.length > 0 && { made }),
  });
}

/** The record of the run itself. */
function runOf(
  { version, surroundings, redactor, marks }: Prepared,
  { world, run: id, start, manner }: KeeperOptions,
): RunRecord {
  const { owns, collected, started, checked, reportsOf } = start;
  const caller = callerOf(surroundings.env);
  return {
    id,
    target: manner.name,
    ...(version !== undefined && { version }),
    pid: world.pid,
    host: world.host(),
    ...{ started, owns, collected },
    reports: checked?.path ?? reportsOf.folder,
    ...(caller && { caller }),
    ...(marks && { marks: true }),
    ...(redactor !== NOTHING_HIDDEN && { hides: true }),
  };
}

/** How long (ms) writing a record may take after the second signal: the file system may hang. */
export const WRITTEN_WITHIN = 500;

/** Returns a function that writes the project's record, or throws a TodoflowError that says why it cannot. */
function writerOf(
  { surroundings }: Prepared,
  { claims: [claim], signals }: ClaimedOptions,
) {
  return async (content: ProjectRecord): Promise<void> => {
    const written = within(claim!.write(content).then(() => true), {
      signal: signals.giveUp,
      grace: WRITTEN_WITHIN,
    });
    const detail = await written.then(
      (isWritten) => isWritten ? undefined : "it does not answer",
      ({ message }: Error) => message,
    );
    if (detail === undefined) return;
    const folder = stateFolder(surroundings.env);
    throw new TodoflowError({ kind: "no-state", folder, detail });
  };
}

/** The application that the run leaves, for the record. */
function leftNow(
  { version }: Prepared,
  { good, url, since }: {
    good: boolean;
    url: string | undefined;
    since: string;
  },
): NonNullable<ProjectRecord["left"]> {
  return {
    what: good ? "released" : "kept",
    ...(version !== undefined && { version }),
    ...(url && { url }),
    since,
  };
}

/** Takes removed things off the records of this checkout's other projects. */
async function forget(
  claims: readonly Claim[],
  { directory, removed }: { directory: string; removed: readonly string[] },
): Promise<void> {
  for (const { record, write } of claims) {
    if (record?.directory !== directory) continue;
    // Others are locked only so that their images keep their names.
    if (!removed.includes(record.project)) continue;
    const { left: _, made: __, ...rest } = record;
    await write(rest);
  }
}

/** How many times the engine is asked what a run leaves, and how long (ms) to wait between two attempts. */
const LOOKS = 10;
const LOOK_AGAIN = 1_000;

/** How long (ms) the engine may take to answer after the second signal. */
const RECORDED_WITHIN = 1_500;

/**
 * The objects that the run leaves on the engine. Asks several times, because a later run removes only objects that a
 * record names.
 */
async function madeSoon(
  { api }: Prepared,
  { own, start: { owns, proof }, signals, world }: ClaimedOptions & {
    start: Start;
  },
): Promise<ProjectRecord["made"]> {
  const { giveUp: signal } = signals;
  const { sleep = pause } = world;
  const look = (api: EngineApi) =>
    madeAfter(api, { owns, before: own.made, proof });
  for (let i = 1;; i++) {
    // Even after the second signal it is worth a try: without a record, leftovers are foreign to the next run.
    const late = new AbortController();
    try {
      return await within(
        look(api.until(late.signal)),
        { signal, grace: RECORDED_WITHIN },
      ) ?? raise("the engine does not answer");
    } catch (error) {
      if (i === LOOKS || signal.aborted) {
        const { message } = error as Error;
        notice(
          `cannot record the leftovers of this run, so later runs will not remove them: ${message}`,
          { world },
        );
        return undefined;
      }
    } finally {
      late.abort();
    }
    await sleep(LOOK_AGAIN, signal);
  }
}

function raise(message: string): never {
  throw new Error(message);
}
