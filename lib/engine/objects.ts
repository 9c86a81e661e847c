/**
 * Finds the engine, and lists its containers, networks, volumes and images.
 *
 * @module
 */

import type { Output } from "../child.ts";
import { TodoflowError } from "../errors/todoflow_error.ts";
import {
  FILES_LABEL,
  FOLDER_LABEL,
  PROJECT_LABEL,
  RUN_LABEL,
  SERVICE_LABEL,
} from "../plan/labels.ts";
import type { Docker } from "./docker.ts";
import { realPath } from "../world.ts";

/** The default endpoint of the engine. */
export const DEFAULT_ENDPOINT = "unix:///var/run/docker.sock";

/**
 * The endpoint of the engine: DOCKER_HOST, or that of the current context.
 *
 * @throws {TodoflowError} when docker was killed, or has not answered
 */
export async function observeEndpoint(docker: Docker): Promise<string> {
  const format = "{{.Endpoints.docker.Host}}";
  const { code, stdout, stderr } = await docker(
    ...["context", "inspect", "--format", format],
  );
  // A docker that was killed, or has not answered, has not named an engine.
  if (code > 128) {
    throw new TodoflowError({ kind: "no-engine", detail: stderr.trim() });
  }
  const line = stdout.split("\n").map((line) => line.trim())
    .findLast((line) => /^[a-z]+:\/\//.test(line));
  return line ?? DEFAULT_ENDPOINT;
}

/** A container, network or volume. */
export interface ProjectObject {
  kind: "container" | "network" | "volume";
  /** The Compose project that its label names, "" without one. */
  project: string;
  name: string;
  /** The ID; of a volume, the run that its label names, "" without one. */
  id: string;
  /** When it was made, in ms since 1970; unknown for a volume. */
  created?: number;
  /** Of a container, such as "running". */
  state?: string;
  /** Of a container. */
  service?: string;
  /** Of a container that Compose has made: the folder of the Compose file, with links resolved. */
  directory?: string;
  /** Of a container: the run that has made it; "" if none has. */
  run?: string;
  /** Of a container: the volumes, folders and files of the host that are mounted into it. */
  mounts?: readonly string[];
  /** Of a container: names of its networks. */
  networks?: readonly string[];
  /** Of a container: the host ports that it publishes, such as "8080/tcp". */
  ports?: readonly string[];
}

/** A template for docker that prints a JSON array, because a name or a folder may contain any separator. */
function row(...fields: readonly string[]): string {
  return `[${fields.map((field) => `{{json ${field}}}`).join(",")}]`;
}

const ROWS = {
  container: row(
    `(.Label "${PROJECT_LABEL}")`,
    ".Names",
    ".ID",
    ".CreatedAt",
    ".State",
    `(.Label "${SERVICE_LABEL}")`,
    `(.Label "${FOLDER_LABEL}")`,
    `(.Label "${FILES_LABEL}")`,
    ".Mounts",
    ".Networks",
    ".Ports",
  ),
  network: row(`(.Label "${PROJECT_LABEL}")`, ".Name", ".ID", ".CreatedAt"),
  volume: row(
    `(.Label "${PROJECT_LABEL}")`,
    ".Name",
    `(.Label "${RUN_LABEL}")`,
  ),
};

/**
 * Lists the objects on the engine, or those of one Compose project.
 *
 * @throws {TodoflowError} without an engine
 */
export async function observeObjects(
  docker: Docker,
  project?: string,
): Promise<ProjectObject[]> {
  const filter = project === undefined
    ? []
    : ["--filter", `label=${PROJECT_LABEL}=${project}`];
  const whole = ["--no-trunc", ...filter, "--format"];
  const [containers, networks, volumes] = await Promise.all([
    docker("ps", "--all", ...whole, ROWS.container),
    docker("network", "ls", ...whole, ROWS.network),
    docker("volume", "ls", ...filter, "--format", ROWS.volume),
  ]);
  checkAnswers([containers, networks, volumes]);
  const objects = (kind: ProjectObject["kind"], output: Output) =>
    rowsOf(output).map((row) => objectOf(kind, row));
  return await Promise.all([
    ...objects("container", containers),
    ...objects("network", networks),
    ...objects("volume", volumes),
  ]);
}

/**
 * All containers of the engine, each with the name of the image that it was made with.
 *
 * @throws {TodoflowError} without an engine
 */
export async function observeUsers(
  docker: Docker,
): Promise<{ id: string; image: string }[]> {
  const users = await docker(
    ...["ps", "--all", "--no-trunc", "--format", row(".ID", ".Image")],
  );
  checkAnswers([users]);
  return rowsOf(users).map(([id = "", image = ""]) => ({ id, image }));
}

async function objectOf(
  kind: ProjectObject["kind"],
  row: readonly string[],
): Promise<ProjectObject> {
  const [project = "", names = "", id = "", made, state, service, folder] = row;
  const [files, mounts, networks, ports] = row.slice(7);
  const created = made === undefined ? undefined : timeOf(made);
  return {
    kind,
    project,
    // Links of containers add names such as "web/db".
    name: names.split(",").find((name) => !name.includes("/")) ?? names,
    id,
    ...(created !== undefined && { created }),
    ...(state !== undefined && { state }),
    ...(service && { service }),
    ...(folder && { directory: await realPath(folder) }),
    ...(files !== undefined && { run: runIn(files) }),
    ...(mounts && { mounts: mounts.split(",") }),
    ...(networks && { networks: networks.split(",") }),
    ...(ports && { ports: portsOf(ports) }),
  };
}

/** The ports in a list such as "0.0.0.0:8080-8081->80-81/tcp, 443/tcp". */
function portsOf(text: string): string[] {
  const ports = [...text.matchAll(/:(\d+)(?:-(\d+))?->\S*?\/(\w+)/g)].flatMap(
    ([, first, last = first, protocol]) =>
      Array.from(
        { length: Number(last) - Number(first) + 1 },
        (_, i) => `${Number(first) + i}/${protocol}`,
      ),
  );
  return [...new Set(ports)];
}

/** Milliseconds of a time in Go's form, such as "2026-11-29 15:52:42.21 +0100 CET". */
function timeOf(text: string): number | undefined {
  const [, day, time, zone] =
    /^(\S+) (\d\d:\d\d:\d\d)\S* ([+-]\d{4})/.exec(text) ?? [];
  const ms = Date.parse(`${day}T${time}${zone}`);
  return Number.isNaN(ms) ? undefined : ms;
}

/** The arrays that docker has printed, one a line; skips notices of docker between them. */
function rowsOf({ stdout }: Output): string[][] {
  return stdout.split("\n").flatMap((line) => {
    try {
      const row = JSON.parse(line);
      return Array.isArray(row) ? [row] : [];
    } catch {
      return [];
    }
  });
}

/** A failed listing must not be mistaken for an empty one. */
function checkAnswers(answers: readonly Output[]): void {
  const failed = answers.find(({ code }) => code !== 0);
  if (!failed) return;
  const detail = failed.stderr.trim();
  throw new TodoflowError({ kind: "no-engine", detail });
}

/** An image of the engine. */
export interface EngineImage {
  id: string;
  /** All of its names, with tags, as the engine lists them. */
  tags: readonly string[];
  /** When it was last given a name, in ms since 1970. */
  tagged: number;
  /** Whether it was built or loaded here, and so has no digest of a registry. */
  local?: boolean;
  /** The Compose project that has built it, "" without one. */
  project?: string;
}

/**
 * The images that have these names or IDs; skips unknown ones.
 *
 * @throws {TodoflowError} if docker fails for another reason than a missing image
 */
export async function observeImages(
  docker: Docker,
  names: readonly string[],
): Promise<EngineImage[]> {
  if (names.length === 0) return [];
  const format = row(
    ...[".Id", ".RepoTags", ".Metadata.LastTagTime", ".RepoDigests"],
    // The template asks for all labels, because it fails for one label of an image without any.
    ".Config.Labels",
  );
  // Prints the existing images, and fails for the missing ones.
  const images = await docker("image", "inspect", "--format", format, ...names);
  const rows = rowsOf(images) as unknown as [
    string,
    string[] | null,
    string,
    string[] | null,
    (Record<string, string> | null)?,
  ][];
  const others = images.stderr.split("\n").filter((line) =>
    // An invalid name has no image, either.
    line.trim() !== "" && !/no such image|invalid reference/i.test(line)
  );
  // A docker that a deadline or a signal has stopped proves nothing.
  if (images.code > 128 || images.code !== 0 && others.length > 0) {
    throw new TodoflowError({ kind: "no-engine", detail: others.join("\n") });
  }
  const found = rows.map(([id, tags, tagged, digests, labels]) => {
    // With containerd's store, each image has a digest: there, all images count as a registry's.
    const local = digests?.length === 0;
    const image = {
      ...{ id, tags: tags ?? [], tagged: Date.parse(tagged) },
      ...(local && { local }),
      ...(labels !== undefined && { project: labels?.[PROJECT_LABEL] ?? "" }),
    };
    return [id, image] as const;
  });
  return [...new Map(found).values()];
}

/** The IDs of images, by their names on the engine. */
export function idsByName(
  images: readonly EngineImage[],
): ReadonlyMap<string, string> {
  return new Map(
    images.flatMap(({ id, tags }) => tags.map((tag) => [tag, id] as const)),
  );
}

/** The run whose file is the last one in a label; "" if that is another file. */
export function runIn(files: string): string {
  return /([\w-]+)\.run\.yaml$/.exec(files)?.[1] ?? "";
}
