/**
 * Observes what is on the engine before a run, and which images its builds stand on.
 *
 * @module
 */

import type { ProjectObject } from "../engine/objects.ts";
import { type Left, leftIn } from "../state/left.ts";
import type { ProjectRecord } from "../state/record.ts";
import { twinsOf } from "../plan/twin.ts";
import type { Manner } from "./manner.ts";
import type { PerformOptions, Prepared } from "./prepared.ts";
import type { Observed } from "./started.ts";

/** Observes everything in parallel. */
export async function observeEngine(
  manner: Manner,
  prepared: Prepared,
  options: PerformOptions & {
    objects: readonly ProjectObject[] | Promise<readonly ProjectObject[]>;
    /** Reads the record of a project from which the run removes something. */
    recordOf: (project: string) => Promise<ProjectRecord | undefined>;
    /** Reads the record of any project. */
    peek: (project: string) => Promise<ProjectRecord | undefined>;
  },
): Promise<Observed> {
  const { workflow, identity: { directory }, own } = prepared;
  const { recordOf, peek } = options;
  const [objects, images] = await Promise.all([
    options.objects,
    manner.images(prepared, options),
  ]);
  const look = async (project: string, own: boolean) =>
    leftIn(project, {
      record: await recordOf(project),
      objects,
      directory,
      own,
    });
  const others: Left[] = [];
  for (const { project, own } of prepared.others) {
    const there = objects.some((object) => object.project === project);
    if (there) others.push(await look(project, own));
  }
  const { base } = workflow;
  const built = await Promise.all([base, ...twinsOf(base)].map(peek));
  const publication = await manner.publication(prepared, options);
  return {
    objects,
    own: await look(workflow.project, own),
    others: others.filter(({ made }) => made.length > 0),
    built: built.flatMap((record) =>
      record?.directory === directory ? record.made ?? [] : []
    ).filter(({ kind }) => kind === "image"),
    ...images,
    ...(publication && { publication }),
  };
}
