/**
 * Removes what was found, in parallel as far as it does not depend on each other.
 *
 * @module
 */

import type { Found, ImageRemoval } from "./find_owned.ts";
import { observeImages, type ProjectObject } from "./objects.ts";
import type { Docker } from "./docker.ts";

/** How {@linkcode removeAll} removes. */
interface RemovalOptions {
  /** Seconds that a container has to end by itself. */
  grace: number;
  /** Called with the names of the containers when they have ended; they are removed when it resolves. */
  ended: (containers: readonly string[]) => Promise<void>;
  /** Gets the images that stay because another container uses them. */
  stay: Set<string>;
}

/** Resolves to the reasons why something could not be removed. */
export async function removeAll(
  docker: Docker,
  { containers, networks, volumes, images }: Found,
  { grace, ended, stay }: RemovalOptions,
): Promise<string[]> {
  const problems: string[] = [];
  const remove = async (
    command: readonly string[],
    things: readonly ProjectObject[],
  ) => {
    if (things.length === 0) return;
    // By ID: a name may be another thing's by now.
    const { code, stderr } = await docker(
      ...command,
      ...things.map(({ kind, id, name }) => kind === "volume" ? name : id),
    );
    if (code !== 0) problems.push(...stderr.trim().split("\n"));
  };
  const running = containers.filter(runs);
  // One that has gone meanwhile is no problem, and one that does not end is killed by its removal.
  if (running.length > 0) {
    await docker("stop", "-t", `${grace}`, ...running.map(({ id }) => id));
  }
  await Promise.all([
    // A container that has ended holds no network any more. First, because it takes longest.
    remove(["network", "rm", "--force"], networks),
    (async () => {
      if (containers.length > 0) {
        await ended(containers.map(({ name }) => name));
      }
      await remove(["rm", "--force", "--volumes"], containers);
      await Promise.all([
        remove(["volume", "rm", "--force"], volumes),
        removeImages(docker, images, { stay, problems }),
      ]);
    })(),
  ]);
  return problems;
}

/** Whether a container of this state has something to end. */
function runs({ state = "" }: ProjectObject): boolean {
  return !["created", "exited", "dead"].includes(state);
}

/**
 * Removes names of images, and images without one. An image that a container of somebody else's uses stays, and is told.
 */
async function removeImages(
  docker: Docker,
  images: readonly ImageRemoval[],
  { stay, problems }: { stay: Set<string>; problems: string[] },
): Promise<void> {
  const remove = async (images: readonly string[]) => {
    if (images.length === 0) return;
    // Without force, which would take the name of one that is in use.
    const { code, stderr } = await docker("rmi", ...images);
    if (code === 0) return;
    for (const line of stderr.trim().split("\n")) {
      // The longest: "shop" stands in a line about "shop-app", too.
      const used = images.filter((image) => line.includes(wordOf(image)))
        .toSorted((a, b) => b.length - a.length)[0];
      if (/conflict:/.test(line) && used) stay.add(used);
      else if (!/No such image/i.test(line)) problems.push(line);
    }
  };
  const names = images.flatMap((one) => one.kind === "untag" ? one.name : []);
  const ids = images.flatMap((one) => one.kind === "drop" ? one.id : []);
  const back = images.flatMap((one) => one.kind === "back" ? [one] : []);
  await remove(names);
  for (const { name, to } of back) {
    const { code, stderr } = await docker("tag", to, name);
    if (code !== 0) problems.push(stderr.trim());
  }
  const from = back.map(({ from }) => from);
  const replaced = await observeImages(docker, [...new Set(from)]);
  const nameless = replaced.filter(({ id, tags }) =>
    from.includes(id) && tags.length === 0
  );
  await remove([...nameless.map(({ id }) => id), ...ids]);
}

/** How docker names an image in its errors: the beginning of an ID, or a name. */
function wordOf(image: string): string {
  return image.startsWith("sha256:")
    ? image.slice("sha256:".length).slice(0, 12)
    : image.replace(/:latest$/, "");
}
