/**
 * Reads the resolved Compose model (what `docker compose config` prints) and finds the workflow in it by convention.
 *
 * @module
 */

import { checkConfig, type Config, milliseconds, setupName } from "./config.ts";

/** What is observed once, before the plan is made. */
export interface Facts {
  /** Short hash of the git commit, or the caller's APP_VERSION; undefined where `clean` runs without either. */
  version: string | undefined;
  /** Services of this project that have containers already, such as those of a released application. */
  existing: ReadonlySet<string>;
  /** IDs of the images that are there already, by name. */
  images: ReadonlyMap<string, string>;
}

/** What a service waits for: the conditions of Compose's `depends_on`. */
export type Condition =
  | "service_started"
  | "service_healthy"
  | "service_completed_successfully";

/** One service, as far as the plans need it. */
export interface Service {
  name: string;
  /** Name of its image: the one that Compose gives it where the file does not. */
  image: string;
  /** The same text for services whose image is built in the same way; undefined where nothing is built. */
  build: string | undefined;
  dependsOn: readonly { service: string; condition: Condition }[];
  /** The name that `docker compose up` gives its first container. */
  container: string;
  /** Container ports that are published, TCP only. */
  ports: readonly number[];
  /** What todoflow does not handle, such as `network_mode: service:db`: an error where the service is to start. */
  unsupported: string | undefined;
}

/** A one-shot before the app. */
export interface Setup {
  name: string;
  service: string;
  /** A command instead of the service's own. */
  run: readonly string[] | undefined;
  /** Other one-shots that it waits for, instead of what its service depends on. */
  after: readonly string[] | undefined;
}

/** The Compose model with its roles found. */
export interface Workflow {
  /** Compose project name. */
  project: string;
  /** Value of the image label `application`, if the Compose file tells it. */
  application: string | undefined;
  services: ReadonlyMap<string, Service>;
  test: { service: string; reports: readonly string[] };
  release: {
    /** The service whose build is the release image. */
    image: string;
    app: string;
    setup: readonly Setup[];
    acceptance: string | undefined;
    /** Container port of the URL; undefined where the app publishes none. */
    port: number | undefined;
    /** Requested to prove the URL. */
    path: string;
  };
  /** Milliseconds. */
  deadlines: { build: number; ready: number; step: number; stop: number };
}

/** In the notation of Compose; `x-todoflow` can change them. */
const DEADLINES = { build: "20m", ready: "2m", step: "15m", stop: "5s" };

/**
 * Makes the workflow from the text of `docker compose config`.
 *
 * The conventional service names are `test`, `release`, `migrate`, `app` and `acceptance`. One-shots before the app are
 * the services that it needs `service_completed_successfully`, and a service named `migrate`. `x-todoflow` says what is
 * different.
 *
 * @throws {TodoflowError} when its `x-todoflow` is wrong.
 */
export async function readWorkflow(text: string): Promise<Workflow> {
  // Loaded here, because `version` must not pay for a YAML parser.
  const { parse } = await import("@std/yaml");
  // Compose doubles every "$" of what it prints, so that it could be read again.
  const model = parse(text.replaceAll("$$", () => "$")) as Model;
  const { name, services: raw = {} } = model;
  const services = new Map(
    sortedEntries(raw).map(([service, raw]) => [
      service,
      readService(service, name, raw ?? {}),
    ]),
  );
  const config = await checkConfig(model["x-todoflow"], [...services.keys()]);
  return {
    project: name,
    application: config.application,
    services,
    test: {
      service: config.test?.service ?? "test",
      reports: config.test?.reports ?? [],
    },
    release: releaseOf(services, config),
    deadlines: deadlinesOf(config),
  };
}

/** By name, so that the plan does not depend on how the Compose file is written. */
function sortedEntries<T>(record: Record<string, T>): [string, T][] {
  return Object.entries(record).toSorted(([a], [b]) => a < b ? -1 : 1);
}

function releaseOf(
  services: ReadonlyMap<string, Service>,
  { release = {} }: Config,
): Workflow["release"] {
  const app = release.app ?? "app";
  const named = (name: string) => services.has(name) ? name : undefined;
  return {
    image: release.image ?? named("release") ?? app,
    app,
    setup: (release.setup ?? defaultSetup(services, app)).map((entry) => {
      const { service, run, after } = typeof entry === "string"
        ? { service: entry }
        : entry;
      return { name: setupName(entry), service, run, after };
    }),
    acceptance: release.acceptance ?? named("acceptance"),
    port: release.port ?? services.get(app)?.ports[0],
    path: release.path ?? "/",
  };
}

function defaultSetup(
  services: ReadonlyMap<string, Service>,
  app: string,
): readonly string[] {
  const needed = (services.get(app)?.dependsOn ?? [])
    .filter(({ condition }) => condition === "service_completed_successfully")
    .map(({ service }) => service);
  const migrate = services.has("migrate") ? ["migrate"] : [];
  return [...new Set([...migrate, ...needed])];
}

function deadlinesOf({ deadlines = {} }: Config): Workflow["deadlines"] {
  const { build, ready, step, stop } = { ...DEADLINES, ...deadlines };
  return {
    build: milliseconds(build),
    ready: milliseconds(ready),
    step: milliseconds(step),
    stop: milliseconds(stop),
  };
}

/** The parts of Compose's model that are read: https://docs.docker.com/reference/compose-file/. */
interface Model {
  name: string;
  "x-todoflow"?: unknown;
  services?: Record<string, RawService | null>;
}

interface RawService {
  build?: unknown;
  image?: string;
  platform?: string;
  "container_name"?: string;
  "depends_on"?: Record<string, { condition: Condition }>;
  ports?: readonly { target: number; published?: string; protocol?: string }[];
  "network_mode"?: string;
}

function readService(name: string, project: string, raw: RawService): Service {
  return {
    name,
    image: raw.image ?? `${project}-${name}`,
    build: raw.build === undefined
      ? undefined
      : canonical({ build: raw.build, platform: raw.platform }),
    dependsOn: sortedEntries(raw.depends_on ?? {}).map(
      ([service, { condition }]) => ({ service, condition }),
    ),
    container: raw.container_name ?? `${project}-${name}-1`,
    ports: (raw.ports ?? [])
      .filter(({ protocol = "tcp" }) => protocol === "tcp")
      .map(({ target }) => target),
    unsupported: raw.network_mode?.startsWith("service:")
      ? `network_mode: ${raw.network_mode}`
      : undefined,
  };
}

/** JSON with sorted keys. */
function canonical(value: unknown): string {
  return JSON.stringify(
    value,
    (_, item) =>
      item !== null && typeof item === "object" && !Array.isArray(item)
        ? Object.fromEntries(
          Object.entries(item).toSorted(([a], [b]) => a < b ? -1 : 1),
        )
        : item,
  );
}
