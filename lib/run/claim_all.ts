/**
 * Locks the projects of a target, and removes the leftovers of dead runs from them.
 *
 * @module
 */

import type { Prepared, RunOptions } from "./prepared.ts";
import { recordKey } from "../state/paths.ts";
import { stateFolder } from "../state/folder.ts";
import { readRecord } from "../state/list.ts";
import type { Claim } from "../state/lock.ts";
import type { Manner } from "./manner.ts";
import { notice } from "./notice.ts";
import { sweep } from "./sweep.ts";
import { observeObjects } from "../engine/objects.ts";
import { claimProject } from "./claim.ts";
import { observeEngine } from "./observe.ts";
import type { Observed } from "./started.ts";

/**
 * Locks the project and every other project from which the target removes something, sweeps them, then observes the engine.
 *
 * @param options `claims` takes each lock as soon as it is there
 */
export async function claimAll(
  manner: Manner,
  prepared: Prepared,
  options: RunOptions & { claims: Claim[] },
): Promise<Observed> {
  const { world, claims, signals: { stop: signal } } = options;
  const { workflow: { project, base }, identity: { directory } } = prepared;
  const claim = claimer(manner, prepared);
  // Two runs that build for one project would take each other's names of images.
  if (base !== project) claims.push(await claim(base));
  claims.unshift(await claim(project, directory));
  await prepared.writeOverride();
  const output = (line: string) =>
    notice(line, { world, redactor: prepared.redactor, from: "sweep" });
  const host = world.host();
  const { sleep } = world;
  await sweep(claims, { ...prepared, host, output, signal, sleep });
  return await observeClaimed(manner, prepared, options);
}

/**
 * Observes the engine for a run whose project is locked. Locks other projects from which the target removes something:
 * another run must not use it meanwhile.
 */
export async function observeClaimed(
  manner: Manner,
  prepared: Prepared,
  options: RunOptions & { claims: Claim[] },
): Promise<Observed> {
  const { claims } = options;
  const claim = claimer(manner, prepared);
  const keyOf = (project: string) => recordKey(project, prepared.engine);
  const { env } = prepared.surroundings;
  return await observeEngine(manner, prepared, {
    ...options,
    objects: observeObjects(prepared.api),
    peek: async (project) => {
      const found = await readRecord(stateFolder(env), await keyOf(project));
      return found && "record" in found ? found.record : undefined;
    },
    recordOf: async (project) => {
      const key = await keyOf(project);
      const claimed = claims.find((claim) => claim.key === key);
      if (claimed) return claimed.record;
      const other = await claim(project);
      claims.push(other);
      return other.record;
    },
  });
}

/** Returns a function that locks a project for a target. */
function claimer(
  manner: Manner,
  { engine, surroundings: { env } }: Prepared,
) {
  return (project: string, directory?: string) =>
    claimProject({
      target: manner.name,
      ...{ project, engine, env },
      ...(directory !== undefined && { directory }),
    });
}
