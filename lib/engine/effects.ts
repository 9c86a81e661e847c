/**
 * The changes that todoflow makes on the engine. Each takes as long as it needs: the signal of the caller ends the wait.
 * Each throws an {@linkcode EngineError} if the engine refuses or does not answer.
 *
 * @module
 */

import { readImageName } from "../image_name.ts";
import type { EngineApi } from "./api.ts";
import { EngineError, type RequestOptions } from "./http.ts";
import { containerPath, imagePath } from "./paths.ts";

const CREATES: RequestOptions = { method: "POST", within: Infinity };
const REMOVES: RequestOptions = { method: "DELETE", within: Infinity };

/** Starts a container; one that runs goes on. */
export async function startContainer(
  api: EngineApi,
  container: string,
): Promise<void> {
  await api.done(containerPath(container, "start"), CREATES);
}

/** Stops a container; after `grace` seconds, by default the container's own, the engine kills it. */
export async function stopContainer(
  api: EngineApi,
  container: string,
  grace?: number | string,
): Promise<void> {
  await api.done(containerPath(container, "stop"), {
    ...CREATES,
    ...(grace !== undefined && { query: { t: grace } }),
  });
}

/**
 * Removes a container; with `force`, also one that runs, and with `volumes`, its anonymous volumes, too.
 *
 * @param container its ID, which no other container gets
 */
export async function removeContainer(
  api: EngineApi,
  container: string,
  { force, volumes }: { force: boolean; volumes: boolean },
): Promise<void> {
  const query = { force, v: volumes };
  await api.done(containerPath(container), { ...REMOVES, query });
}

/**
 * Removes a network.
 *
 * @param network its ID, which no other network gets
 */
export async function removeNetwork(
  api: EngineApi,
  network: string,
): Promise<void> {
  await api.done(`/networks/${encodeURIComponent(network)}`, REMOVES);
}

/** Removes a volume with its data; with `force`, a missing one is no error. */
export async function removeVolume(
  api: EngineApi,
  volume: string,
  { force }: { force: boolean },
): Promise<void> {
  await api.done(`/volumes/${encodeURIComponent(volume)}`, {
    ...{ ...REMOVES, query: { force } },
    // A volume has no ID: sent again, the request could remove one that a developer has made meanwhile.
    isOnce: true,
  });
}

/** Removes a name of an image, or an image without a name. */
export async function removeImage(
  api: EngineApi,
  image: string,
): Promise<void> {
  // Without force, which would remove the name of an image in use.
  await api.done(imagePath(image), { ...REMOVES, isOnce: true });
}

/** Gives an image another name. */
export async function tagImage(
  api: EngineApi,
  image: string,
  to: string,
): Promise<void> {
  const { name: repo, tag = "latest" } = readImageName(to);
  await api.done(imagePath(image, "tag"), { ...CREATES, query: { repo, tag } });
}

/** The status of an object that is missing, and of one that is in use. */
export const MISSING = 404;
export const CONFLICT = 409;

/** The error with which a change fails; undefined if it is made, or if the object to remove is missing. */
export async function refusalOf(
  change: Promise<void>,
): Promise<EngineError | undefined> {
  try {
    await change;
    return undefined;
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return error.status === MISSING ? undefined : error;
  }
}
