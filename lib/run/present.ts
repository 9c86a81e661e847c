/**
 * The surroundings of a run, for the comparison with another one.
 *
 * @module
 */

import config from "../../deno.json" with { type: "json" };
import type { Present } from "../changes/changed.ts";
import { keysOf } from "../changes/compose_keys.ts";
import { imagesNamed, usedNames } from "../changes/images.ts";
import { digestsByName, idsByName, listImages } from "../engine/images.ts";
import type { Event } from "../plan/events.ts";
import { usedBase } from "../publish/images.ts";
import type { GreenImage } from "../state/green.ts";
import type { Prepared } from "./prepared.ts";
import type { ClaimedOptions, Start } from "./started.ts";

/** The surroundings of a run, as its events tell them. */
export interface Noted {
  see(event: Event): void;
  /** Milliseconds of each step, without those of clean-up, by its name. */
  steps: ReadonlyMap<string, number>;
  /** Digests of the bases that the builder has used, by the engine's name. */
  used: ReadonlyMap<string, string>;
}

/** Takes notes of a run. */
export function noted({ plan }: Start): Noted {
  const cleanups = new Set(
    plan.steps.flatMap(({ name, cleanup }) => cleanup ? name : []),
  );
  const steps = new Map<string, number>();
  const used = new Map<string, string>();
  return {
    steps,
    used,
    see: (event) => {
      if (event.kind === "step-end" && !cleanups.has(event.step)) {
        steps.set(event.step, Math.round(event.ms));
      }
      if (event.kind !== "output" || event.service !== undefined) return;
      const base = usedBase(event.line);
      if (base) used.set(base.name, base.digest);
    },
  };
}

/** How long (ms) git and the engine may take to answer after a failure. */
export const ANSWERS_WITHIN = 2_500;

/**
 * The surroundings of a run.
 *
 * @param options.asksFor images that the engine is asked about if they were not there before the run
 */
export async function presentOf(
  { version, source, model, workflow, redactor, api, composeVersion }: Prepared,
  { start, noted: { steps, used }, asksFor, ...observed }:
    & Pick<ClaimedOptions, "bases" | "images" | "digests">
    & { start: Start; noted: Noted; asksFor: readonly GreenImage[] },
): Promise<Present> {
  const { named } = workflow.secrets;
  const names = usedNames(workflow, {
    bases: observed.bases,
    services: servicesIn(start),
  });
  const absent = asksFor.map(({ name }) => name)
    .filter((name) => names.includes(name) && !observed.images.has(name));
  const soon = api.until(AbortSignal.timeout(ANSWERS_WITHIN));
  const found = absent.length === 0
    ? []
    : await listImages(soon, absent).catch(() => []);
  const engine = await soon.version();
  return {
    ...{ version, source, steps },
    keys: model && keysOf(model, { redactor, named }),
    images: imagesNamed(names, {
      ids: new Map([...observed.images, ...idsByName(found)]),
      digests: new Map([
        ...observed.digests,
        ...digestsByName(found),
        ...used,
      ]),
    }),
    versions: {
      todoflow: config.version,
      ...(engine !== undefined && { engine }),
      ...(composeVersion !== undefined && { compose: composeVersion }),
    },
  };
}

/** The services that the steps of a plan build or start. */
function servicesIn({ plan: { steps } }: Start): Set<string> {
  return new Set(
    steps.flatMap(({ does }) =>
      "services" in does ? does.services : "service" in does ? does.service : []
    ),
  );
}
