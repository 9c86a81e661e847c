/**
 * Finds out what a plan is made from: Docker, Compose, the resolved Compose file, and what is on the engine already.
 *
 * @module
 */

import { capture, type Output } from "./engine.ts";
import { TodoflowError } from "./errors.ts";
import type { Shell } from "./plan.ts";
import type { Build } from "./service.ts";
import type { Facts, Workflow } from "./workflow.ts";

/** The oldest Compose that is accepted. */
const OLDEST_COMPOSE = [2, 20] as const;

/** What {@linkcode observe} found out. */
export interface Observed {
  /** Text of `docker compose config`. */
  model: string;
  /** Names of the services that Compose would start when none is named; undefined where nobody asked. */
  active: ReadonlySet<string> | undefined;
  /** What every Compose project has on the engine; empty without one. */
  objects: readonly ProjectObject[];
}

/** A container, network or volume of some Compose project. */
interface ProjectObject {
  project: string;
  /** Of a container: "running", "exited" … */
  state?: string;
  name?: string;
  service?: string;
}

/** Options of {@linkcode observe}. */
export interface ObserveOptions {
  directory: string;
  /** Whether a missing engine is an error; a dry run does without. */
  needsEngine: boolean;
  /** Whether only what is needed to remove things is looked at. */
  removes: boolean;
}

const PROJECT = "com.docker.compose.project";

/**
 * Checks Docker, Compose and the engine, resolves the Compose file, and looks at what is on the engine. All at once: the
 * project's name is not known yet, so that other projects' objects are read, too.
 *
 * @throws {TodoflowError} when one of them is missing, too old or invalid; no engine only where `needsEngine`.
 */
export async function observe(
  $: Shell,
  { directory, needsEngine, removes }: ObserveOptions,
): Promise<Observed> {
  const label = `label=${PROJECT}`;
  const project = `{{.Label "${PROJECT}"}}`;
  const container =
    `${project} {{.State}} {{.Names}} {{.Label "com.docker.compose.service"}}`;
  const [config, containers, networks, volumes, compose, active] = await Promise
    .all([
      // Every profile, because a target names its services, whatever profile they are in.
      capture($`docker compose --profile ${"*"} config`),
      capture($`docker ps --all --filter ${label} --format ${container}`),
      capture($`docker network ls --filter ${label} --format ${project}`),
      capture($`docker volume ls --filter ${label} --format ${project}`),
      removes ? undefined : capture($`docker compose version --short`),
      removes ? undefined : capture($`docker compose config --services`),
    ]);
  if (config.code === 127) throw new TodoflowError({ kind: "no-docker" });
  if (compose) checkCompose(compose);
  if (needsEngine && containers.code !== 0) {
    const detail = containers.stderr.trim();
    throw new TodoflowError({ kind: "no-engine", detail });
  }
  if (config.code !== 0) throw await badConfig(config, directory, $);
  return {
    model: config.stdout,
    active: active && new Set(linesOf(active)),
    objects: [containers, networks, volumes].flatMap(linesOf).map((line) => {
      const [project = "", state, name, service] = line.split(" ");
      return {
        project,
        ...(state !== undefined && { state }),
        ...(name !== undefined && { name }),
        ...(service !== undefined && { service }),
      };
    }),
  };
}

function linesOf({ stdout }: Output): string[] {
  return stdout.split("\n").filter(Boolean);
}

/** The objects of one project, as the plan needs them. */
export function ofProject(
  objects: readonly ProjectObject[],
  project: string,
): Pick<Facts, "existing" | "leftovers" | "running"> {
  const own = objects.filter((object) => object.project === project);
  return {
    existing: new Set(own.flatMap(({ service }) => service ?? [])),
    leftovers: own.length > 0,
    running: own.filter(({ state }) => state === "running")
      .flatMap(({ name }) => name ?? []).toSorted(),
  };
}

/** IDs of the images of the services that are there already, by name. */
export async function observeImages(
  $: Shell,
  { services }: Workflow,
): Promise<Facts["images"]> {
  const names = [...new Set([...services.values()].map(({ image }) => image))];
  // Prints those that are there, and fails for the others.
  const images = await capture(
    $`docker image inspect --format ${"{{.Id}}{{range .RepoTags}} {{.}}{{end}}"} ${names}`,
  );
  return imagesByName(images.stdout, names);
}

/** The images that the builds stand on. */
export async function observeBases(
  { services }: Workflow,
  readTextFile: (path: string) => Promise<string>,
): Promise<Facts["bases"]> {
  const { baseImages } = await import("./dockerfile.ts");
  const builds = new Map(
    [...services.values()].flatMap(({ build }) =>
      build ? [[build.key, build] as const] : []
    ),
  );
  const read = async (build: Build) => {
    const text = build.inline ?? await readTextFile(dockerfilePath(build));
    return baseImages(text, build);
  };
  return new Map(
    await Promise.all(
      [...builds].map(async ([key, build]) =>
        // A context that is no folder of this machine cannot be read.
        [key, await read(build).catch(() => undefined)] as const
      ),
    ),
  );
}

function dockerfilePath({ context, dockerfile }: Build): string {
  return dockerfile.startsWith("/") ? dockerfile : `${context}/${dockerfile}`;
}

/** Finds each name among the lines "id tag tag"; a name without a tag is `latest`. */
function imagesByName(
  text: string,
  names: readonly string[],
): ReadonlyMap<string, string> {
  const ids = new Map(
    text.split("\n").flatMap((line) => {
      const [id = "", ...tags] = line.split(" ");
      return tags.map((tag) => [tag, id] as const);
    }),
  );
  return new Map(
    names.flatMap((name) => {
      const id = ids.get(name) ?? ids.get(`${name}:latest`);
      return id === undefined ? [] : [[name, id] as const];
    }),
  );
}

function checkCompose({ code, stdout, stderr }: Output) {
  if (code !== 0) {
    throw new TodoflowError({ kind: "no-compose", detail: firstLine(stderr) });
  }
  const version = stdout.trim();
  if (!isRecent(version)) {
    throw new TodoflowError({
      kind: "old-compose",
      version,
      needed: OLDEST_COMPOSE.join("."),
    });
  }
}

/** Compares numbers only: "2.26.1-4", a distribution's build, is a pre-release in semver and would be too old. */
export function isRecent(version: string): boolean {
  const [, major = 0, minor = 0] = version.match(/(\d+)\.(\d+)/)?.map(Number) ??
    [];
  const [oldMajor, oldMinor] = OLDEST_COMPOSE;
  return major > oldMajor || (major === oldMajor && minor >= oldMinor);
}

/** A failed `config` may be for want of Compose, where its version was not asked for. */
async function badConfig(
  { stderr }: Output,
  directory: string,
  $: Shell,
): Promise<TodoflowError> {
  checkCompose(await capture($`docker compose version --short`));
  return new TodoflowError(
    /no configuration file provided/.test(stderr)
      ? { kind: "no-compose-file", directory }
      : { kind: "invalid-compose-file", detail: stderr.trim() },
  );
}

function firstLine(text: string): string {
  return text.trim().split("\n")[0]!;
}
