/**
 * Removes the objects that were found, in parallel as far as they do not depend on each other.
 *
 * @module
 */

import type { Found, ImageRemoval } from "./find_owned.ts";
import { observeImages, type ProjectObject } from "./objects.ts";
import type { Docker } from "./docker.ts";

/** Options of {@linkcode removeAll}. */
interface RemovalOptions {
  /** How long (s) a container may take to end by itself. */
  grace: number;
  /** Called with the names of the containers after they have ended; they are removed when it resolves. */
  ended: (containers: readonly string[]) => Promise<void>;
  /** Gets the images that stay because another container uses them. */
  stay: Set<string>;
}

/** Removes all objects; resolves to the engine's reasons for each failure. */
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
    // By ID, because the name may belong to another object by now.
    const { code, stderr } = await docker(
      ...command,
      ...things.map(({ kind, id, name }) => kind === "volume" ? name : id),
    );
    if (code !== 0) problems.push(...stderr.trim().split("\n"));
  };
  const running = containers.filter(runs);
  // Ignore failures: a missing container is no problem, and its removal kills one that does not end.
  if (running.length > 0) {
    await docker("stop", "-t", `${grace}`, ...running.map(({ id }) => id));
  }
  await Promise.all([
    // An ended container no longer holds a network. Networks come first, because they take longest.
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

/** Whether a container in this state must be stopped. */
function runs({ state = "" }: ProjectObject): boolean {
  return !["created", "exited", "dead"].includes(state);
}

/**
 * Removes names of images, and images without a name. An image that another container uses stays and is added to
 * `stay`.
 */
async function removeImages(
  docker: Docker,
  images: readonly ImageRemoval[],
  { stay, problems }: { stay: Set<string>; problems: string[] },
): Promise<void> {
  const remove = async (images: readonly string[]) => {
    if (images.length === 0) return;
    // Without force, which would remove the name of an image in use.
    const { code, stderr } = await docker("rmi", ...images);
    if (code === 0) return;
    for (const line of stderr.trim().split("\n")) {
      // The longest match, because a line about "shop-app" contains "shop", too.
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

/** The name of an image in docker's errors: the beginning of its ID, or its name. */
function wordOf(image: string): string {
  return image.startsWith("sha256:")
    ? image.slice("sha256:".length).slice(0, 12)
    : image.replace(/:latest$/, "");
}
