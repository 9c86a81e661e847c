/**
 * A service of the resolved Compose model, as far as the plans need it.
 *
 * @module
 */

import { type Unsupported, unsupportedOf } from "./unsupported.ts";
import { parseDuration } from "../text/units.ts";
import { routesIn } from "../plan/routes.ts";
import type { RawStore } from "./model.ts";
import { type Ports, portsOf } from "./ports.ts";
import type { Condition, RawBuild, RawService } from "./raw_service.ts";

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

/** A secret or a config of a service. */
export interface Injected {
  /** Its section of the file, in the singular. */
  kind: "secret" | "config";
  /** Its key there. */
  key: string;
  /** Absolute path. */
  file?: string | undefined;
  /** The variable that has the value. */
  variable?: string | undefined;
}

/** One service. */
export interface Service extends Ports {
  /** As in the Compose file. */
  name: string;
  /** Whether Compose starts it when no service is named: it is in no profile, or in an active one. */
  active: boolean;
  /** Name of the image that its containers run: the one that Compose gives it where the file does not. */
  image: string;
  /** The name that its build gives the image, in the project of the builds. */
  built: string;
  /** The name by which the Dockerfiles of other services know that image. */
  called: string;
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
  /** The images of the containers in which Compose runs its hooks before it starts: undefined where it is the service's. */
  hooks: readonly (string | undefined)[];
  /** The secrets and configs that it uses, with the file or the variable that has the value. */
  injected: readonly Injected[];
  /** How long (ms) it may take to end; undefined where the file does not say. */
  stopGrace: number | undefined;
  /** The keys of the volumes that are mounted into it, as in the Compose file. */
  volumes: readonly string[];
  /** The mounts that it can write to, and may share with others. */
  mounts: readonly Mount[];
  /** The working directory of its containers; undefined where it is the image's. */
  workingDir: string | undefined;
  /** The folders and files of the host that are mounted into it, whether it can write to them or not. */
  binds: readonly { source: string; target: string }[];
  /** Its networks, by the engine's names, with the names that it has there. */
  networks: readonly { network: string; names: readonly string[] }[];
  /** The labels by which a proxy sends it requests. */
  routes: readonly string[];
  /** A feature that todoflow does not support, such as `network_mode: service:db`: an error when the service is to start. */
  unsupported: Unsupported | undefined;
}

/**
 * Reads one service.
 *
 * @param options.active names of the services that Compose starts when none is named
 * @param options.base the project of the builds
 * @param options.plain the project that Compose would use
 * @param options.written the service as the file has it, before names became a twin's
 * @param options.builds the service in the project of the builds
 * @param options.storeOf a secret or config, by its key in the file
 * @param options.nameOf the engine's name of a network or volume, by its key in the file
 */
export function readService(
  name: string,
  raw: RawService,
  { project, base, plain, active, written, builds, nameOf, storeOf }: {
    project: string;
    base: string;
    plain: string;
    active: ReadonlySet<string>;
    written: RawService;
    builds: RawService;
    /** The engine's name of a network or volume of the file. */
    nameOf: (kind: "networks" | "volumes", key: string) => string | undefined;
    storeOf: StoreOf;
  },
): Service {
  const isActive = (service: string) => active.has(service);
  return {
    name,
    active: isActive(name),
    image: raw.image ?? `${project}-${name}`,
    built: builds.image ?? `${base}-${name}`,
    called: written.image ?? `${plain}-${name}`,
    imageInFile: written.image,
    build: builds.build && readBuild(builds.build, builds),
    profiles: raw.profiles ?? [],
    containers: containersOf(raw),
    dependsOn: sortedEntries(raw.depends_on ?? {})
      // As in Compose, an optional dependency does not activate its profile.
      .filter(([service, { required = true }]) => required || isActive(service))
      .map(([service, { condition }]) => ({ service, condition })),
    container: raw.container_name ?? `${project}-${name}-1`,
    needsCompose: needsCompose(raw),
    hooks: (raw.pre_start ?? []).map(({ image }) => image),
    injected: injectedOf(raw, storeOf),
    stopGrace: raw.stop_grace_period === undefined
      ? undefined
      : parseDuration(raw.stop_grace_period),
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
    workingDir: raw.working_dir,
    binds: bindsOf(raw),
    networks: networksOf(name, raw, (key) => nameOf("networks", key)),
    ...portsOf(raw),
    routes: routesIn(raw.labels ?? {}),
    unsupported: unsupportedOf(name, raw),
  };
}

function bindsOf({ volumes = [] }: RawService): Service["binds"] {
  return volumes.flatMap(({ type, source, target }) =>
    type === "bind" && source !== undefined && target !== undefined
      ? [{ source, target }]
      : []
  );
}

/** The lists of things that only Compose puts into a container. */
const FILLED = ["secrets", "configs"];

/**
 * Hooks, which only Compose runs: `pre_start`, `post_start`, `pre_stop`, and those of a later Compose:
 * https://docs.docker.com/compose/how-tos/lifecycle/.
 */
const HOOKS = /^(pre|post)_[a-z]+$/;

function needsCompose(raw: RawService): boolean {
  return Object.entries(raw).some(([key, list]) =>
    (FILLED.includes(key) || HOOKS.test(key)) &&
    Array.isArray(list) && list.length > 0
  );
}

/** A secret or config, by its key in the file. */
type StoreOf = (kind: "secrets" | "configs", key: string) => RawStore;

function injectedOf(raw: RawService, storeOf: StoreOf): Injected[] {
  return (["secret", "config"] as const).flatMap((kind) =>
    (raw[`${kind}s`] ?? []).flatMap((use) => {
      const { source: key } = use as { source?: string };
      if (key === undefined) return [];
      const { file, environment: variable } = storeOf(`${kind}s`, key);
      return { kind, key, file, variable };
    })
  );
}

function networksOf(
  name: string,
  { network_mode: mode, networks = {} }: RawService,
  nameOf: (key: string) => string | undefined,
): Service["networks"] {
  if (mode !== undefined) return [];
  return Object.entries(networks).flatMap(([key, network]) => {
    const { aliases = [] } = network ?? {};
    const found = nameOf(key);
    return found === undefined
      ? []
      : [{ network: found, names: [name, ...aliases] }];
  });
}

function readBuild(
  raw: RawBuild,
  { platform }: Pick<RawService, "platform">,
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
    tags: raw.tags ?? [],
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
