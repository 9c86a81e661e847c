/**
 * Chooses the parts of a run by what the plan of its target needs: no other file of the run asks that.
 *
 * @module
 */

import { needs, type PlanTarget } from "../target.ts";
import { LENIENT } from "./lenient.ts";
import type { Manner, Reading } from "./manner.ts";
import { strict } from "./strict.ts";

/** How a run of the target treats the project. */
export function readingOf(target: PlanTarget): Reading {
  return needs(target, "workflow")
    ? strict({ compares: needs(target, "receipt"), twin: target.twin })
    : LENIENT;
}

/** How a run of the target goes. Loads the other parts, which only a prepared run uses. */
export async function mannerOf(target: PlanTarget): Promise<Manner> {
  const [{ making, MAKES_NOTHING }, { GUEST, OWNER }, { witnessOf }] =
    await Promise.all([
      import("./making.ts"),
      import("./standing.ts"),
      import("./witnessing.ts"),
    ]);
  const { name, accepts = false } = target;
  return {
    name,
    plan: (input) => target.plan(input),
    ...readingOf(target),
    ...(needs(target, "images") ? making({ accepts }) : MAKES_NOTHING),
    ...(needs(target, "receipt") ? GUEST : OWNER),
    witness: accepts ? witnessOf : () => undefined,
  };
}
