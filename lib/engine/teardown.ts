/**
 * Removes what a run owns from the engine: containers, networks, volumes and images.
 *
 * @module
 */

import { TodoflowError } from "../errors/todoflow_error.ts";
import type { Docker } from "./docker.ts";
import { explain } from "../errors/wording.ts";
import { engineName } from "../image_name.ts";
import {
  type EngineImage,
  observeImages,
  observeObjects,
  observeUsers,
  type ProjectObject,
} from "./objects.ts";
import { fateOf, isOwned, type Proof } from "./owned.ts";
import { pause } from "../pause.ts";
import type { Owns, Shell } from "../plan/plan.ts";
import { toShell } from "../plan/script.ts";
import { capture } from "./command.ts";

/** How often removal is tried where something remains, such as a network that still "has active endpoints". */
const ATTEMPTS = 3;

/** Milliseconds between two attempts. */
const RETRY_AFTER = 300;

/** How {@linkcode tearDown} works. */
export interface TearDownOptions {
  /** What shows that something is the run's. */
  proof: Proof;
  /** Seconds that a container has to end by itself. */
  grace: number;
  keepsImages: boolean;
  /** Gives up. */
  signal: AbortSignal;
  /** Takes the engine's reasons for what could not be removed. */
  output: (line: string) => void;
  /** Called with the names of the containers when they have ended; they are removed when it resolves. */
  ended: (containers: readonly string[]) => Promise<void>;
  /**
   * Whether to look again until nothing is found: what was stopped halfway may still be making something. Else only a
   * failure makes it look again.
   */
  thorough: boolean;
  /** Takes the commands that remove what is left, where that is known. */
  remains?: (commands: string[]) => void;
  /** `output` takes the names of what was removed, too, and of which of these images stay. */
  tells?: readonly string[];
}

/** What is on the engine and owned. */
interface Found {
  containers: readonly ProjectObject[];
  networks: readonly ProjectObject[];
  volumes: readonly ProjectObject[];
  images: readonly ImageRemoval[];
}

/** What is done about an image: a name goes, or goes back to an older image, or an image without a name goes. */
type ImageRemoval =
  | { kind: "untag"; name: string }
  | { kind: "back"; name: string; from: string; to: string }
  | { kind: "drop"; id: string };

/**
 * Removes what is there of what is owned; resolves to whether nothing is left. Containers end all at once, and what does
 * not depend on each other is removed in parallel: in less time than `docker compose down` takes.
 */
export async function tearDown(
  $: Shell,
  owns: Owns,
  options: TearDownOptions,
): Promise<boolean> {
  const { signal, output, thorough } = options;
  const docker: Docker = (...args) => capture($`docker ${args}`, signal);
  const removed = new Set<string>();
  // Images that a container of somebody else's uses.
  const stay = new Set<string>();
  /** What was there at the last look. */
  let last: string[] = [];
  let isGone = false;
  try {
    for (let attempt = 1; attempt <= ATTEMPTS && !signal.aborted; attempt++) {
      const found = await find(docker, owns, { ...options, stay });
      const there = namesOf(found);
      last.filter((name) => !there.includes(name))
        .forEach((name) => removed.add(name));
      if (isNothing(found)) return isGone = true;
      const problems = await removeAll(docker, found, { ...options, stay });
      last = there;
      if (problems.length === 0 && !thorough) {
        there.forEach((name) => removed.add(name));
        return isGone = true;
      }
      if (attempt === ATTEMPTS) problems.forEach(output);
      if (problems.length > 0) await pause(RETRY_AFTER, signal);
    }
    return false;
  } catch (error) {
    if (!(error instanceof TodoflowError)) throw error;
    output(explain(error.failure).why ?? error.message);
    return false;
  } finally {
    for (const image of stay) {
      removed.delete(`image ${image}`);
      output(`image ${image} stays: a container uses it`);
    }
    if (!isGone && last.length > 0) options.remains?.(removalOf(last));
    if (options.tells) {
      if (isGone || removed.size > 0) tell(removed, output);
      await tellTags(docker, owns, { tells: options.tells, output });
    }
  }
}

function tell(removed: ReadonlySet<string>, output: (line: string) => void) {
  if (removed.size === 0) output("nothing to remove");
  for (const kind of ["container", "network", "volume", "image"]) {
    const names = [...removed].filter((name) => name.startsWith(`${kind} `))
      .map((name) => name.slice(kind.length + 1));
    if (names.length === 0) continue;
    output(`removed ${kind}${names.length > 1 ? "s" : ""} ${names.join(", ")}`);
  }
}

