/**
 * Finds conflicts with containers that stay: the data of a database, a port, a name on a network, and networks or volumes
 * that the run would remove while such a container uses them.
 *
 * @module
 */

import type { EngineApi } from "../engine/api.ts";
import type { ProjectObject } from "../engine/objects.ts";
import type { Made } from "../plan/plan.ts";
import type { Service } from "../compose/service.ts";
import type { Workflow } from "../compose/workflow.ts";
import { inspectImage } from "../engine/images.ts";
import type { InUse, Missing } from "../errors/ownership_failure.ts";
import { samePorts, type Use } from "./same_ports.ts";
import { hasEntries, namesIn } from "../reports/look.ts";
import { realPath } from "../world.ts";

/** The run, and what is on the engine. */
export interface SharedOptions {
  workflow: Workflow;
  /** The services for which the run creates containers. */
  services: readonly Service[];
  /** Those of them that keep running: they may be databases. */
  servers: readonly Service[];
  /** All containers, networks and volumes of the engine. */
  objects: readonly ProjectObject[];
  /** The objects that the run removes before it creates anything. */
  removes: readonly Made[];
  api: EngineApi;
}

/** States in which a container answers requests and keeps its network in use. */
const UP = ["running", "paused", "restarting"];

/**
 * Containers that stay and use something that the run removes or needs exclusively. Two servers on one folder of data
 * destroy it, and requests to a name that two containers share go to either.
 */
export async function inUse(options: SharedOptions): Promise<InUse[]> {
  const { objects, removes } = options;
  const goes = ({ kind, id, name }: ProjectObject) =>
    removes.some((one) =>
      one.kind === kind && one.id === id && one.name === name
    );
  const others = objects.filter((object) =>
    object.kind === "container" && !goes(object)
  );
  const found = [
    ...held(others, options),
    ...samePorts(others, options.services),
    ...namesakes(others, options),
    ...sameRoutes(others, options),
    ...await sameData(others, options),
  ];
  return found.map(({ by: { name, state, project }, what, taken }) => ({
    container: name,
    ...(state !== undefined && { state }),
    project,
    what,
    ...(taken && { taken }),
  }));
}

/** Networks and volumes that the run removes while a container that stays uses them: half a release would remain. */
function held(
  others: readonly ProjectObject[],
  { removes }: SharedOptions,
): Use[] {
  return removes.flatMap(({ kind, name }) =>
    others.flatMap((by): Use[] => {
      const isHeld = kind === "volume"
        ? by.mounts?.includes(name)
        : kind === "network" && UP.includes(by.state ?? "") &&
          by.networks?.includes(name);
      return isHeld ? [{ by, what: `the ${kind} ${name}` }] : [];
    })
  );
}

/**
 * Services whose name on a network another container already has, if a service that depends on them uses that name. The
 * same name on the network of a proxy does no harm.
 */
function namesakes(
  others: readonly ProjectObject[],
  { services }: SharedOptions,
): Use[] {
  const isAsked = (name: string, network: string) =>
    services.some((client) =>
      client.dependsOn.some(({ service }) => service === name) &&
      client.networks.some((one) => one.network === network)
    );
  return services.flatMap(({ name: asked, networks }) =>
    networks.flatMap(({ network, names }) =>
      !isAsked(asked, network) ? [] : others.flatMap((by): Use[] => {
        const { service = "", name, state = "" } = by;
        const same = names.find((one) => one === service || one === name);
        return same !== undefined && UP.includes(state) &&
            by.networks?.includes(network)
          ? [{ by, what: `the name "${same}" on the network ${network}` }]
          : [];
      })
    )
  );
}

/** Routes by which a proxy would send the requests of users to two releases in turn. */
function sameRoutes(
  others: readonly ProjectObject[],
  { services }: SharedOptions,
): Use[] {
  return services.flatMap(({ routes }) =>
    routes.flatMap((route) =>
      others.filter(({ routes = [], state = "" }) =>
        UP.includes(state) && routes.includes(route)
      ).map((by) => ({ by, what: `the route ${route}` }))
    )
  );
}

