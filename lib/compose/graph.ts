/**
 * The services of a workflow as a graph of dependencies.
 *
 * @module
 */

import { engineName } from "../image_name.ts";
import { TodoflowError } from "../errors/todoflow_error.ts";
import type { NoRole } from "../errors/failure.ts";
import { ENDING_NAME, MIGRATION_NAME, TEST_NAMES } from "./recognize.ts";
import type { App } from "./release.ts";
import { kindOf } from "./service_kind.ts";
import type { Workflow } from "./workflow.ts";
import type { Condition } from "./raw_service.ts";
import type { Build, Service } from "./service.ts";

/** The service of this name, which the workflow has found. */
export function serviceOf({ services }: Workflow, name: string): Service {
  const service = services.get(name);
  if (!service) throw new Error(`no service "${name}"`);
  return service;
}

/**
 * The apps of a release.
 *
 * @throws {TodoflowError} when the Compose file does not tell which service is the app, which `target` needs.
 */
export function appsFor(workflow: Workflow, target: string): readonly App[] {
  const { apps } = workflow.release;
  if (apps.length === 0) {
    throw new TodoflowError(missingRole("app", workflow, target));
  }
  return apps;
}

/**
 * The services of the unit tests.
 *
 * @throws {TodoflowError} when the Compose file does not tell which they are.
 */
export function testsFor(workflow: Workflow): Service[] {
  const { services } = workflow.test;
  if (services.length === 0) {
    throw new TodoflowError(missingRole("test", workflow, "test"));
  }
  return services.map((name) => serviceOf(workflow, name));
}

/** The failure of a target that needs a role which no service has. */
export function missingRole(
  role: NoRole["role"],
  workflow: Workflow,
  target: string,
): NoRole {
  const { services, block, test, release } = workflow;
  const candidates = role === "acceptance"
    ? release.acceptances
    : candidatesFor(role === "app" ? release : test, { role, services });
  const known = likelyFirst(services);
  const [app] = release.apps.length === 1 ? release.apps : [];
  const service = app && services.get(app.service);
  const folder = service && buildOf(service, workflow)?.context;
  return {
    ...{ kind: "no-role", role, target, candidates, known, block },
    ...(app && { app: app.service }),
    ...(folder !== undefined && { folder }),
  };
}

/** Equal candidates; a service that is only called a test is the one to name, whatever keeps it from being one. */
function candidatesFor(
  { candidates }: { candidates: readonly string[] },
  { role, services }: {
    role: "app" | "test";
    services: Workflow["services"];
  },
): readonly string[] {
  const called = TEST_NAMES.find((name) => services.has(name));
  return role === "test" && candidates.length === 0 && called !== undefined
    ? [called]
    : candidates;
}

/** Names of the services, those first that may be an application: the first one is proposed. */
function likelyFirst(services: Workflow["services"]): string[] {
  const all = [...services.values()].map((service) => {
    const { name, build, imageInFile: image } = service;
    const kind = kindOf({ name, image, isBuilt: build !== undefined });
    const ends = ENDING_NAME.test(name) || MIGRATION_NAME.test(name);
    return {
      name,
      rank: Number(ends) * 4 + Number(kind !== undefined) * 2 + Number(!build),
    };
  });
  return all.toSorted((a, b) => a.rank - b.rank).map(({ name }) => name);
}

/** Whether a service is an app of a release, or the entrance of one. */
export function isApp(name: string, { release: { apps } }: Workflow): boolean {
  return apps.some(({ service, entrance }) =>
    [service, entrance].includes(name)
  );
}

/** The named services and all their dependencies, dependencies first; unknown names are left out. */
export function withDependencies(
  { services }: Workflow,
  names: Iterable<string>,
): Service[] {
  const seen = new Set<string>();
  const found: Service[] = [];
  const visit = (name: string) => {
    const service = services.get(name);
    if (!service || seen.has(name)) return;
    seen.add(name);
    service.dependsOn.forEach((needed) => visit(needed.service));
    found.push(service);
  };
  for (const name of names) visit(name);
  return found;
}

/**
 * The services that a target starts: those named and all their dependencies, dependencies first.
 *
 * @param options.run services that `docker compose run` starts, once, whatever their number of containers is
 * @param options.optional services that the target can do without, if `x-todoflow` says so
 * @throws {TodoflowError} when one of them uses a feature that todoflow does not support, or needs a service whose profile
 * is not active.
 */
