/**
 * Finds out what a plan is made from: Docker, Compose, the resolved Compose file, and what is on the engine already.
 *
 * @module
 */

import { capture, type Docker, type Output } from "./engine.ts";
import { TodoflowError } from "./errors.ts";
import type { Shell } from "./plan.ts";
import type { Build } from "./service.ts";
import { realPath } from "./state.ts";
import type { Facts, Workflow } from "./workflow.ts";

/** The oldest Compose that is accepted. */
const OLDEST_COMPOSE = [2, 20] as const;

/** Options of {@linkcode observe}. */
export interface ObserveOptions {
  directory: string;
  /** Asks {@linkcode composeVersion}; without, as where only removal is planned, nobody asks as long as all is well. */
  compose?: () => Promise<Output>;
}

/** Asks Compose for its version. */
export function composeVersion(docker: Docker): Promise<Output> {
  return docker("compose", "version", "--short");
}

/**
 * Checks Docker and Compose, and resolves the Compose file: resolves to the text of `docker compose config`.
 *
 * @throws {TodoflowError} when one of them is missing, too old or invalid.
 */
export async function observe(
  docker: Docker,
  { directory, compose }: ObserveOptions,
): Promise<string> {
  // Every profile, because a target names its services, whatever profile they are in. First: it takes longest.
  const asked = docker("compose", "--profile", "*", "config");
  const version = compose?.();
  const config = await asked;
  if (config.code === 127) throw new TodoflowError({ kind: "no-docker" });
  // Nobody has looked at the file then: docker was killed.
  if (config.code > 128) {
    const detail = config.stderr.trim();
    throw new TodoflowError({ kind: "no-engine", detail });
  }
  if (version) checkCompose(await version);
  if (config.code !== 0) throw await badConfig(config, directory, docker);
  return modelIn(config.stdout);
}

/** The model in what Compose has printed: a docker that is a wrapper may print notices before it. */
function modelIn(stdout: string): string {
  const text = stdout.replace(/^\ufeff/, "").replaceAll("\r\n", "\n");
  // Compose begins with the name; in tests, and by hand, a model may be on one line.
  const start = text.search(/^(name:|\{)/m);
  if (start >= 0) return text.slice(start);
  const [first = ""] = text.trim().split("\n");
  const detail = `docker compose config has answered "${first.slice(0, 80)}"`;
  throw new TodoflowError({ kind: "invalid-compose-file", detail });
}

/** Where the engine is reached if nothing says otherwise. */
export const DEFAULT_ENDPOINT = "unix:///var/run/docker.sock";

/**
 * Where the engine is reached: DOCKER_HOST, or the endpoint of the current context.
 *
 * @throws {TodoflowError} when docker was killed, or has not answered
 */
export async function observeEndpoint(docker: Docker): Promise<string> {
  const format = "{{.Endpoints.docker.Host}}";
  const { code, stdout, stderr } = await docker(
    ...["context", "inspect", "--format", format],
  );
  // One that was killed, or has not answered, has not said which engine it is.
  if (code > 128) {
    throw new TodoflowError({ kind: "no-engine", detail: stderr.trim() });
  }
  const line = stdout.split("\n").map((line) => line.trim())
    .findLast((line) => /^[a-z]+:\/\//.test(line));
  return line ?? DEFAULT_ENDPOINT;
}

/** A container, network or volume of some Compose project. */
export interface ProjectObject {
  kind: "container" | "network" | "volume";
  project: string;
  name: string;
  /** Of a container, such as "running". */
  state?: string;
  /** Of a container. */
  service?: string;
  /** Of a container: the folder of the Compose file that it was made from, without links. */
  directory?: string;
}

const LABEL = "com.docker.compose.project";

/**
 * Looks at what Compose projects have on the engine.
 *
 * @throws {TodoflowError} without an engine
 */
export async function observeObjects(
  docker: Docker,
): Promise<ProjectObject[]> {
  const filter = ["--filter", `label=${LABEL}`];
  const project = `{{.Label "${LABEL}"}}`;
  // The folder comes last, because it may hold spaces.
  const container =
    `${project} {{.Names}} {{.State}} {{.Label "com.docker.compose.service"}} {{.Label "${LABEL}.working_dir"}}`;
  const named = `${project} {{.Name}}`;
  const [containers, networks, volumes] = await Promise.all([
    docker("ps", "--all", ...filter, "--format", container),
    docker("network", "ls", ...filter, "--format", named),
    docker("volume", "ls", ...filter, "--format", named),
  ]);
  checkAnswers([containers, networks, volumes]);
  const objects = (kind: ProjectObject["kind"], output: Output) =>
    linesOf(output).map((line) => {
      const [project = "", name = "", state, service, ...directory] = line
        .split(" ");
      return {
        kind,
        project,
        name,
        ...(state !== undefined && { state }),
        ...(service !== undefined && { service }),
        // A container without the label belongs to nobody in particular.
        ...(kind === "container" && directory.join("") !== "" &&
          { directory: directory.join(" ") }),
      };
    });
  const made = [
    ...objects("container", containers),
    ...objects("network", networks),
    ...objects("volume", volumes),
  ];
  return await Promise.all(made.map(async (object) => ({
    ...object,
    ...(object.directory !== undefined &&
      { directory: await realPath(object.directory) }),
  })));
}

/** What an answer that failed does not name would be taken for something that is not there. */
function checkAnswers(answers: readonly Output[]): void {
  const failed = answers.find(({ code }) => code !== 0);
  if (!failed) return;
  const detail = failed.stderr.trim();
  throw new TodoflowError({ kind: "no-engine", detail });
}

function linesOf({ stdout }: Output): string[] {
  return stdout.split("\n").filter(Boolean);
}

/** The objects of one project, as the plan needs them. */
export function ofProject(
  objects: readonly ProjectObject[],
  project: string,
): Pick<Facts, "existing" | "networks" | "volumes"> {
  const own = objects.filter((object) => object.project === project);
  const names = (kind: ProjectObject["kind"]) =>
    new Set(own.filter((one) => one.kind === kind).map(({ name }) => name));
  return {
    existing: new Set(own.flatMap(({ service }) => service ?? [])),
    networks: names("network"),
    volumes: names("volume"),
  };
}

/**
 * The tags of the images that were built for a project; one that lost its name ends with `:<none>`.
 *
 * @throws {TodoflowError} without an engine
 */
export async function observeTags(
  docker: Docker,
  project: string,
): Promise<string[]> {
  const filter = ["--filter", `label=${LABEL}=${project}`];
  const format = ["--format", "{{.Repository}}:{{.Tag}}"];
  const images = await docker("image", "ls", ...filter, ...format);
  checkAnswers([images]);
  return linesOf(images);
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
  const lines = stdout.split("\n").map((line) => line.trim());
  const version = lines.findLast((line) => /^v?\d+\.\d/.test(line)) ??
    stdout.trim();
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
  docker: Docker,
): Promise<TodoflowError> {
  checkCompose(await composeVersion(docker));
  return new TodoflowError(
    /no configuration file provided/.test(stderr)
      ? { kind: "no-compose-file", directory }
      : { kind: "invalid-compose-file", detail: stderr.trim() },
  );
}

function firstLine(text: string): string {
  return text.trim().split("\n")[0]!;
}
