/**
 * Reads the resolved Compose model (what `docker compose config` prints) and finds the workflow in it by convention.
 *
 * @module
 */

import { TodoflowError } from "./errors.ts";

/** What is observed once, before the plan is made. */
export interface Facts {
  /** Short hash of the git commit, or the caller's APP_VERSION; undefined where `clean` runs without either. */
  version: string | undefined;
  /** Services of this project that have containers already, such as those of a released application. */
  existing: ReadonlySet<string>;
}

/** What a service waits for: the conditions of Compose's `depends_on`. */
export type Condition =
  | "service_started"
  | "service_healthy"
  | "service_completed_successfully";

/** One service, as far as the plans need it. */
export interface Service {
  name: string;
  /** Whether it has a `build` section. */
  built: boolean;
  dependsOn: readonly { service: string; condition: Condition }[];
  /** The name that `docker compose up` gives its first container. */
  container: string;
  /** Container ports that are published, TCP only. */
  ports: readonly number[];
}

/** The Compose model with its roles found. */
export interface Workflow {
  /** Compose project name. */
  project: string;
  /** Value of the image label `application`. */
  application: string;
  services: ReadonlyMap<string, Service>;
  test: { service: string; reports: readonly string[] };
  release: {
    /** The service whose build is the release image. */
    image: string;
    app: string;
    /** One-shots before the app. */
    setup: readonly string[];
    acceptance: string | undefined;
    /** Requested to prove the URL. */
    path: string;
  };
  /** Milliseconds. */
  deadlines: { build: number; ready: number; step: number; stop: number };
}

const MINUTE = 60_000;

/**
 * Makes the workflow from the text of `docker compose config`.
 *
 * The conventional service names are `test`, `release`, `migrate`, `app` and `acceptance`. One-shots before the app are
 * the services that it needs `service_completed_successfully`, and a service named `migrate`.
 *
 * @throws {TodoflowError} when the model uses what todoflow does not handle.
 */
export async function readWorkflow(model: string): Promise<Workflow> {
  // Loaded here, because `version` must not pay for a YAML parser.
  const { parse } = await import("@std/yaml");
  const { name, services = {} } = parse(model) as Model;
  const map = new Map(
    Object.entries(services).map(([service, raw]) => [
      service,
      readService(service, name, raw ?? {}),
    ]),
  );
  return {
    project: name,
    application: name,
    services: map,
    test: { service: "test", reports: [] },
    release: {
      image: map.has("release") ? "release" : "app",
      app: "app",
      setup: setupOf(map, "app"),
      acceptance: map.has("acceptance") ? "acceptance" : undefined,
      path: "/",
    },
    deadlines: {
      build: 20 * MINUTE,
      ready: 2 * MINUTE,
      step: 15 * MINUTE,
      stop: 5_000,
    },
  };
}

/** The parts of Compose's model that are read: https://docs.docker.com/reference/compose-file/. */
interface Model {
  name: string;
  services?: Record<string, RawService | null>;
}

interface RawService {
  build?: unknown;
  "container_name"?: string;
  "depends_on"?: Record<string, { condition: Condition }>;
  ports?: readonly { target: number; published?: string; protocol?: string }[];
  "network_mode"?: string;
}

function readService(name: string, project: string, raw: RawService): Service {
  if (raw.network_mode?.startsWith("service:")) {
    throw new TodoflowError({
      kind: "unsupported",
      feature: `network_mode "${raw.network_mode}" of service "${name}"`,
      advice: "give the service a network of its own",
    });
  }
  return {
    name,
    built: raw.build !== undefined,
    dependsOn: Object.entries(raw.depends_on ?? {}).map(
      ([service, { condition }]) => ({ service, condition }),
    ),
    container: raw.container_name ?? `${project}-${name}-1`,
    ports: (raw.ports ?? [])
      .filter(({ protocol = "tcp" }) => protocol === "tcp")
      .map(({ target }) => target),
  };
}

function setupOf(
  services: ReadonlyMap<string, Service>,
  app: string,
): readonly string[] {
  const needed = (services.get(app)?.dependsOn ?? [])
    .filter(({ condition }) => condition === "service_completed_successfully")
    .map(({ service }) => service);
  const migrate = services.has("migrate") ? ["migrate"] : [];
  return [...new Set([...migrate, ...needed])];
}
