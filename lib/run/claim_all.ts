/**
 * Locks the projects of a target, and sweeps what dead runs have left in them.
 *
 * @module
 */

import type { Early, Prepared, RunOptions } from "./prepared.ts";
import { type Observed, observeEngine } from "./observed.ts";
import { recordKey } from "../state/paths.ts";
import type { PlanTarget } from "../target.ts";
import type { Claim } from "../state/lock.ts";
import { notice } from "./notice.ts";
import { sweep } from "./sweep.ts";
import { observeObjects } from "../engine/objects.ts";
import { dockerIn } from "../engine/docker.ts";
import { claimProject } from "./claim.ts";

/**
 * Locks the project, and those that the target removes things of; sweeps, then looks at what is on the engine.
 *
 * @param options `claims` takes each lock as soon as it is there
 */
export async function claimAll(
  target: PlanTarget,
  prepared: Prepared,
  options: RunOptions & { claims: Claim[] },
): Promise<Observed> {
  const { world, claims, signals: { stop: signal } } = options;
  const { workflow: { project }, engine, surroundings: { env } } = prepared;
  const take = async (project: string, directory?: string) => {
    const claim = await claimProject({
      target: target.name,
      ...{ project, engine, env },
      ...(directory !== undefined && { directory }),
    });
    claims.push(claim);
    return claim;
  };
  await take(project, prepared.identity.directory);
  await prepared.writeOverride();
  const output = (line: string) =>
    notice(line, { world, redactor: prepared.redactor, from: "sweep" });
  const host = world.host();
  await sweep(claims, { ...prepared, host, output, signal });
  const early = prepared.early && isCurrent(prepared.early, claims)
    ? prepared.early
    : undefined;
  const observed = await observeEngine(target, prepared, {
    ...options,
    objects: early?.objects ??
      observeObjects(dockerIn(prepared.surroundings)),
    recordOf: async (project) => {
      const key = await recordKey(project, prepared.engine);
      const claimed = claims.find((claim) => claim.key === key);
      if (claimed) return claimed.record;
      // What the target removes there must not be another run's meanwhile.
      const other = await take(project);
      return other.record;
    },
  });
  return observed;
}

/** Whether no other run of the claimed projects has begun or ended since an early look: each writes its record. */
function isCurrent({ records }: Early, claims: readonly Claim[]): boolean {
  return claims.every(({ key, record }) =>
    JSON.stringify(record) === JSON.stringify(records.get(key))
  );
}
