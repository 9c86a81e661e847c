/**
 * Locks the projects of a target, and removes the leftovers of dead runs from them.
 *
 * @module
 */

import type { Prepared, RunOptions } from "./prepared.ts";
import { type Observed, observeEngine } from "./observed.ts";
import { recordKey } from "../state/paths.ts";
import type { PlanTarget } from "../target.ts";
import type { Claim } from "../state/lock.ts";
import { notice } from "./notice.ts";
import { sweep } from "./sweep.ts";
import { observeObjects } from "../engine/objects.ts";
import { claimProject } from "./claim.ts";

/**
 * Locks the project and every other project from which the target removes something, sweeps them, then observes the engine.
 *
 * @param options `claims` takes each lock as soon as it is there
 */
export async function claimAll(
  target: PlanTarget,
  prepared: Prepared,
  options: RunOptions & { claims: Claim[] },
): Promise<Observed> {
  const { world, claims, signals: { stop: signal } } = options;
  const { workflow: { project }, identity: { directory } } = prepared;
  const claim = claimer(target, prepared);
  claims.push(await claim(project, directory));
  await prepared.writeOverride();
  const output = (line: string) =>
    notice(line, { world, redactor: prepared.redactor, from: "sweep" });
  const host = world.host();
  const { sleep } = world;
  await sweep(claims, { ...prepared, host, output, signal, sleep });
  return await observeClaimed(target, prepared, options);
}

/**
 * Observes the engine for a run whose project is locked. Locks other projects from which the target removes something:
 * another run must not use it meanwhile.
 */
export async function observeClaimed(
  target: PlanTarget,
  prepared: Prepared,
  options: RunOptions & { claims: Claim[] },
): Promise<Observed> {
  const { claims } = options;
  const claim = claimer(target, prepared);
  return await observeEngine(target, prepared, {
    ...options,
    objects: observeObjects(prepared.api),
    recordOf: async (project) => {
      const key = await recordKey(project, prepared.engine);
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
  target: PlanTarget,
  { engine, surroundings: { env } }: Prepared,
) {
  return (project: string, directory?: string) =>
    claimProject({
      target: target.name,
      ...{ project, engine, env },
      ...(directory !== undefined && { directory }),
    });
}
