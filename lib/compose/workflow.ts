/**
 * Finds the workflow in the resolved Compose model (the output of `docker compose config`) by convention.
 *
 * @module
 */

import type { UrlProof } from "../plan/plan.ts";
import { parseDuration } from "../text/units.ts";
import { type Model, readModel } from "./model.ts";
import { readService, type Service, sortedEntries } from "./service.ts";
import { type SecretSources, secretSources } from "./secret_sources.ts";
import { checkConfig, type Config, setupName } from "./config.ts";

/** A volume that a run of the project makes. */
export interface Volume {
  /** As the engine has it. */
  name: string;
  /** Of the engine; its default where the file names none. */
  driver: string | undefined;
  /** Of the driver. */
  options: Readonly<Record<string, string>>;
  /** As the file gives them. */
  labels: Readonly<Record<string, string>>;
}

/** A range of addresses that the file fixes for a network. */
export interface Subnet {
  /** Of the network in the file. */
  key: string;
  /** As the engine has it. */
  network: string;
  /** Such as "172.28.0.0/16". */
  subnet: string;
}

/** A one-shot before the app. */
export interface Setup {
  /** Unique among the one-shots. */
  name: string;
  /** The service whose image and settings it uses. */
  service: string;
  /** A command in place of the service's own. */
  run: readonly string[] | undefined;
  /** Other one-shots that it waits for, in place of the dependencies of its service. */
  after: readonly string[] | undefined;
}

/** The Compose model with its roles found. */
export interface Workflow {
  /** The Compose project of containers, networks and volumes. */
  project: string;
  /** The Compose project that images are built for: the same, unless `project` is its twin. */
  base: string;
  /** Value of the image label `application`, if the Compose file sets it. */
  application: string | undefined;
  /** By name. */
  services: ReadonlyMap<string, Service>;
  /** Names of the networks that Compose makes. */
  networks: readonly string[];
  /** The ranges of addresses that the file fixes for them. */
  subnets: readonly Subnet[];
  /** The volumes of the project, by their keys in the Compose file. */
  volumes: ReadonlyMap<string, Volume>;
  /** Names of networks and volumes that exist already, and that the project does not create. */
  external: { networks: readonly string[]; volumes: readonly string[] };
  /** The folder of reports and logs, relative to the Compose file's; undefined where the file names none. */
  reports: string | undefined;
  /** The service of the unit tests, and the paths that are copied out of its container. */
  test: { service: string; reports: readonly string[] };
  /** The roles of services in a release. */
  release: {
    /** The service whose build is the release image. */
    image: string;
    app: string;
    setup: readonly Setup[];
    acceptance: string | undefined;
    /** Out of the container of the acceptance tests. */
    reports: readonly string[];
    /** Container port of the URL; undefined where the app publishes none. */
    port: number | undefined;
    /** Path that is requested to prove the URL. */
    path: string;
    /** The protocol that proves the URL; undefined where the port is asked. */
    proof: UrlProof | undefined;
    /** Whether the release is in the plain project, as `docker compose up` would be. */
    isPlain: boolean;
  };
  /** The sources of the values that must not be shown. */
  secrets: SecretSources;
  /** Milliseconds. */
  deadlines: { build: number; ready: number; step: number; stop: number };
}

/** In the notation of Compose; `x-todoflow` can change them. */
const DEADLINES = { build: "20m", ready: "2m", step: "15m", stop: "5s" };

/** Options of {@linkcode workflowIn}. */
interface WorkflowOptions {
  /** Names of the active profiles, "*" for all. */
  profiles?: readonly string[];
  /** The project of the builds; default: that of the model. */
  base?: string;
  /** The project that Compose would use; default: that of the builds. */
  plain?: string;
  /** The model of the project of the builds, whose names and arguments may differ; default: the model itself. */
  builds?: Model;
  /** The model before names became a twin's; default: the model itself. */
  written?: Model;
}

/**
 * Makes the workflow from the text of `docker compose config`.
 *
 * @throws {TodoflowError} when that is no model, or its `x-todoflow` is wrong.
 */
export async function readWorkflow(
  text: string,
  options: WorkflowOptions = {},
): Promise<Workflow> {
  return await workflowIn(await readModel(text), options);
}

