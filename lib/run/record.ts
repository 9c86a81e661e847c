/**
 * What is written down about a project while a run has it, and when the run has ended.
 *
 * @module
 */

import { type Docker, dockerIn } from "../engine/docker.ts";
import { TodoflowError } from "../errors/todoflow_error.ts";
import { pause, within } from "../pause.ts";
import type { Made, Owns } from "../plan/plan.ts";
import { callerOf } from "../reports/folder.ts";
import { NOTHING_HIDDEN } from "../secrets/redact.ts";
import { stateFolder } from "../state/folder.ts";
import { type Left, madeAfter } from "../state/left.ts";
import type { Claim } from "../state/lock.ts";
import type { ProjectRecord, RunRecord } from "../state/record.ts";
import { needs, type PlanTarget } from "../target.ts";
import { notice } from "./notice.ts";
import type { Prepared } from "./prepared.ts";
import type { ClaimedOptions, Start } from "./start.ts";

/** Writes down what a run owns, removes and leaves: whatever happens, a later run knows what is this checkout's. */
export interface Keeper {
  /** Writes that the run has begun: before it removes anything. */
  begin(): Promise<void>;
  /** Writes that the run has not begun after all. Never rejects. */
  withdraw(): Promise<void>;
  /** Writes that the run begins to remove something. */
  removing(owns: Owns): Promise<void>;
  /** What a failure says of the earlier release; undefined while that is there. */
  gone(): string | undefined;
  /**
   * Writes what the run has left.
   *
   * @returns whether that is known; else an accepted application must not be called a success
   * @throws {Error} when it is known, and cannot be written: the next run looks at what this one has made.
   */
  end(outcome: { good: boolean; url: string | undefined }): Promise<boolean>;
}

/** The keeper of a run's record. */
export function keeperOf(
  target: PlanTarget,
  prepared: Prepared,
  options: ClaimedOptions & { start: Start },
): Keeper {
  const { own, claims: [claim, ...besides], signals } = options;
  const { surroundings, identity: { directory } } = prepared;
  const run = runOf(target, prepared, options);
  const write = (content: ProjectRecord) =>
    writeSoon(claim!, content, { signals, surroundings });
  const { record } = claim!;
  // A target that only publishes leaves another checkout's project, and its record, as they are.
  if (needs(target, "receipt") && record && record.directory !== directory) {
    return guest(record, { run, write });
  }
  const content = contentOf(prepared, options.start);
  let left = leftBefore(options);
  let gone: string | undefined;
  return {
    begin: () => write({ ...content(left, own.made), run }),
    withdraw: () => write(content(left, own.made)).catch(() => {}),
    removing: async ({ project, made }) => {
      if (project !== prepared.workflow.project || !left) return;
      if (made.every(({ kind }) => kind === "image")) return;
      // Half of it is no release any more: if this run dies, the next one removes the rest.
      if (left.what === "released" && needs(target, "workflow")) {
        gone = goneText(own);
      }
      left = undefined;
      await write({ ...content(left, own.made), run });
    },
    gone: () => gone,
    end: async ({ good, url }) => {
      const { leaves } = options.start.plan;
      const isLeft = good ? leaves?.success : leaves?.failure;
      // A release that is still there is what it was, and a clean that has failed has left it, or a part of it.
      const now = isLeft && (good || !left)
        ? leftNow(prepared, { good, url, since: options.start.started })
        : !needs(target, "workflow") && !good
        ? own.left
        : left;
      const isEmpty = !isLeft && own.made.length === 0;
      const made = isEmpty ? [] : await madeSoon(prepared, options);
      // An accepted application must not be taken for what a dead run has left: that would be removed.
      if (!made && !good) return false;
      const there = made ?? own.made;
      await write(content(there.length > 0 ? now : undefined, there));
      if (good) await forget(besides, directory);
      return made !== undefined;
    },
  };
}

/** The keeper of a record that is another checkout's: only the run comes and goes. */
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

/** What is there stays until the run begins to remove it, whether or not it is known what it is. */
function leftBefore(
  { own, start: { started } }: ClaimedOptions & { start: Start },
): ProjectRecord["left"] {
  const isAny = own.made.some(({ kind }) => kind !== "image");
  return own.left ?? (isAny ? { what: "kept", since: started } : undefined);
}

/** Makes the record of a project out of what it has. */
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

/** The run as it is on record. */
function runOf(
  target: PlanTarget,
  { version, surroundings, redactor, marks }: Prepared,
  { world, run: id, start }: ClaimedOptions & { start: Start },
): RunRecord {
  const { owns, collected, started, checked, reportsOf } = start;
  const caller = callerOf(surroundings.env);
  return {
    id,
    target: target.name,
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

/** How long (ms) a record may take to be written where the run was given up: its file system may hang. */
export const WRITTEN_WITHIN = 500;

/** Writes a record, or says why it cannot be written. */
async function writeSoon(
  claim: Claim,
  content: ProjectRecord,
  { signals, surroundings }: Pick<ClaimedOptions, "signals" | "surroundings">,
): Promise<void> {
  const written = within(claim.write(content).then(() => true), {
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
}

/** What the run has left, as it is on record. */
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

/** Takes what was removed off the records of other projects; what is another checkout's stays there. */
async function forget(
  claims: readonly Claim[],
  directory: string,
): Promise<void> {
  for (const { record, write } of claims) {
    if (record?.directory !== directory) continue;
    const { left: _, made: __, ...rest } = record;
    await write(rest);
  }
}

/** How often the engine is asked what a run has left, and milliseconds between two attempts. */
const LOOKS = 10;
const LOOK_AGAIN = 1_000;

/** How long (ms) the engine may take to tell what a run has left where the run was given up. */
const RECORDED_WITHIN = 1_500;

/** What a run has left; what is not written down could not be removed by a later run, so that an engine is asked again. */
async function madeSoon(
  { surroundings }: Prepared,
  { own, start: { owns, proof }, signals, world }: ClaimedOptions & {
    start: Start;
  },
): Promise<ProjectRecord["made"]> {
  const { giveUp: signal } = signals;
  const look = (docker: Docker) =>
    madeAfter(docker, { owns, before: own.made, proof });
  for (let i = 1;; i++) {
    // After giving up there is little time, but leftovers off the record would be foreign to the next run.
    const late = new AbortController();
    try {
      return await within(
        look(dockerIn({ ...surroundings, giveUp: late.signal })),
        { signal, grace: RECORDED_WITHIN },
      ) ?? raise("the engine does not answer");
    } catch (error) {
      if (i === LOOKS || signal.aborted) {
        const { message } = error as Error;
        notice(
          `cannot record what the run has left, which a later run will take for foreign: ${message}`,
          { world },
        );
        return undefined;
      }
    } finally {
      late.abort();
    }
    await pause(LOOK_AGAIN, signal);
  }
}

function raise(message: string): never {
  throw new Error(message);
}

/** What a failure says of the earlier release that was removed before it. */
function goneText({ left, made }: Left): string {
  const volumes = made.filter(({ kind }) => kind === "volume")
    .map(({ name }) => name);
  const version = left?.version === undefined ? "" : ` ${left.version}`;
  const data = volumes.length === 0
    ? ""
    : `, with its volume${volumes.length > 1 ? "s" : ""} ${volumes.join(", ")}`;
  return `the earlier release${version} is gone${data}`;
}
