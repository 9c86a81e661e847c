/**
 * Removes the objects that were found, in parallel as far as they do not depend on each other.
 *
 * @module
 */

import type { EngineApi } from "./api.ts";
import {
  CONFLICT,
  refusalOf,
  removeContainer,
  removeImage,
  removeNetwork,
  removeVolume,
  stopContainer,
  tagImage,
} from "./effects.ts";
import type { Found, ImageRemoval } from "./find_owned.ts";
import { EngineError } from "./http.ts";
import { observeImages } from "./images.ts";
import type { ProjectObject } from "./objects.ts";

/** The time that containers get from their own services, as long as there is no hurry. */
export interface Unhurried {
  /** Seconds, by the name of the container. */
  graces: Readonly<Record<string, number>>;
  /** Ends the time. */
  until: AbortSignal;
}

/** Options of {@linkcode removeAll}. */
interface RemovalOptions {
  /** How long (s) a container may take to end by itself. */
  grace: number;
  unhurried?: Unhurried;
  /** Stops the removal. */
  signal: AbortSignal;
  /** Called with the names of the containers after they have ended; they are removed when it resolves. */
  ended: (containers: readonly string[]) => Promise<void>;
  /** Gets the images that stay because another container uses them. */
  stay: Set<string>;
}

/** Removes all objects; resolves to the engine's reasons for each failure. */
export async function removeAll(
  api: EngineApi,
  { containers, networks, volumes, images }: Found,
  options: RemovalOptions,
): Promise<string[]> {
  const { ended, stay } = options;
  const problems: string[] = [];
  const all = async (
    things: readonly ProjectObject[],
    remove: (thing: ProjectObject) => Promise<void>,
  ) => {
    const refusals = await Promise.all(
      things.map((thing) => refusalOf(remove(thing))),
    );
    problems.push(...refusals.flatMap((refused) => refused?.message ?? []));
  };
  // Ignore failures: a missing container is no problem, and its removal kills one that does not end.
  await Promise.all(
    containers.filter(runs)
      .map((container) => end(api, container, options)),
  );
  await Promise.all([
    // An ended container no longer holds a network. Networks come first, because they take longest.
    all(networks, ({ id }) => removeNetwork(api, id)),
    (async () => {
      if (containers.length > 0) {
        await ended(containers.map(({ name }) => name));
      }
      const whole = { force: true, volumes: true };
      const remove = ({ id }: ProjectObject) => removeContainer(api, id, whole);
      // A hook is known only by the container that it prepares, which therefore goes last.
      await all(containers.filter(({ hookOf }) => hookOf), remove);
      await all(containers.filter(({ hookOf }) => !hookOf), remove);
      await Promise.all([
        all(volumes, ({ name }) => removeVolume(api, name, { force: true })),
        removeImages(api, images, { stay, problems }),
      ]);
    })(),
  ]);
  return problems;
}

/** Stops a container. A signal shortens the time that its own service gives it. */
async function end(
  api: EngineApi,
  { id, name }: ProjectObject,
  { grace, unhurried, signal }: Pick<
    RemovalOptions,
    "grace" | "unhurried" | "signal"
  >,
): Promise<void> {
  const own = unhurried?.graces[name];
  if (unhurried && own !== undefined && !unhurried.until.aborted) {
    const until = AbortSignal.any([unhurried.until, signal]);
    await refusalOf(stopContainer(api.until(until), id, own));
    if (!until.aborted) return;
  }
  await refusalOf(stopContainer(api, id, grace));
}

/** Whether a container in this state must be stopped. */
function runs({ state = "" }: ProjectObject): boolean {
  return !["created", "exited", "dead"].includes(state);
}

/**
 * Removes names of images, and images without a name. An image that another container uses stays and is added to
 * `stay`.
 */
async function removeImages(
  api: EngineApi,
  images: readonly ImageRemoval[],
  { stay, problems }: { stay: Set<string>; problems: string[] },
): Promise<void> {
  // Sequentially, because the last name of an image takes its layers along.
  const remove = async (images: readonly string[]) => {
    for (const image of images) {
      const refused = await refusalOf(removeImage(api, image));
      if (refused?.status === CONFLICT) stay.add(image);
      else if (refused) problems.push(refused.message);
    }
  };
  const names = images.flatMap((one) => one.kind === "untag" ? one.name : []);
  const ids = images.flatMap((one) => one.kind === "drop" ? one.id : []);
  const back = images.flatMap((one) => one.kind === "back" ? [one] : []);
  await remove(names);
  for (const { name, to } of back) {
    try {
      await tagImage(api, to, name);
    } catch (error) {
      // A missing image is a problem here: its name stays with the image of the run.
      if (!(error instanceof EngineError)) throw error;
      problems.push(error.message);
    }
  }
  const from = back.map(({ from }) => from);
  const replaced = await observeImages(api, [...new Set(from)]);
  const nameless = replaced.filter(({ id, tags }) =>
    from.includes(id) && tags.length === 0
  );
  await remove([...nameless.map(({ id }) => id), ...ids]);
}