/** Tells what has one of the names, or the project's label, and stays, because no run has built it. */
async function tellTags(
  docker: Docker,
  { project, made }: Owns,
  { tells, output }: {
    tells: readonly string[];
    output: (line: string) => void;
  },
) {
  const { stdout } = await docker(
    ...["image", "ls", "--format", "{{.Repository}}:{{.Tag}}"],
    ...["--filter", `label=com.docker.compose.project=${project}`],
  );
  const labeled = stdout.split("\n").filter((name) =>
    name !== "" && !name.includes("<none>")
  );
  const names = [...new Set([...tells, ...labeled])];
  const images = await observeImages(docker, names).catch(() => []);
  const tags = images.flatMap(({ id, tags }) =>
    tags.filter((tag) =>
      names.includes(tag) &&
      // The name alone says nothing: a build by hand may have taken it from a run's image since.
      !made.some((image) => image.name === tag && image.id === id)
    )
  );
  for (const tag of new Set(tags)) {
    output(`left alone: image ${tag}, which todoflow has not built`);
  }
}

function namesOf({ images, ...objects }: Found): string[] {
  return [
    ...Object.values(objects).flat().map(({ kind, name }) => `${kind} ${name}`),
    ...images.map((image) =>
      `image ${image.kind === "drop" ? image.id : image.name}`
    ),
  ];
}

/** What a person would type to remove things, each given as "kind name": a line for each kind. */
function removalOf(things: readonly string[]): string[] {
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

function isNothing(found: Found): boolean {
  return Object.values(found).every(({ length }) => length === 0);
}

/** Whether something can be owned that is no image. */
function ownsObjects({ made, containers, networks, volumes }: Owns): boolean {
  return made.some(({ kind }) => kind !== "image") ||
    [containers, networks, volumes].some(({ length }) => length > 0);
}

/**
 * Looks for what is owned.
 *
 * @throws {TodoflowError} with the engine's reason where it does not tell
 */
async function find(
  docker: Docker,
  owns: Owns,
  { keepsImages, proof, stay }:
    & Pick<TearDownOptions, "keepsImages" | "proof">
    & { stay: Set<string> },
): Promise<Found> {
  const names = owns.images.flatMap(({ name, before }) => before ?? name);
  const made = owns.made.filter(({ kind }) => kind === "image");
  const wanted = [
    ...owns.images.map(({ name }) => name),
    ...names,
    ...made.flatMap(({ name, id }) => name === "" ? [id] : [name, id]),
  ];
  const asked = [
    ownsObjects(owns) ? observeObjects(docker, owns.project) : [],
    keepsImages ? [] : observeImages(docker, [...new Set(wanted)]),
    keepsImages || wanted.length === 0 ? [] : observeUsers(docker),
  ] as const;
  // When one question fails, the others must not outlive it.
  await Promise.allSettled(asked);
  const [objects, images, users] = await Promise.all(asked);
  const own = objects.filter((object) => isOwned(object, owns, proof));
  // The engine takes all names of an image but the last one, whatever container was made by them.
  const used = users.flatMap(({ id, image }) =>
    own.some((object) => object.id === id) ? [] : engineName(image)
  );
  wanted.filter((name) => used.includes(name))
    .forEach((name) => stay.add(name));
  const of = (kind: ProjectObject["kind"]) =>
    own.filter((object) => object.kind === kind);
  return {
    containers: of("container"),
    networks: of("network"),
    volumes: of("volume"),
    images: [
      ...tagged(owns, images, proof),
      ...recorded(made, images),
    ].filter((image) =>
      !stay.has(image.kind === "drop" ? image.id : image.name)
    ),
  };
}

/** What becomes of the names that the run's builds have given. */
function tagged(
  { images: tags, project }: Owns,
  images: readonly EngineImage[],
  proof: Proof,
): ImageRemoval[] {
  return tags.flatMap((tag): ImageRemoval[] => {
    const { name } = tag;
    const fate = fateOf(tag, images, { ...proof, project });
    return fate.kind === "stays"
      ? []
      : fate.kind === "goes"
      ? [{ kind: "untag", name }]
      : [{ ...fate, name }];
  });
}

/** What becomes of images that earlier runs have built: a name goes as long as it is that image's. */
function recorded(
  made: Owns["made"],
  images: readonly EngineImage[],
): ImageRemoval[] {
  const found = made.flatMap(({ name, id }): ImageRemoval[] => {
    const image = images.find((image) => image.id === id);
    if (image?.tags.includes(name)) return [{ kind: "untag", name }];
    return image && image.tags.length === 0 ? [{ kind: "drop", id }] : [];
  });
  return [...new Map(found.map((one) => [JSON.stringify(one), one])).values()];
}

/** Whether a container of this state has something to end. */
function runs({ state = "" }: ProjectObject): boolean {
  return !["created", "exited", "dead"].includes(state);
}

/** Resolves to the reasons why something could not be removed. */
async function removeAll(
  docker: Docker,
  { containers, networks, volumes, images }: Found,
  { grace, ended, stay }: TearDownOptions & { stay: Set<string> },
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