/** Folders and volumes of a database for which the run would start a second server. */
async function sameData(
  others: readonly ProjectObject[],
  { servers, api, objects, workflow }: SharedOptions,
): Promise<Use[]> {
  const found: Use[] = [];
  for (const service of servers) {
    for (const { kind, source, target } of service.mounts) {
      const real = kind === "folder" ? await realPath(source) : source;
      // A volume of another name may be the same folder.
      const { device } = [...workflow.volumes.values()]
        .find(({ name }) => kind === "volume" && name === source)?.options ??
        {};
      const same = objects.filter((object) =>
        object.kind === "volume" && device !== undefined &&
        object.device === device
      ).map(({ name }) => name);
      const users = others.filter(({ mounts = [] }) =>
        // Docker Desktop reports folders as its virtual machine sees them.
        mounts.some((mount) =>
          [source, real, `/host_mnt${real}`, ...same].includes(mount)
        )
      );
      if (users.length === 0 || !await isDataPath(target, service.image, api)) {
        continue;
      }
      found.push(...users.map((by) => ({ by, what: `the ${kind} ${source}` })));
    }
  }
  return found;
}

/** Folders on the host in which services of a run keep the data of a database. */
export interface DataFolders {
  /** The empty ones, as paths without links: the run owns what its databases write there. */
  empty: string[];
  /** Those with data that no run of this checkout has made. */
  foreign: { service: string; folder: string }[];
}

/** Looks at the folders that the run's databases would use. */
export async function dataFolders(
  { services, servers, api, known, asks }:
    & Pick<SharedOptions, "services" | "servers" | "api">
    & {
      /** Folders that runs of this checkout have filled, as paths without links. */
      known: readonly string[];
      /** Whether to look for data that no run of this checkout has made. */
      asks: boolean;
    },
): Promise<DataFolders> {
  const found: DataFolders = { empty: [], foreign: [] };
  for (const service of services) {
    for (const { kind, source, target } of service.mounts) {
      const folder = await realPath(source);
      if (kind !== "folder" || known.includes(folder)) continue;
      const has = await hasEntries(folder);
      // A service whose image is not on the engine yet may be a database.
      if (has === false) found.empty.push(folder);
      if (!has || !asks || !servers.includes(service)) continue;
      if (
        await isDataPath(target, service.image, api) ??
          await looksLikeData(folder)
      ) {
        found.foreign.push({ service: service.name, folder });
      }
    }
  }
  return found;
}

/** Whether an image declares a volume where something is mounted; undefined if the engine does not have the image. */
export async function isDataPath(
  target: string,
  image: string,
  api: EngineApi,
): Promise<boolean | undefined> {
  const found = await inspectImage(api, image).catch(() => undefined);
  if (!found) return undefined;
  const declared = Object.keys(found.Config?.Volumes ?? {});
  return declared.some((path) =>
    target === path || target.startsWith(`${path}/`)
  );
}

/** Files that identify a database: PostgreSQL, MySQL and MariaDB, MongoDB, Redis. */
const DATA_FILES = ["PG_VERSION", "ibdata1", "WiredTiger", "appendonlydir"];

/** Whether a folder contains files of a database, or cannot be read by this user. */
export async function looksLikeData(folder: string): Promise<boolean> {
  const names = await namesIn(folder);
  return names === undefined || names.some((name) => DATA_FILES.includes(name));
}

/** External networks and volumes that the services need and that do not exist. */
export async function missingIn(
  { workflow, services, objects, api }: Pick<
    SharedOptions,
    "workflow" | "services" | "objects" | "api"
  >,
): Promise<Missing[]> {
  const needed = services.flatMap(({ mounts, networks }) => [
    ...mounts.flatMap(({ kind, source }) =>
      kind === "volume" ? [{ kind: "volume" as const, name: source }] : []
    ),
    ...networks.map(({ network: name }) => ({
      kind: "network" as const,
      name,
    })),
  ]);
  const missing = needed.filter(({ kind, name }) =>
    workflow.external[`${kind}s`].includes(name) &&
    !objects.some((object) =>
      object.kind === kind && [object.name, object.id].includes(name)
    )
  );
  const found = [
    ...new Map(missing.map((one) => [`${one.kind} ${one.name}`, one])).values(),
  ];
  if (!found.some(({ kind }) => kind === "network")) return found;
  // A Swarm node lists an overlay network only when a container on that node uses it.
  const { Swarm } = await api.json<
    { Swarm?: { LocalNodeState?: string } }
  >("/info").catch(() => ({ Swarm: undefined }));
  return Swarm?.LocalNodeState === "active"
    ? found.filter(({ kind }) => kind === "volume")
    : found;
}
