/**
 * Reports the removed objects, the images that stay, and the commands that remove leftovers.
 *
 * @module
 */

import { isTwin } from "../plan/twin.ts";
import { toShell } from "../plan/script.ts";
import type { Owns } from "../plan/plan.ts";
import type { EngineApi } from "./api.ts";
import { labeledImages, observeImages } from "./images.ts";

/** Reports the names of the removed objects. */
export function tellRemoved(
  removed: ReadonlySet<string>,
  output: (line: string) => void,
) {
  if (removed.size === 0) output("nothing to remove");
  for (const kind of ["container", "network", "volume", "image"]) {
    const names = [...removed].filter((name) => name.startsWith(`${kind} `))
      .map((name) => name.slice(kind.length + 1));
    if (names.length === 0) continue;
    output(`removed ${kind}${names.length > 1 ? "s" : ""} ${names.join(", ")}`);
  }
}

/**
 * Reports the images that have one of the names, or the label of the project, and stay because no run has built them.
 */
export async function tellTags(
  api: EngineApi,
  { project, base = project, made }: Owns,
  { tells, output }: {
    tells: readonly string[];
    output: (line: string) => void;
  },
) {
  // Another step tells of the images of this project.
  if (tells.length === 0 && isTwin(base)) return;
  const labeled = await labeledImages(api, base);
  const names = [...new Set([...tells, ...labeled])];
  const images = await observeImages(api, names).catch(() => []);
  const tags = images.flatMap(({ id, tags }) =>
    tags.filter((tag) =>
      names.includes(tag) &&
      // The name alone is no proof: a build by hand may have taken it from the image of a run.
      !made.some((image) => image.name === tag && image.id === id)
    )
  );
  for (const tag of new Set(tags)) {
    output(`left alone: image ${tag}, which todoflow has not built`);
  }
}

/** The commands that remove objects, each given as "kind name": one line for each kind. */
export function removalCommands(things: readonly string[]): string[] {
  const COMMANDS = {
    container: ["docker", "rm", "--force", "--volumes"],
    network: ["docker", "network", "rm"],
    volume: ["docker", "volume", "rm"],
    image: ["docker", "rmi"],
  };
  return Object.entries(COMMANDS).flatMap(([kind, command]) => {
    const names = things.filter((thing) => thing.startsWith(`${kind} `))
      .map((thing) => thing.slice(kind.length + 1));
    return names.length === 0 ? [] : [toShell([...command, ...names])];
  });
}
