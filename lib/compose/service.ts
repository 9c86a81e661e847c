/**
 * A service of the resolved Compose model, as far as the plans need it.
 *
 * @module
 */

/** The conditions of Compose's `depends_on`. */
export type Condition =
  | "service_started"
  | "service_healthy"
  | "service_completed_successfully";

/** How an image is built. */
export interface Build {
  /** The same text for builds that give the same image. */
  key: string;
  /** Absolute path or URL. */
  context: string;
  /** Relative to the context, or absolute. */
  dockerfile: string;
  /** The Dockerfile itself, where it stands in the Compose file. */
  inline: string | undefined;
  /** Stage of the Dockerfile. */
  target: string | undefined;
  /** Build arguments with a value. */
  args: Readonly<Record<string, string>>;
  /** Of the image, as the file gives them. */
  labels: Readonly<Record<string, string>>;
  /** Named contexts besides the main one. */
  contexts: Readonly<Record<string, string>>;
  /** Names of the image besides the service's. */
  tags: readonly string[];
}

/** A folder of the host, or a volume by the engine's name, in a container. */
export interface Mount {
  /** A folder of the host, or a volume of the engine. */
  kind: "folder" | "volume";
  /** Absolute path, or name. */
  source: string;
  /** Path in the container. */
  target: string;
}

/** One service. */
export interface Service {
  /** As in the Compose file. */
  name: string;
  /** Whether Compose starts it when no service is named: it is in no profile, or in an active one. */
  active: boolean;
  /** Name of its image: the one that Compose gives it where the file does not. */
  image: string;
  /** The name that the file gives the image, whatever it is called here. */
  imageInFile: string | undefined;
  /** Absent where the image is fetched. */
  build: Build | undefined;
  /** The profiles that it is in. */
  profiles: readonly string[];
  /** How many containers `docker compose up` starts of it. */
  containers: number;
  /** The services that must be ready or done before. */
  dependsOn: readonly { service: string; condition: Condition }[];
  /** The name that `docker compose up` gives its first container. */
  container: string;
  /** Whether only Compose can start it, because it has secrets, configs or hooks. */
  needsCompose: boolean;
  /** The keys of the volumes that are mounted into it, as in the Compose file. */
  volumes: readonly string[];
  /** The mounts that it can write to, and may share with others. */
  mounts: readonly Mount[];
  /** Its networks, by the engine's names, with the names that it has there. */
  networks: readonly { network: string; names: readonly string[] }[];
  /** Container ports that are published, TCP only. */
  ports: readonly number[];
  /** Ports of the engine's machine that are published by number, such as "8080/tcp". */
  published: readonly string[];
  /** A feature that todoflow does not support, such as `network_mode: service:db`: an error when the service is to start. */
  unsupported: { feature: string; advice: string } | undefined;
}

/** The parts of a service that are read: https://docs.docker.com/reference/compose-file/services/. */
export interface RawService {
  build?: RawBuild;
  image?: string;
  profiles?: readonly string[];
  platform?: string;
  "container_name"?: string;
  "depends_on"?: Record<string, { condition: Condition; required?: boolean }>;
  ports?: readonly { target: number; published?: string; protocol?: string }[];
  "network_mode"?: string;
  networks?: Record<string, { aliases?: readonly string[] } | null>;
  volumes?: readonly {
    type?: string;
    source?: string;
    target?: string;
    "read_only"?: boolean;
  }[];
  "volumes_from"?: readonly string[];
  scale?: number;
  deploy?: { replicas?: number } | null;
  secrets?: readonly unknown[];
  configs?: readonly unknown[];
  "post_start"?: readonly unknown[];
}

interface RawBuild {
  context?: string;
  dockerfile?: string;
  "dockerfile_inline"?: string;
  target?: string;
  args?: Record<string, string | null>;
  labels?: Record<string, string>;
  tags?: readonly string[];
  "additional_contexts"?: Record<string, string>;
}

/**
 * Reads one service.
 *
 * @param options.active names of the services that Compose starts when none is named
 * @param options.isolated whether an image that is built has a name of the project
 * @param options.nameOf the engine's name of a network or volume, by its key in the file
 */
