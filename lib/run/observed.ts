/**
 * Observes what is on the engine before a run, and which images its builds stand on.
 *
 * @module
 */

import type { PerformOptions, Prepared } from "./prepared.ts";
import type { ProjectRecord } from "../state/record.ts";
import { type Facts, needs, type PlanTarget } from "../target.ts";
import { publicationOf } from "./publishing.ts";
import type { ProjectObject } from "../engine/objects.ts";
import { type Left, leftIn } from "../state/left.ts";
import { engineName } from "../image_name.ts";
import { observeBases } from "../compose/bases.ts";
import { idsByName, observeImages } from "../engine/images.ts";

/** The state of the engine before the run, and the images below the builds. */
export interface Observed
  extends Pick<Facts, "images" | "local" | "bases" | "publication"> {
  /** All containers, networks and volumes. */
  objects: readonly ProjectObject[];
  /** The objects in the target's project. */
  own: Left;
  /** The objects in the checkout's projects under other names: the target removes those that todoflow has made. */
  others: readonly Left[];
}

/** Observes everything in parallel. */
export async function observeEngine(
  target: PlanTarget,
  prepared: Prepared,
  options: PerformOptions & {
    objects: readonly ProjectObject[] | Promise<readonly ProjectObject[]>;
    /** Reads the record of a project. */
    recordOf: (project: string) => Promise<ProjectRecord | undefined>;
  },
): Promise<Observed> {
  const { workflow, identity: { directory }, own, api } = prepared;
  const { world, recordOf } = options;
  const names = [...workflow.services.values()].flatMap(({ image, build }) =>
    [image, ...build?.tags ?? []].map(engineName)
  );
  const observed = !needs(target, "images")
    ? Promise.resolve<Facts["bases"]>(new Map())
    : observeBases(workflow, world.readTextFile);
  const [objects, images, bases] = await Promise.all([
    options.objects,
    !needs(target, "images") ? [] : observed.then((bases) => {
      const below = [...bases.values()].flatMap((images) => images ?? [])
        .map(engineName);
      return observeImages(api, [...new Set([...names, ...below])]);
    })
      // A dry run needs no engine.
      .catch((error) => options.request.dryRun ? [] : Promise.reject(error)),
    observed,
  ]);
  const look = async (project: string, own: boolean) =>
    leftIn(project, {
      record: await recordOf(project),
      objects,
      directory,
      own,
    });
  const others: Left[] = [];
  for (
    const { project, own } of needs(target, "workflow") ? [] : prepared.others
  ) {
    const there = objects.some((object) => object.project === project);
    if (there) others.push(await look(project, own));
  }
  const publication = needs(target, "receipt")
    ? await publicationOf(prepared, options)
    : undefined;
  return {
    objects,
    own: await look(workflow.project, own),
    others: others.filter(({ made }) => made.length > 0),
    ...{ images: idsByName(images), bases },
    local: new Set(images.flatMap(({ local, tags }) => local ? tags : [])),
    ...(publication && { publication }),
  };
}