export function startable(
  workflow: Workflow,
  names: readonly string[],
  { run = [], optional = [] }: {
    run?: readonly string[];
    optional?: readonly string[];
  } = {},
): Service[] {
  const services = withDependencies(workflow, names);
  checkProfiles(services, names);
  for (const { name, containers, unsupported } of services) {
    const isOne = containers === 1 || run.includes(name);
    if (!unsupported && isOne) continue;
    const { advice, ...found } = unsupported ?? {
      feature: `service "${name}" with ${containers} containers`,
      advice: `set scale and deploy.replicas of "${name}" to 1, or remove them`,
      path: ["services", name],
    };
    const other = optional.includes(name)
      ? `, or leave "${name}" out: x-todoflow: {release: {without: [${name}]}}`
      : "";
    throw new TodoflowError({
      kind: "unsupported",
      ...{ ...found, advice: advice + other },
    });
  }
  return services;
}

/** As for Compose, a named service activates its profiles, and a dependency does not. */
function checkProfiles(
  services: readonly Service[],
  names: readonly string[],
): void {
  const enabled = new Set(
    services.filter(({ name }) => names.includes(name))
      .flatMap(({ profiles }) => profiles),
  );
  const isEnabled = ({ active, profiles }: Service) =>
    active || profiles.some((profile) => enabled.has(profile));
  const off = services.find((service) =>
    !names.includes(service.name) && !isEnabled(service)
  );
  if (!off) return;
  const by = services.find(({ dependsOn }) =>
    dependsOn.some(({ service }) => service === off.name)
  )!;
  const [profile] = off.profiles;
  throw new TodoflowError({
    kind: "invalid-config",
    path: ["services", by.name, "depends_on", off.name],
    problem:
      `"${by.name}" depends on "${off.name}", whose profile "${profile}" is not active: COMPOSE_PROFILES=${profile}`,
  });
}

/** The build of a service's image: its own, or that of another service whose image has the same name. */
export function buildOf(
  { build, built }: Service,
  workflow: Workflow,
): Build | undefined {
  return build ?? builderOf(built, workflow)?.build;
}

/** The service of the file that builds the image of this name; undefined if none does. */
export function builderOf(
  image: string,
  { services }: Workflow,
): Service | undefined {
  const name = engineName(image);
  return [...services.values()].find(({ build, built, called }) =>
    build && [built, called, ...build.tags].map(engineName).includes(name)
  );
}

/** The services that build the images which these services run without a build of their own, or in which their hooks run. */
export function buildersFor(
  services: readonly Service[],
  workflow: Workflow,
): Service[] {
  return services.flatMap(({ build, built, hooks }) =>
    [...(build ? [] : [built]), ...hooks].flatMap((image) =>
      image === undefined ? [] : builderOf(image, workflow) ?? []
    )
  );
}

/** The services that have the same build, and thus share an image. */
export function sharing(
  { key }: Pick<Build, "key">,
  { services }: Pick<Workflow, "services">,
): Service[] {
  return [...services.values()].filter(({ build }) => build?.key === key);
}

/** The services whose images a release runs or builds, dependencies first; with the acceptance tests and theirs. */
export function released(workflow: Workflow): Service[] {
  const { acceptance } = workflow.release;
  const tests = acceptance === undefined ? [] : [acceptance];
  const started = [...startedNames(workflow), ...tests];
  const own = application(workflow);
  return [...new Set([...withDependencies(workflow, started), ...own])];
}

/** Names of the services that a release starts without the acceptance tests, and that it does not start only as dependencies. */
export function startedNames({ release }: Workflow): string[] {
  const { apps, others, setup } = release;
  return [
    ...setup.map(({ service }) => service),
    ...apps.flatMap(({ service, entrance }) => [service, entrance]),
    ...others,
  ];
}

/**
 * The services of the application itself: all that a release starts but acceptance tests, all that these need, the builders
 * of their images, and the service of the release image, if it is the image of one of them.
 */
export function application(workflow: Workflow): Service[] {
  const release = releaseService(workflow);
  const needed = withDependencies(workflow, startedNames(workflow));
  const all = [...needed, ...buildersFor(needed, workflow)];
  const builds = all.map((service) => buildOf(service, workflow)?.key);
  const isBuilt = release?.build && builds.includes(release.build.key);
  return [...new Set([...all, ...(isBuilt ? [release] : [])])];
}

/** The service whose build is the release image; undefined where there is no app. */
export function releaseService(
  { services, release: { image } }: Workflow,
): Service | undefined {
  return image === undefined ? undefined : services.get(image);
}

/** Whether a service ends by itself: another one waits for its success, or it has such a role. */
export function isOneShot(name: string, workflow: Workflow): boolean {
  const { setup, acceptance } = workflow.release;
  return name === acceptance ||
    setup.some(({ service, run }) => service === name && !run) ||
    isNeeded(name, workflow, "service_completed_successfully");
}

/** Whether some service waits for this one under the condition. */
export function isNeeded(
  name: string,
  { services }: Workflow,
  needed: Condition,
): boolean {
  return [...services.values()].some(({ dependsOn }) =>
    dependsOn.some(({ service, condition }) =>
      service === name && condition === needed
    )
  );
}
