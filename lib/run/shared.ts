/**
 * What a run would share with containers that it does not remove: data of a database, a name on a network, and what is
 * removed although another container holds it.
 *
 * @module
 */

import type { Docker } from "../engine/docker.ts";
import type { ProjectObject } from "../engine/objects.ts";
import type { Made } from "../plan/plan.ts";
import type { Service } from "../compose/service.ts";
import type { Workflow } from "../compose/workflow.ts";
import type { InUse, Missing } from "../errors/failure.ts";
import { hasEntries, namesIn } from "../reports/look.ts";
import { realPath } from "../world.ts";

/** What is asked about. */
export interface SharedOptions {
  workflow: Workflow;
  /** The services of which the run makes a container. */
  services: readonly Service[];
  /** Those of them that are to stay: their data may be a database's. */
  servers: readonly Service[];
  /** What is on the engine. */
  objects: readonly ProjectObject[];
  /** What the run removes before it makes anything. */
  removes: readonly Made[];
  docker: Docker;
}

/** States in which a container answers, and is in the way of its network's removal. */
const UP = ["running", "paused", "restarting"];

/**
 * Containers that stay and have what the run needs for itself, or removes: two servers on one folder of data destroy it, and
 * what is asked of a name that two containers have on a network goes to either.
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
    ...samePorts(others, options),
    ...namesakes(others, options),
    ...await sameData(others, options),
  ];
  return found.map(({ by: { name, state, project }, what }) => ({
    container: name,
    ...(state !== undefined && { state }),
    project,
    what,
  }));
}

interface Use {
  by: ProjectObject;
  what: string;
}

/** Networks and volumes that are removed, and that a container which stays holds: half of a release would be left. */
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

/** Ports that a container has, where an earlier release would go before that is found; else it may pass. */
function samePorts(
  others: readonly ProjectObject[],
  { services, removes }: SharedOptions,
): Use[] {
  if (removes.length === 0) return [];
  return services.flatMap(({ published }) =>
    published.flatMap((port) =>
      others.filter(({ ports = [] }) => ports.includes(port))
        .map((by) => ({ by, what: `the port ${port}` }))
    )
  );
}

/**
 * Services of the run that have a name on a network which a container has there already, where what depends on them asks
 * for it. That several projects have one name on the network of a proxy does no harm.
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

/** Folders and volumes with the data of a database, of which the run would start another server. */
async function sameData(
  others: readonly ProjectObject[],
  { servers, docker }: SharedOptions,
): Promise<Use[]> {
  const found: Use[] = [];
  for (const service of servers) {
    for (const { kind, source, target } of service.mounts) {
      const real = kind === "folder" ? await realPath(source) : source;
      const users = others.filter(({ mounts = [] }) =>
        // Docker Desktop tells folders as its machine sees them.
        mounts.some((mount) =>
          [source, real, `/host_mnt${real}`].includes(mount)
        )
      );
      if (users.length === 0 || !await isData(target, service, docker)) {
        continue;
      }
      found.push(...users.map((by) => ({ by, what: `the ${kind} ${source}` })));
    }
  }
  return found;
}

/** Folders of the host in which services of a run keep the data of a database. */
export interface DataFolders {
  /** Paths without links of those in which there is nothing: what they get is the run's. */
  empty: string[];
  /** Those with data that no run of the checkout has made. */
  foreign: { service: string; folder: string }[];
}

/** Looks at the folders that a run's databases would use, as each service names them. */
export async function dataFolders(
  { services, servers, docker, known, asks }:
    & Pick<SharedOptions, "services" | "servers" | "docker">
    & {
      /** Paths without links of those that runs of the checkout have filled. */
      known: readonly string[];
      /** Whether to look for data that no run has made. */
      asks: boolean;
    },
): Promise<DataFolders> {
  const found: DataFolders = { empty: [], foreign: [] };
  for (const service of services) {
    for (const { kind, source, target } of service.mounts) {
      const folder = await realPath(source);
      if (kind !== "folder" || known.includes(folder)) continue;
      const has = await hasEntries(folder);
      // Whose image is not here yet may be a database.
      if (has === false) found.empty.push(folder);
      if (!has || !asks || !servers.includes(service)) continue;
      if (
        await isData(target, service, docker) ?? await looksLikeData(folder)
      ) {
        found.foreign.push({ service: service.name, folder });
      }
    }
  }
  return found;
}

/** Whether an image keeps its data where something is mounted: it declares a volume there. Undefined without the image. */
async function isData(
  target: string,
  { image }: Service,
  docker: Docker,
): Promise<boolean | undefined> {
  const { code, stdout } = await docker(
    ...["image", "inspect", "--format", "{{json .Config.Volumes}}", image],
  );
  if (code !== 0) return undefined;
  const declared: string[] = Object.keys(readVolumes(stdout));
  return declared.some((path) =>
    target === path || target.startsWith(`${path}/`)
  );
}

/** Files by which databases are known, of PostgreSQL, MySQL and MariaDB, MongoDB, Redis. */
const DATA_FILES = [
  ...["PG_VERSION", "ibdata1", "WiredTiger"],
  ...["dump.rdb", "appendonlydir"],
];

/** Whether a folder has a database's files, or none that this user may see. */
async function looksLikeData(folder: string): Promise<boolean> {
  const names = await namesIn(folder);
  return names === undefined || names.some((name) => DATA_FILES.includes(name));
}

function readVolumes(text: string): object {
  try {
    return JSON.parse(text.trim().split("\n").at(-1) ?? "") ?? {};
  } catch {
    return {};
  }
}

/** External networks and volumes that the services need, and that are not there. */
export async function missingIn(
  { workflow, services, objects, docker }: Pick<
    SharedOptions,
    "workflow" | "services" | "objects" | "docker"
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
  // A node of a Swarm tells of an overlay network only once something of it is there.
  const { stdout } = await docker(
    ...["info", "--format", "{{.Swarm.LocalNodeState}}"],
  );
  return stdout.trim() === "active"
    ? found.filter(({ kind }) => kind === "volume")
    : found;
}
