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

/** Copies a file or folder out of a container, running or not. What is not there is told by the resolved reason. */
export async function copyReport(
  { $, folder }: Artifacts,
  { container, path }: { container: string; path: string },
): Promise<string | undefined> {
  await Deno.mkdir(folder, { recursive: true });
  const { code, stderr } = await capture(
    $`docker cp ${`${container}:${path}`} ${folder}`,
  );
  return code === 0 ? undefined : stderr.trim();
}
