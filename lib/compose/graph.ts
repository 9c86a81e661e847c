/**
 * The services of a workflow as a graph of dependencies.
 *
 * @module
 */

import { engineName } from "../image_name.ts";
import { TodoflowError } from "../errors/todoflow_error.ts";
import type { Workflow } from "./workflow.ts";
import type { Condition } from "./raw_service.ts";
import type { Build, Service } from "./service.ts";

/**
 * The service of this name.
 *
 * @throws {TodoflowError} when the Compose file has none, which `target` needs.
 */
export function serviceOf(
  { services }: Workflow,
  name: string,
  target: string,
): Service {
  const service = services.get(name);
  if (service) return service;
  const known = [...services.keys()];
  throw new TodoflowError({ kind: "no-service", service: name, target, known });
}

/** The named services and all their dependencies, dependencies first; unknown names are left out. */
export function withDependencies(
  { services }: Workflow,
  names: Iterable<string>,
): Service[] {
  const found = new Map<string, Service>();
  const visit = (name: string) => {
    const service = services.get(name);
    if (!service || found.has(name)) return;
    service.dependsOn.forEach((needed) => visit(needed.service));
    found.set(name, service);
  };
  for (const name of names) visit(name);
  return [...found.values()];
}

/**
 * The services that a target starts: those named and all their dependencies, dependencies first.
 *
 * @param options.run the service that `docker compose run` starts, once, whatever its number of containers is
 * @throws {TodoflowError} when one of them uses a feature that todoflow does not support, or needs a service whose profile
 * is not active.
 */
export function startable(
  workflow: Workflow,
  names: readonly string[],
  { run }: { run?: string } = {},
): Service[] {
  const services = withDependencies(workflow, names);
  checkProfiles(services, names);
  for (const { name, containers, unsupported } of services) {
    if (unsupported) {
      throw new TodoflowError({ kind: "unsupported", ...unsupported });
    }
    if (containers === 1 || name === run) continue;
    throw new TodoflowError({
      kind: "unsupported",
      feature: `service "${name}" with ${containers} containers`,
      advice: `set scale and deploy.replicas of "${name}" to 1, or remove them`,
      path: ["services", name],
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
  const { app, acceptance, setup } = workflow.release;
  const own = application(workflow);
  const tests = acceptance === undefined ? [] : [acceptance];
  const started = [...setup.map(({ service }) => service), app, ...tests];
  return [...new Set([...withDependencies(workflow, started), ...own])];
}

/**
 * The services of the application itself: the app, the one-shots before it, all that these need, the builders of their
 * images, and the service of the release image, if it is the image of one of them.
 */
export function application(workflow: Workflow): Service[] {
  const { app, image, setup } = workflow.release;
  const started = [...setup.map(({ service }) => service), app];
  const release = workflow.services.get(image);
  const needed = withDependencies(workflow, started);
  const all = [...needed, ...buildersFor(needed, workflow)];
  const builds = all.map((service) => buildOf(service, workflow)?.key);
  const isBuilt = release?.build && builds.includes(release.build.key);
  return [...new Set([...all, ...(isBuilt ? [release] : [])])];
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