/**
 * Finds the workflow in a model.
 *
 * The conventional service names are `test`, `release`, `migrate`, `app` and `acceptance`. One-shots before the app are
 * the services that it needs `service_completed_successfully`, and a service named `migrate`. `x-todoflow` names
 * the exceptions.
 *
 * @throws {TodoflowError} when its `x-todoflow` is wrong.
 */
export async function workflowIn(
  model: Model,
  options: WorkflowOptions = {},
): Promise<Workflow> {
  const { name, services: raw = {} } = model;
  const {
    profiles = [],
    base = name,
    plain = base,
    written = model,
    builds = model,
  } = options;
  const active = new Set(
    Object.entries(raw).flatMap(([service, raw]) =>
      isActive(raw?.profiles ?? [], profiles) ? service : []
    ),
  );
  const services = new Map(
    sortedEntries(raw).map(([service, raw]) => [
      service,
      readService(service, raw ?? {}, {
        ...{ project: name, base, plain, active },
        written: written.services?.[service] ?? {},
        builds: builds.services?.[service] ?? {},
        nameOf: (kind, key) => model[kind]?.[key]?.name,
        storeOf: (kind, key) => model[kind]?.[key] ?? {},
      }),
    ]),
  );
  for (const service of services.values()) {
    // Compose waits for no service of which it starts no container.
    service.dependsOn = service.dependsOn.filter(({ service }) =>
      services.get(service)?.containers !== 0
    );
  }
  const config = await checkConfig(model["x-todoflow"], [...services.keys()]);
  return {
    project: name,
    base,
    application: config.application,
    services,
    networks: madeOf(model.networks),
    subnets: subnetsOf(model.networks),
    volumes: volumesOf(model.volumes),
    external: {
      networks: externalOf(model.networks),
      volumes: externalOf(model.volumes),
    },
    reports: config.reports,
    test: {
      service: config.test?.service ?? "test",
      reports: config.test?.reports ?? [],
    },
    release: releaseOf(services, config),
    secrets: secretSources(model),
    deadlines: deadlinesOf(config),
  };
}

/** Whether Compose starts a service when none is named: https://docs.docker.com/compose/how-tos/profiles/. */
function isActive(own: readonly string[], active: readonly string[]) {
  return own.length === 0 || active.includes("*") ||
    own.some((profile) => active.includes(profile));
}

/** External ones are not the project's. */
function madeOf(objects: Model["networks"] = {}): string[] {
  return sortedEntries(objects)
    .flatMap(([, object]) =>
      object?.name && !object.external ? object.name : []
    );
}

function subnetsOf(networks: Model["networks"] = {}): Subnet[] {
  return sortedEntries(networks).flatMap(([key, network]) => {
    const { name, external, ipam } = network ?? {};
    if (!name || external) return [];
    return (ipam?.config ?? []).flatMap(({ subnet }) =>
      subnet === undefined ? [] : [{ key, network: name, subnet }]
    );
  });
}

function externalOf(objects: Model["networks"] = {}): string[] {
  return sortedEntries(objects)
    .flatMap(([, object]) =>
      object?.name && object.external ? object.name : []
    );
}

function volumesOf(
  volumes: Model["volumes"] = {},
): ReadonlyMap<string, Volume> {
  return new Map(
    sortedEntries(volumes).flatMap(([key, volume]) => {
      const { name, external, driver, driver_opts, labels } = volume ?? {};
      if (!name || external) return [];
      return [[key, {
        name,
        driver,
        options: textsOf(driver_opts),
        labels: textsOf(labels),
      }]];
    }),
  );
}

function textsOf(values: Record<string, unknown> | null = {}) {
  return Object.fromEntries(
    sortedEntries(values ?? {}).map(([name, value]) => [name, `${value}`]),
  );
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
    reports: release.reports ?? [],
    port: release.port ?? services.get(app)?.ports[0],
    path: release.path ?? "/",
    proof: release.proof,
    isPlain: release.project === "plain",
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
    build: parseDuration(build),
    ready: parseDuration(ready),
    step: parseDuration(step),
    stop: parseDuration(stop),
  };
}
