/**
 * Finds the workflow in the resolved Compose model (the output of `docker compose config`) by convention.
 *
 * @module
 */

import { parseDuration } from "../text/units.ts";
import { type Model, readModel } from "./model.ts";
import { readService, type Service, sortedEntries } from "./service.ts";
import { type SecretSources, secretSources } from "./secret_sources.ts";
import { candidatesIn } from "./candidate.ts";
import { checkConfig, type Config } from "./config.ts";
import { type Release, releaseOf } from "./release.ts";
import { rolesOf } from "./roles.ts";
import type { Guess } from "../plan/plan.ts";

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
  /** The sections of `x-todoflow` that the file has; undefined if it has no such block. */
  block: readonly string[] | undefined;
  /** The decisions about roles that the file does not make itself. */
  guesses: readonly Guess[];
  /** The unit tests. */
  test: {
    /** Their services; none if the file has none, or if rules cannot tell which it is. */
    services: readonly string[];
    /** Equal candidates, where rules cannot tell. */
    candidates: readonly string[];
    /** A command in place of the services' own. */
    run: readonly string[] | undefined;
    /** The paths that are copied out of their containers; undefined where none are named. */
    reports: readonly string[] | undefined;
  };
  /** The services of a release. */
  release: Release;
  /** The sources of the values that must not be shown. */
  secrets: SecretSources;
  /** Milliseconds. */
  deadlines: { build: number; ready: number; step: number; stop: number };
}

/** In the notation of Compose; `x-todoflow` can change them. */
const DEADLINES = { build: "20m", ready: "2m", step: "15m", stop: "5s" };

/** Options of {@linkcode workflowIn}. */
export interface WorkflowOptions {
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
  /** The file of tests, if Compose reads one, and its services that run tests. */
  tests?: { name: string; runners: readonly string[] } | undefined;
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
 * Roles are derived by the rules of `lib/compose/roles.ts`; `x-todoflow` names the exceptions.
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
    tests,
  } = options;
  const active = new Set(
    Object.entries(raw).flatMap(([service, raw]) =>
      isActive(raw?.profiles ?? [], profiles) ? service : []
    ),
  );
  const services = servicesIn(model, {
    ...{ active, base, plain, written, builds },
  });
  const config = await checkConfig(model["x-todoflow"], [...services.keys()]);
  // Before it is a twin's: the ports of a test's twin are taken out.
  const candidates = candidatesIn(written.services ?? {}, active);
  const roles = rolesOf(candidates, { config, project: plain, tests });
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
    block: model["x-todoflow"] === undefined ? undefined : Object.keys(config),
    guesses: roles.guesses,
    test: {
      ...roles.test,
      run: config.test?.run,
      reports: config.test?.reports,
    },
    release: releaseOf(services, { config, roles, candidates }),
    secrets: secretSources(model),
    deadlines: deadlinesOf(config),
  };
}

/** The services, by name. */
function servicesIn(
  model: Model,
  { written, builds, ...options }:
    & Required<Pick<WorkflowOptions, "base" | "plain" | "written" | "builds">>
    & { active: ReadonlySet<string> },
): Map<string, Service> {
  const { name: project, services: raw = {} } = model;
  const services = new Map(
    sortedEntries(raw).map(([name, raw]) => [
      name,
      readService(name, raw ?? {}, {
        ...{ ...options, project },
        written: written.services?.[name] ?? {},
        builds: builds.services?.[name] ?? {},
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
  return services;
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

function deadlinesOf({ deadlines = {} }: Config): Workflow["deadlines"] {
  const { build, ready, step, stop } = { ...DEADLINES, ...deadlines };
  return {
    build: parseDuration(build),
    ready: parseDuration(ready),
    step: parseDuration(step),
    stop: parseDuration(stop),
  };
}
