/**
 * The services of a release: its apps, the one-shots before them, and all others that it starts.
 *
 * @module
 */

import { TodoflowError } from "../errors/todoflow_error.ts";
import type { UrlProof } from "../plan/plan.ts";
import type { Candidates } from "./recognize.ts";
import type { Roles } from "./roles.ts";
import { appsIn, type Config, setupName } from "./config.ts";
import type { Service } from "./service.ts";
import { type LeftOut, wholeOf } from "./whole.ts";

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

/** An application of a release. */
export interface App {
  /** As in the Compose file. */
  service: string;
  /** The service whose port is the URL: the app itself, unless it publishes none. */
  entrance: string;
  /** Container port of the URL; undefined where the entrance publishes none. */
  port: number | undefined;
  /** Path that is requested to prove the URL. */
  path: string;
  /** The protocol that proves the URL; undefined where the port is asked. */
  proof: UrlProof | undefined;
}

/** The roles of services in a release. */
export interface Release {
  /** The service whose build is the release image; undefined where there is no app. */
  image: string | undefined;
  /** None if the file has none, or if rules cannot tell which it is. */
  apps: readonly App[];
  /** Equal candidates, where rules cannot tell. */
  candidates: readonly string[];
  /** One-shots before the apps. */
  setup: readonly Setup[];
  /** Services that have no role and start all the same. */
  others: readonly string[];
  /** Those among the others whose names say that they end by themselves. */
  ending: readonly string[];
  /** Services that `docker compose up` starts and the release does not. */
  left: readonly LeftOut[];
  /** The service of the acceptance tests, if there is one. */
  acceptance: string | undefined;
  /** Equal candidates for it, where rules cannot tell. */
  acceptances: readonly string[];
  /** Out of the container of the acceptance tests; undefined where none are named. */
  reports: readonly string[] | undefined;
  /** Whether the release is in the plain project, as `docker compose up` would be. */
  isPlain: boolean;
}

/** Finds the services of a release. */
export function releaseOf(
  services: ReadonlyMap<string, Service>,
  { config, roles, candidates }: {
    config: Config;
    roles: Roles;
    candidates: Candidates;
  },
): Release {
  const { release = {} } = config;
  const { app, setup, ending, acceptance } = roles;
  checkAcceptance(config, roles);
  const image = release.image ?? imageOf(services, roles);
  const entries = release.setup ?? setup;
  const whole = wholeOf(candidates, config, {
    ...{ ...roles, image },
    setup: entries.map((entry) =>
      typeof entry === "string" ? entry : entry.service
    ),
  });
  return {
    image,
    apps: appsOf(services, { config, roles }),
    candidates: app.candidates,
    setup: entries.map((entry) => {
      const { service, run, after } = typeof entry === "string"
        ? { service: entry }
        : entry;
      return { name: setupName(entry), service, run, after };
    }),
    ...whole,
    ending: whole.others.filter((name) => ending.includes(name)),
    acceptance: acceptance.services[0],
    acceptances: acceptance.candidates,
    reports: release.reports,
    isPlain: release.project === "plain",
  };
}

/** @throws {TodoflowError} when the tests are the app that they are to accept */
function checkAcceptance(
  { release: { acceptance } = {} }: Config,
  { app, entrances }: Roles,
): void {
  const apps = [...app.services, ...entrances.values()];
  if (acceptance === undefined || !apps.includes(acceptance)) return;
  throw new TodoflowError({
    kind: "invalid-config",
    path: ["x-todoflow", "release", "acceptance"],
    problem: `"${acceptance}" is the app, which cannot accept itself`,
  });
}

function appsOf(
  services: ReadonlyMap<string, Service>,
  { config, roles: { app, entrances } }: { config: Config; roles: Roles },
): App[] {
  const { release: { port, path, proof } = {} } = config;
  const entries = appsIn(config) ??
    app.services.map((service) => ({ service, port, path, proof }));
  return entries.map(({ service, ...entry }) => {
    const entrance = entrances.get(service) ?? service;
    return {
      ...{ service, entrance },
      port: entry.port ?? services.get(entrance)?.ports[0],
      path: entry.path ?? "/",
      proof: entry.proof,
    };
  });
}

/** The service of the release image: `release`, or the app; where that is fetched, the only one behind it that is built. */
function imageOf(
  services: ReadonlyMap<string, Service>,
  { app: { services: [app] } }: Roles,
): string | undefined {
  if (services.has("release")) return "release";
  const { build, dependsOn = [] } = services.get(app ?? "") ?? {};
  const behind = dependsOn.map(({ service }) => service)
    .filter((name) => services.get(name)?.build);
  return !build && behind.length === 1 ? behind[0] : app;
}
