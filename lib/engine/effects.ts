/**
 * The changes that todoflow makes on the engine. Each function resolves to the engine's reason if it has refused, and to
 * undefined if the change is made, or was made already.
 *
 * @module
 */

import { readImageName } from "../image_name.ts";
import type { EngineApi } from "./api.ts";
import { EngineError } from "./http.ts";
import { imagePath } from "./images.ts";

/** The status of an object that is missing, and of one that is in use. */
const MISSING = 404;
const CONFLICT = 409;

/** Makes a change, which may take as long as it needs: the signal of the caller ends the wait. */
async function change(
  api: EngineApi,
  path: string,
  options: Parameters<EngineApi["done"]>[1],
): Promise<EngineError | undefined> {
  try {
    await api.done(path, { ...options, within: Infinity });
    return undefined;
  } catch (error) {
    if (error instanceof EngineError) return error;
    throw error;
  }
}

function containerPath(container: string): string {
  return `/containers/${encodeURIComponent(container)}`;
}

/** Stops a container; after `grace` seconds, the engine kills it. */
export async function stopContainer(
  api: EngineApi,
  container: string,
  grace: number,
): Promise<string | undefined> {
  const path = `${containerPath(container)}/stop`;
  const query = { t: grace };
  return (await change(api, path, { method: "POST", query }))?.message;
}

/** Removes a container and its anonymous volumes, also while it runs. */
export async function removeContainer(
  api: EngineApi,
  container: string,
): Promise<string | undefined> {
  return await removed(api, containerPath(container), {
    force: true,
    v: true,
  });
}

/** Removes a network. */
export async function removeNetwork(
  api: EngineApi,
  network: string,
): Promise<string | undefined> {
  return await removed(api, `/networks/${encodeURIComponent(network)}`, {});
}

/** Removes a volume with its data. */
export async function removeVolume(
  api: EngineApi,
  volume: string,
): Promise<string | undefined> {
  return await removed(api, `/volumes/${encodeURIComponent(volume)}`, {
    force: true,
  });
}

/** Removes a name of an image, or an image without a name; "in use" if a container needs it. */
export async function removeImage(
  api: EngineApi,
  image: string,
): Promise<string | undefined> {
  // Without force, which would remove the name of an image in use.
  const refused = await change(api, imagePath(image), { method: "DELETE" });
  if (!refused || refused.status === MISSING) return undefined;
  return refused.status === CONFLICT ? "in use" : refused.message;
}

async function removed(
  api: EngineApi,
  path: string,
  query: Readonly<Record<string, boolean>>,
): Promise<string | undefined> {
  const refused = await change(api, path, { method: "DELETE", query });
  return refused?.status === MISSING ? undefined : refused?.message;
}

/** Gives an image another name. */
export async function tagImage(
  api: EngineApi,
  image: string,
  to: string,
): Promise<string | undefined> {
  const { name: repo, tag = "latest" } = readImageName(to);
  const query = { repo, tag };
  const path = imagePath(image, "tag");
  return (await change(api, path, { method: "POST", query }))?.message;
}
