/**
 * The images that a release may publish: those of the application that the project builds, under the names that the
 * Compose file gives them.
 *
 * @module
 */

import { readImageName } from "../image_name.ts";
import { application, buildOf } from "./graph.ts";
import type { Build } from "./service.ts";
import type { Workflow } from "./workflow.ts";

/** An image with a name to push it under. */
export interface Publishable {
  /** The services of the application that have this name and this build. */
  services: readonly string[];
  build: Build;
  /** As the Compose file writes it, without its tag. */
  name: string;
  /** The name with docker's defaults, such as "docker.io/library/shop". */
  whole: string;
  /** Whether the name is a digest, which names an image that a registry already has. */
  isDigest: boolean;
}

/** The images of the application with a name in the Compose file, each once, that of the app first. Images of tests are none. */
export function publishable(workflow: Workflow): Publishable[] {
  const tests = testNames(workflow);
  const found = new Map<string, Publishable>();
  for (const service of application(workflow)) {
    const build = buildOf(service, workflow);
    const { imageInFile } = service;
    if (!build || imageInFile === undefined) continue;
    if (tests.includes(service.name)) continue;
    const { name, whole, digest } = readImageName(imageInFile);
    const key = `${whole} ${build.key}`;
    const { services = [] } = found.get(key) ?? {};
    found.set(key, {
      services: [...services, service.name].toSorted(),
      ...{ build, name, whole, isDigest: digest !== undefined },
    });
  }
  const { image, apps } = workflow.release;
  const main = [image, ...apps.map(({ service }) => service)];
  const isMain = ({ services }: Publishable) =>
    services.some((name) => main.includes(name));
  return [...found.values()].toSorted((a, b) =>
    Number(isMain(b)) - Number(isMain(a)) || (a.whole < b.whole ? -1 : 1)
  );
}

/** The services of tests; one that tests run with a command of their own is the application's. */
function testNames({ test, release: { acceptance } }: Workflow): string[] {
  return [
    ...(test.run ? [] : test.services),
    ...(acceptance === undefined ? [] : [acceptance]),
  ];
}

/** The builds of the application none of whose images has a name, each by one of its services. */
export function unnamed(workflow: Workflow): string[] {
  const named = publishable(workflow).map(({ build }) => build.key);
  const builds = new Map<string, string>();
  for (const service of application(workflow)) {
    const build = buildOf(service, workflow);
    if (!build || named.includes(build.key)) continue;
    if (!builds.has(build.key)) builds.set(build.key, service.name);
  }
  return [...builds.values()];
}
