/**
 * Lists containers, networks, volumes and images of the engine:
 * https://docs.docker.com/reference/api/engine/.
 *
 * @module
 */

import { allEnded } from "../pause.ts";
import {
  FILES_LABEL,
  FOLDER_LABEL,
  PROJECT_LABEL,
  RUN_LABEL,
  SERVICE_LABEL,
} from "../plan/labels.ts";
import { realPath } from "../world.ts";
import type { EngineApi } from "./api.ts";
import { answered, labelFilter } from "./ask.ts";

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

export type Labels = Readonly<Record<string, string>> | null;

/** A container in the engine's list, as far as todoflow reads it. */
interface ListedContainer {
  Id: string;
  /** Each begins with a slash. */
  Names: readonly string[] | null;
  /** The name of the image that it was made with. */
  Image: string;
  /** Seconds since 1970. */
  Created: number;
  State: string;
  Labels: Labels;
  Mounts?: readonly { Type: string; Name?: string; Source?: string }[] | null;
  NetworkSettings?: {
    Networks?: Readonly<Record<string, unknown>> | null;
  } | null;
  Ports?: readonly { PublicPort?: number; Type: string }[] | null;
}

interface ListedNetwork {
  Name: string;
  Id: string;
  /** In ISO 8601. */
  Created: string;
  Labels: Labels;
}

interface ListedVolume {
  Name: string;
  Labels: Labels;
}

/**
 * Lists the objects on the engine, or those of one Compose project.
 *
 * @throws {TodoflowError} without an engine
 */
export async function observeObjects(
  api: EngineApi,
  project?: string,
): Promise<ProjectObject[]> {
  const filter: Record<string, string> = project === undefined
    ? {}
    : { filters: labelFilter(PROJECT_LABEL, project) };
  const [containers, networks, volumes] = await answered(api, () =>
    allEnded([
      api.json<ListedContainer[]>("/containers/json", {
        query: { all: true, ...filter },
      }),
      api.json<ListedNetwork[]>("/networks", { query: filter }),
      api.json<{ Volumes: ListedVolume[] | null }>("/volumes", {
        query: filter,
      }),
    ]));
  return [
    ...await Promise.all(containers.map(containerOf)),
    ...networks.map(networkOf),
    ...(volumes.Volumes ?? []).map(volumeOf),
  ];
}

/**
 * All containers of the engine, each with the name of the image that it was made with.
 *
 * @throws {TodoflowError} without an engine
 */
export async function observeUsers(
  api: EngineApi,
): Promise<{ id: string; image: string }[]> {
  const users = await answered(
    api,
    () =>
      api.json<ListedContainer[]>("/containers/json", { query: { all: true } }),
  );
  return users.map(({ Id: id, Image: image }) => ({ id, image }));
}

async function containerOf(
  { Id, Names, Created, State, Labels, ...rest }: ListedContainer,
): Promise<ProjectObject> {
  const labels = Labels ?? {};
  const names = (Names ?? []).map((name) => name.replace(/^\//, ""));
  const { [SERVICE_LABEL]: service, [FOLDER_LABEL]: folder } = labels;
  const mounts = (rest.Mounts ?? []).flatMap(({ Type, Name, Source }) =>
    (Type === "volume" ? Name : Source) || []
  );
  const networks = Object.keys(rest.NetworkSettings?.Networks ?? {});
  const ports = (rest.Ports ?? []).flatMap(({ PublicPort, Type }) =>
    PublicPort ? `${PublicPort}/${Type}` : []
  );
  return {
    kind: "container",
    project: labels[PROJECT_LABEL] ?? "",
    // Links of containers add names such as "web/db".
    name: names.find((name) => !name.includes("/")) ?? names[0] ?? "",
    id: Id,
    created: Created * 1000,
    state: State,
    ...(service && { service }),
    ...(folder && { directory: await realPath(folder) }),
    run: runIn(labels[FILES_LABEL] ?? ""),
    ...(mounts.length > 0 && { mounts }),
    ...(networks.length > 0 && { networks }),
    ...(ports.length > 0 && { ports: [...new Set(ports)] }),
  };
}

function networkOf(
  { Name: name, Id: id, Created, Labels }: ListedNetwork,
): ProjectObject {
  const created = Date.parse(Created);
  return {
    kind: "network",
    project: Labels?.[PROJECT_LABEL] ?? "",
    ...{ name, id },
    ...(!Number.isNaN(created) && { created }),
  };
}

function volumeOf({ Name: name, Labels }: ListedVolume): ProjectObject {
  return {
    kind: "volume",
    project: Labels?.[PROJECT_LABEL] ?? "",
    name,
    id: Labels?.[RUN_LABEL] ?? "",
  };
}

/** The run whose file is the last one in a label; "" if that is another file. */
export function runIn(files: string): string {
  return /([\w-]+)\.run\.yaml$/.exec(files)?.[1] ?? "";
}
