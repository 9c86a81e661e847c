/**
 * Removes what a run owns from the engine: containers, networks, volumes and images.
 *
 * @module
 */

import { capture, type Output } from "./engine.ts";
import { pause } from "./pause.ts";
import type { Owns, Shell } from "./plan.ts";

/** How often removal is tried where something remains, such as a network that still "has active endpoints". */
const ATTEMPTS = 3;

/** Milliseconds between two attempts. */
const RETRY_AFTER = 300;

/** How {@linkcode tearDown} works. */
export interface TearDownOptions {
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
  /** What should be there: it is removed while a look shows whether there is more. */
  believed?: Believed;
}

/** What is taken to be on the engine. */
export interface Believed extends Found {
  /** Whether it was all that is owned when it was looked at, a moment ago: then nobody looks again. */
  seen?: boolean;
}

/**
 * Removes what is there of what is owned; resolves to whether nothing is left. Containers end all at once, and what does
 * not depend on each other is removed side by side: in less time than `docker compose down` takes.
 */
export async function tearDown(
  $: Shell,
  owns: Owns,
  options: TearDownOptions,
): Promise<boolean> {
  const { signal, output, thorough } = options;
  for (let attempt = 1; attempt <= ATTEMPTS && !signal.aborted; attempt++) {
    const believed: Believed = attempt === 1 && options.believed || NOTHING;
    const ended = Promise.withResolvers<void>();
    if (believed.containers.length === 0) ended.resolve();
    const [problems, found] = await Promise.all([
      removeAll($, believed, {
        ...options,
        ended: async (containers) => {
          await options.ended(containers);
          ended.resolve();
        },
      }),
      // Nothing waits for the look, and the engine has enough to do until the containers have ended.
      believed.seen
        ? NOTHING
        : ended.promise.then(() => find($, owns, options)),
    ]);
    if (typeof found === "string") {
      output(found);
      return false;
    }
    const rest = without(found, believed);
    if (isNothing(believed) && isNothing(rest)) return true;
    problems.push(...await removeAll($, rest, options));
    if (problems.length === 0 && !thorough) return true;
    if (attempt === ATTEMPTS) problems.forEach(output);
    if (problems.length > 0) await pause(RETRY_AFTER);
  }
  return false;
}

/** What is on the engine, by name. */
export interface Found {
  containers: readonly { name: string; runs: boolean }[];
  networks: readonly string[];
  volumes: readonly string[];
  images: readonly string[];
}

const NOTHING: Found = {
  containers: [],
  networks: [],
  volumes: [],
  images: [],
};

function isNothing(found: Found): boolean {
  return Object.values(found).every(({ length }) => length === 0);
}

function without(found: Found, other: Found): Found {
  const names = new Set(other.containers.map(({ name }) => name));
  const rest = (key: "networks" | "volumes" | "images") =>
    found[key].filter((name) =>
      // The engine tells the tag of an image, which whoever names it may leave out.
      !other[key].some((known) => name === known || name === `${known}:latest`)
    );
  return {
    containers: found.containers.filter(({ name }) => !names.has(name)),
    networks: rest("networks"),
    volumes: rest("volumes"),
    images: rest("images"),
  };
}

/** Looks for what is owned; resolves to the engine's reason where it does not tell. */
async function find(
  $: Shell,
  owns: Owns,
  { keepsImages, signal }: Pick<TearDownOptions, "keepsImages" | "signal">,
): Promise<Found | string> {
  const { whole, project } = owns;
  const label = `label=com.docker.compose.project=${project}`;
  // The label, too: a volume of that name may be another project's.
  const filters = (names: readonly string[], key = "name") => {
    const named = names.map((name) =>
      key === "name" ? `name=^${escaped(name)}$` : `${key}=${name}`
    );
    return whole ? [label] : named.length > 0 ? [label, ...named] : [];
  };
  // Without a name, everything that the project has would be listed.
  const list = (
    filters: readonly string[],
    ask: (filters: readonly string[]) => Promise<Output>,
  ) =>
    filters.length === 0
      ? Promise.resolve({ code: 0, stdout: "", stderr: "" })
      : ask(filters.flatMap((filter) => ["--filter", filter]));
  const images = keepsImages ? [] : filters(owns.images, "reference");
  const lists = await Promise.all([
    list(
      filters(owns.containers),
      (filters) =>
        capture(
          $`docker ps --all ${filters} --format ${"{{.Names}} {{.State}}"}`,
          signal,
        ),
    ),
    list(
      filters(owns.networks),
      (filters) =>
        capture(
          $`docker network ls ${filters} --format ${"{{.Name}}"}`,
          signal,
        ),
    ),
    list(
      filters(owns.volumes),
      (filters) =>
        capture($`docker volume ls ${filters} --format ${"{{.Name}}"}`, signal),
    ),
    list(images, (filters) =>
      capture(
        $`docker image ls ${filters} --format ${"{{.Repository}}:{{.Tag}}"}`,
        signal,
      )),
  ]);
  const failed = lists.find(({ code }) => code !== 0);
  if (failed) return failed.stderr.trim();
  const [containers, networks, volumes, tags] = lists.map(({ stdout }) =>
    stdout.split("\n").filter(Boolean)
  );
  return {
    containers: containers!.map((line) => {
      const [name = "", state = ""] = line.split(" ");
      return { name, runs: runs(state) };
    }),
    networks: networks!,
    volumes: volumes!,
    images: ownImages(tags!, owns),
  };
}

/** Whether a container of this state has something to end. */
export function runs(state: string): boolean {
  return !["created", "exited", "dead"].includes(state);
}

/** Of the tags of the project's images those that are its own, and not names that a person has given. */
export function ownImages(
  tags: readonly string[],
  { project, images }: Owns,
): string[] {
  return tags.filter((tag) => {
    const [, name] = /^(.*):latest$/.exec(tag) ?? [];
    return name?.startsWith(`${project}-`) || images.includes(name ?? tag) ||
      images.includes(tag);
  });
}

/** The engine reads names in filters as regular expressions. */
function escaped(name: string): string {
  return name.replaceAll(".", "\\.");
}

/** Resolves to the reasons why something could not be removed. */
async function removeAll(
  $: Shell,
  { containers, networks, volumes, images }: Found,
  { grace, signal, ended }: TearDownOptions,
): Promise<string[]> {
  const names = containers.map(({ name }) => name);
  const running = containers.filter(({ runs }) => runs)
    .map(({ name }) => name);
  const problems: string[] = [];
  const remove = async (
    names: readonly string[],
    command: (names: readonly string[]) => ReturnType<Shell>,
  ) => {
    if (names.length === 0) return;
    const { code, stderr } = await capture(command(names), signal);
    if (code !== 0) problems.push(...stderr.trim().split("\n"));
  };
  // One that has gone meanwhile is no problem, and one that does not end is killed by its removal.
  if (running.length > 0) {
    await capture($`docker stop -t ${grace} ${running}`, signal);
  }
  await Promise.all([
    // A container that has ended holds no network any more. First, because it takes longest.
    remove(networks, (names) => $`docker network rm --force ${names}`),
    (async () => {
      if (names.length > 0) await ended(names);
      await remove(names, (names) => $`docker rm --force --volumes ${names}`);
      await Promise.all([
        remove(volumes, (names) => $`docker volume rm --force ${names}`),
        remove(images, (names) => $`docker rmi --force ${names}`),
      ]);
    })(),
  ]);
  return problems;
}