export function readService(
  name: string,
  raw: RawService,
  { project, active, isolated, nameOf }: {
    project: string;
    active: ReadonlySet<string>;
    isolated: boolean;
    /** The engine's name of a network or volume of the file. */
    nameOf: (kind: "networks" | "volumes", key: string) => string | undefined;
  },
): Service {
  const isActive = (service: string) => active.has(service);
  return {
    name,
    active: isActive(name),
    image: (isolated && raw.build ? undefined : raw.image) ??
      `${project}-${name}`,
    imageInFile: raw.image,
    build: raw.build && readBuild(raw.build, { ...raw, isolated }),
    profiles: raw.profiles ?? [],
    containers: containersOf(raw),
    dependsOn: sortedEntries(raw.depends_on ?? {})
      // As in Compose, an optional dependency does not activate its profile.
      .filter(([service, { required = true }]) => required || isActive(service))
      .map(([service, { condition }]) => ({ service, condition })),
    container: raw.container_name ?? `${project}-${name}-1`,
    needsCompose: [raw.secrets, raw.configs, raw.post_start]
      .some((list) => list && list.length > 0),
    volumes: (raw.volumes ?? []).flatMap(({ type, source }) =>
      type === "volume" && source !== undefined ? [source] : []
    ),
    mounts: (raw.volumes ?? []).flatMap((mount): Mount[] => {
      const { type, source, target, read_only: isReadOnly } = mount;
      if (source === undefined || target === undefined || isReadOnly) return [];
      if (type === "bind") return [{ kind: "folder", source, target }];
      const name = type === "volume" ? nameOf("volumes", source) : undefined;
      return name === undefined
        ? []
        : [{ kind: "volume", source: name, target }];
    }),
    networks: raw.network_mode !== undefined
      ? []
      : Object.entries(raw.networks ?? {}).flatMap(([key, network]) => {
        const { aliases = [] } = network ?? {};
        const found = nameOf("networks", key);
        return found === undefined
          ? []
          : [{ network: found, names: [name, ...aliases] }];
      }),
    ports: (raw.ports ?? [])
      .filter(({ protocol = "tcp" }) => protocol === "tcp")
      .map(({ target }) => target),
    published: (raw.ports ?? [])
      .flatMap(({ published, protocol = "tcp" }) =>
        /^[1-9]\d*$/.test(`${published}`) ? [`${published}/${protocol}`] : []
      ),
    unsupported: unsupportedOf(name, raw),
  };
}

/** @param options.isolated whether it gives no names that another checkout may give as well */
function readBuild(
  raw: RawBuild,
  { platform, isolated }: { platform?: string; isolated: boolean },
): Build {
  return {
    key: canonical({ build: raw, platform }),
    context: raw.context ?? ".",
    dockerfile: raw.dockerfile ?? "Dockerfile",
    inline: raw.dockerfile_inline,
    target: raw.target,
    // An argument without a value takes it from the caller's environment: it is unknown here.
    args: Object.fromEntries(
      Object.entries(raw.args ?? {}).flatMap(([name, value]) =>
        value === null ? [] : [[name, value]]
      ),
    ),
    labels: raw.labels ?? {},
    contexts: raw.additional_contexts ?? {},
    tags: isolated ? [] : raw.tags ?? [],
  };
}

/** The path of a build's Dockerfile, unless the Compose file contains it. */
export function dockerfilePath(
  { context, dockerfile }: Pick<Build, "context" | "dockerfile">,
): string {
  return dockerfile.startsWith("/") ? dockerfile : `${context}/${dockerfile}`;
}

/** How many containers of a service Compose starts. */
export function containersOf(
  { scale, deploy }: Pick<RawService, "scale" | "deploy">,
): number {
  return deploy?.replicas ?? scale ?? 1;
}

function unsupportedOf(
  name: string,
  raw: RawService,
): Service["unsupported"] {
  const { network_mode: mode } = raw;
  if (name.startsWith("-")) {
    return {
      feature: `service name "${name}"`,
      advice: "give it a name that Compose does not read as a flag",
    };
  }
  const from = raw.volumes_from?.find((from) => from.startsWith("container:"));
  // The engine would remove the anonymous volumes of that container together with this one.
  if (from !== undefined) {
    return {
      feature: `volumes_from "${from}" of service "${name}"`,
      advice: `mount a volume that has a name into "${name}" instead`,
    };
  }
  return mode?.startsWith("service:")
    ? {
      feature: `network_mode "${mode}" of service "${name}"`,
      advice: `give "${name}" a network of its own`,
    }
    : undefined;
}

/** By name, so that a plan does not depend on how the Compose file is written. */
export function sortedEntries<T>(record: Record<string, T>): [string, T][] {
  return Object.entries(record).toSorted(([a], [b]) => a < b ? -1 : 1);
}

/** JSON with sorted keys. */
function canonical(value: unknown): string {
  return JSON.stringify(
    value,
    (_, item) =>
      item !== null && typeof item === "object" && !Array.isArray(item)
        ? Object.fromEntries(sortedEntries(item))
        : item,
  );
}
