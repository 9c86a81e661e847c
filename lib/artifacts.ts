/**
 * Reports out of containers.
 *
 * @module
 */

import { capture } from "./engine.ts";
import type { Shell } from "./plan.ts";

/** Copies reports to a folder on the host. */
export interface Artifacts {
  $: Shell;
  /** Absolute path of the folder; made when something is copied. */
  folder: string;
}

/**
 * Copies a file, or what is in a folder, out of a container, running or not. What is not there is told by the resolved
 * reason.
 */
export async function copyReport(
  { $, folder }: Artifacts,
  { container, path }: { container: string; path: string },
): Promise<string | undefined> {
  await Deno.mkdir(folder, { recursive: true });
  const copy = (from: string) => capture($`docker cp ${from} ${folder}`);
  // With "/." the content of a folder; for a file it is an error.
  const content = await copy(`${container}:${path}/.`);
  if (content.code === 0) return undefined;
  const { code, stderr } = await copy(`${container}:${path}`);
  return code === 0 ? undefined : stderr.trim();
}
