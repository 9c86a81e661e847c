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
  /** Names of the services that Compose would start when none is named. */
  active: ReadonlySet<string>;
  /** Whether an engine answers; a dry run does without. */
  engine: boolean;
}

/**
 * Checks Docker, Compose and the engine, and resolves the Compose file.
 *
 * @throws {TodoflowError} when one of them is missing, too old or invalid; no engine only where `needsEngine`.
 */
export async function observe(
  $: Shell,
  { directory, needsEngine }: { directory: string; needsEngine: boolean },
): Promise<Observed> {
  const [compose, engine, config, active] = await Promise.all([
    capture($`docker compose version --short`),
    capture($`docker version --format ${"{{.Server.Version}}"}`),
    // Every profile, because a target names its services, whatever profile they are in.
    capture($`docker compose --profile ${"*"} config`),
    capture($`docker compose config --services`),
  ]);
  checkCompose(compose);
  if (needsEngine && engine.code !== 0) {
    const detail = engine.stderr.trim();
    throw new TodoflowError({ kind: "no-engine", detail });
  }
  if (config.code !== 0) throw badConfig(config, directory);
  return {
    model: config.stdout,
    active: new Set(active.stdout.split("\n").filter(Boolean)),
    engine: engine.code === 0,
  };
}

/** What is on the engine already: containers of the project, and images of its services. */
export async function observeEngine(
  $: Shell,
  { project, services }: Workflow,
): Promise<Pick<Facts, "existing" | "running" | "images">> {
  const label = `label=com.docker.compose.project=${project}`;
  const names = [...new Set([...services.values()].map(({ image }) => image))];
  const [containers, images] = await Promise.all([
    capture(
      $`docker ps --all --filter ${label} --format ${'{{.State}} {{.Names}} {{.Label "com.docker.compose.service"}}'}`,
    ),
    // Prints those that are there, and fails for the others.
    capture(
      $`docker image inspect --format ${"{{.Id}}{{range .RepoTags}} {{.}}{{end}}"} ${names}`,
    ),
  ]);
  const found = containers.stdout.split("\n").filter(Boolean)
    .map((line) => line.split(" "));
  return {
    existing: new Set(found.map(([, , service = ""]) => service)),
    running: found.filter(([state]) => state === "running")
      .map(([, name = ""]) => name).toSorted(),
    images: imagesByName(images.stdout, names),
  };
}

/** The images that the builds stand on. */
export async function observeBases(
  { services }: Workflow,
  readTextFile: (path: string) => Promise<string>,
): Promise<Facts["bases"]> {
  const { baseImages } = await import("./dockerfile.ts");
  const builds = new Map(
    [...services.values()].flatMap(({ build }) =>
      build ? [[build.key, build]] : []
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
  if (code === 127) throw new TodoflowError({ kind: "no-docker" });
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

function badConfig({ stderr }: Output, directory: string): TodoflowError {
  return new TodoflowError(
    /no configuration file provided/.test(stderr)
      ? { kind: "no-compose-file", directory }
      : { kind: "invalid-compose-file", detail: stderr.trim() },
  );
}

function firstLine(text: string): string {
  return text.trim().split("\n")[0]!;
}
