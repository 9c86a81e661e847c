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
import { routesIn } from "../plan/routes.ts";
import { realPath } from "../world.ts";
import type { EngineApi } from "./api.ts";
import { answered } from "./ask.ts";
import { preparedBy } from "./hooks.ts";

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
  /**
   * Of a container that Compose has made, and of a volume that todoflow has made: the folder of the Compose file, with links
   * resolved.
   */
  directory?: string;
  /** Of the container of a hook: the container whose start Compose prepares in it. */
  hookOf?: ProjectObject;
  /** Of a container: the run that has made it; "" if none has. */
  run?: string;
  /** Of a container: the volumes, folders and files of the host that are mounted into it. */
  mounts?: readonly string[];
  /** Of a container: names of its networks. */
  networks?: readonly string[];
  /** Of a container: the host ports that it publishes, such as "8080/tcp". */
  ports?: readonly string[];
  /** Of a container: the addresses of the host that it publishes, such as "127.0.0.1:8080/tcp". */
  addresses?: readonly string[];
  /** Of a container: the labels by which a proxy sends it requests, such as "caddy=shop.example". */
  routes?: readonly string[];
  /** Of a volume: the folder or the share of a server that it is. */
  device?: string;
  /** Of a network: its ranges of addresses. */
  subnets?: readonly string[];
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
  Ports?: readonly { IP?: string; PublicPort?: number; Type: string }[] | null;
}

interface ListedNetwork {
  IPAM?: { Config?: readonly { Subnet?: string }[] | null } | null;
  Name: string;
  Id: string;
  /** In ISO 8601. */
  Created: string;
  Labels: Labels;
}

interface ListedVolume {
  /** Of its driver. */
  Options?: Readonly<Record<string, string>> | null;
  Name: string;
  Labels: Labels;
}

/**
 * Lists the objects on the engine.
 *
 * @throws {TodoflowError} without an engine
 */
export async function observeObjects(
  api: EngineApi,
): Promise<ProjectObject[]> {
  const [containers, networks, volumes] = await answered(api, () =>
    allEnded([
      api.json<ListedContainer[]>("/containers/json", {
        query: { all: true },
      }).then((all) => Promise.all(all.map(containerOf)))
        .then((all) => withHooks(api, all)),
      api.json<ListedNetwork[]>("/networks"),
      api.json<{ Volumes: ListedVolume[] | null }>("/volumes"),
    ]));
  return [
    ...containers,
    ...networks.map(networkOf),
    ...await Promise.all((volumes.Volumes ?? []).map(volumeOf)),
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
  const addresses = (rest.Ports ?? []).flatMap(({ IP, PublicPort, Type }) =>
    PublicPort ? `${IP ?? ""}:${PublicPort}/${Type}` : []
  );
  const routes = routesIn(labels);
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
    ...(routes.length > 0 && { routes }),
    ...(addresses.length > 0 && { addresses }),
  };
}

/** The containers, each of a hook with the container that it prepares; one that has gone meanwhile is left out. */
async function withHooks(
  api: EngineApi,
  containers: readonly ProjectObject[],
): Promise<ProjectObject[]> {
  const found = await allEnded(containers.map(async (one) => {
    const { id, project, service, directory } = one;
    if (!project || !service || directory !== undefined) return [one];
    const others = containers.filter((other) =>
      other.directory !== undefined && other.project === project &&
      other.service === service
    );
    // Most are started by hand from an image of Compose: one that the engine cannot describe must not stop every run.
    if (others.length === 0) return [one];
    const prepared = await preparedBy(api, { id, project, service });
    const hookOf = others.find((other) => prepared?.includes(other.id));
    if (!hookOf?.directory) return prepared ? [one] : [];
    return [{ ...one, directory: hookOf.directory, hookOf }];
  }));
  return found.flat();
}

function networkOf(
  { Name: name, Id: id, Created, Labels, IPAM }: ListedNetwork,
): ProjectObject {
  const created = Date.parse(Created);
  const subnets = (IPAM?.Config ?? []).flatMap(({ Subnet }) => Subnet || []);
  return {
    kind: "network",
    project: Labels?.[PROJECT_LABEL] ?? "",
    ...{ name, id },
    ...(!Number.isNaN(created) && { created }),
    ...(subnets.length > 0 && { subnets }),
  };
}

async function volumeOf(
  { Name: name, Labels, Options }: ListedVolume,
): Promise<ProjectObject> {
  const labels = Labels ?? {};
  const { [FOLDER_LABEL]: folder } = labels;
  return {
    kind: "volume",
    project: labels[PROJECT_LABEL] ?? "",
    name,
    id: labels[RUN_LABEL] ?? "",
    ...(folder && { directory: await realPath(folder) }),
    ...(Options?.device && { device: Options.device }),
  };
}

/** The run whose file is the last one in a label; "" if that is another file. */
export function runIn(files: string): string {
  return /([\w-]+)\.run\.yaml$/.exec(files)?.[1] ?? "";
}
