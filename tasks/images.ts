/**
 * The steps of images, for `test` and `release`: each distinct build is done once, and tagged for every service.
 *
 * @module
 */

import { type Shell, type Step, step, type Tag } from "../lib/plan/plan.ts";
import type { Service } from "../lib/compose/service.ts";
import { type Build, buildsOf } from "./builds.ts";
import { levelsBelow } from "./bases.ts";
import { engineName } from "../lib/image_name.ts";
import type { Facts } from "../lib/target.ts";
import type { Workflow } from "../lib/compose/workflow.ts";
import { pullSteps } from "./pulls.ts";

/** The input of {@linkcode imageSteps}. */
interface ImageOptions {
  workflow: Workflow;
  facts: Facts;
  $: Shell;
  /** Whether newer base images are fetched. */
  pull: boolean;
  /** The steps that the build waits for, so that they have the processor. */
  after?: readonly string[];
  /**
   * The services that will run: their images are built first, and only they are tagged; default: all that share a build.
   */
  run?: readonly Service[];
}

/** The steps of images. */
interface ImageSteps {
  /** They build the images of the services, tag them and report their IDs. */
  steps: readonly Step[];
  /** Names of the steps after which a service, or every one, has its image. */
  before: (service?: Service) => readonly string[];
}

/** Plans the images of the services. */
export function imageSteps(
  services: Iterable<Service>,
  options: ImageOptions,
): ImageSteps {
  const { workflow, after = [] } = options;
  const { levels, early, late } = orderOf(
    buildsOf(services, workflow),
    options,
  );
  if (early.length === 0) return { steps: [], before: () => [] };
  const builds = [...levels.flat(), ...early, ...late];
  const pulls = pullSteps(builds.map(({ by }) => by), options);
  const missing = pulls?.filter(({ does }) => does.kind !== "base") ?? [];
  const tags = tagSteps(builds, options);
  const tagged = tags.map(({ name }) => name);
  const build = (builds: readonly Build[], init: BuildInit) =>
    buildStep(builds, init, {
      ...options,
      // `--pull` would look for the images of the file in a registry.
      isPulled: pulls !== undefined || levels.length > 0,
    });
  const ready = [...after, ...missing.map(({ name }) => name)];
  const bases = baseSteps(levels, { ...options, build, after: ready });
  const steps = [
    ...pulls ?? [],
    ...bases,
    build(early, {
      name: BUILD,
      why: "the images must hold the sources of this commit",
      after: [...ready, ...bases.map(({ name }) => name)],
    }),
    ...(late.length === 0 ? [] : [
      build(late, {
        name: BUILD_OTHERS,
        why: "the images that the tests do not run must be built, too",
        after: [BUILD],
      }),
    ]),
    ...tags,
    idStep(builds, {
      ...options,
      after: [BUILD, ...(late.length === 0 ? [] : [BUILD_OTHERS]), ...tagged],
    }),
  ];
  const before = (service?: Service) => [
    BUILD,
    ...tagged.filter((name) => !service || name === tagName(service)),
  ];
  return { steps, before };
}

/** The step that reports the images that were built. */
function idStep(
  builds: readonly Build[],
  { workflow, facts, $, after = [] }: ImageOptions,
): Step {
  const sorted = builds.toSorted((a, b) => a.by.name < b.by.name ? -1 : 1);
  return step(workflow.deadlines.step, {
    name: "images",
    why: "image IDs tell which images run from here on",
    after,
    does: {
      kind: "images",
      images: sorted.map(({ by, services }) => ({
        services: services.map(({ name }) => name),
        before: facts.images.get(engineName(by.built)),
        taken: takenBy(services, facts),
      })),
    },
    command: $`docker image inspect --format ${"{{.Id}}"} ${
      sorted.map(({ by }) => by.built)
    }`,
  });
}

/** The steps of the images on which others stand: each level after the one below. */
function baseSteps(
  levels: readonly (readonly Build[])[],
  { workflow, $, build, after }: ImageOptions & {
    build: (builds: readonly Build[], init: BuildInit) => Step;
    after: readonly string[];
  },
): Step[] {
  const steps: Step[] = [];
  for (const [i, builds] of levels.entries()) {
    const name = i === 0 ? "build bases" : `build bases ${i + 1}`;
    steps.push(build(builds, {
      name,
      why: "other images of the file stand on these",
      after: [...after, ...steps.map(({ name }) => name)],
    }));
    for (const { by: { name: service, built, called } } of builds) {
      if (built === called) continue;
      steps.push(step(workflow.deadlines.step, {
        name: `name ${service}`,
        why: "Dockerfiles know the image by this name",
        after: [name],
        command: $`docker tag ${built} ${called}`,
      }));
    }
  }
  return steps;
}

/** The names of the steps that build. */
const BUILD = "build";
const BUILD_OTHERS = "build others";

/** Builds in the order in which they are done. */
interface Order {
  /** Those on which others stand, by level. */
  levels: readonly (readonly Build[])[];
  /** Those that must be there before anything runs. */
  early: readonly Build[];
  /** Those that have time until the end. */
  late: readonly Build[];
}

function orderOf(
  wanted: readonly Build[],
  options: ImageOptions,
): Order {
  const { workflow, run } = options;
  const levels = levelsBelow(wanted.map(({ by }) => by), options)
    .map((level) => buildsOf(level, workflow));
  const first = levels.flat().map(({ by }) => by);
  const rest = wanted.filter(({ by }) => !first.includes(by));
  // Images that stand on each other: docker says that it cannot build them.
  if (rest.length === 0) return { levels: [], early: wanted, late: [] };
  const isEarly = ({ services }: Build) =>
    !run || services.some((service) => run.includes(service));
  const early = rest.filter(isEarly);
  return early.length === 0
    ? { levels, early: rest, late: [] }
    : { levels, early, late: rest.filter((build) => !isEarly(build)) };
}

type BuildInit = Pick<Step, "name" | "why" | "after">;

function buildStep(
  builds: readonly Build[],
  init: BuildInit,
  { workflow, facts, $, isPulled }: ImageOptions & {
    /** Whether steps before it fetch the bases. */
    isPulled: boolean;
  },
): Step {
  const names = builds.map(({ by }) => by.name);
  const { base, project } = workflow;
  // Under the name that Compose itself uses, so that a developer's own build gives the same image.
  const named = base === project ? [] : ["--project-name", base];
  const pull = isPulled ? [] : ["--pull"];
  return step(workflow.deadlines.build, {
    ...init,
    does: {
      kind: "build",
      services: names,
      ...(facts.buildEnv && { env: facts.buildEnv }),
    },
    command: $`docker compose ${named} build ${pull} ${names}`,
  });
}

/** The names that a build takes from images that no run of todoflow has built. */
function takenBy(
  services: readonly Service[],
  { images, built }: Facts,
): Tag[] {
  const names = services.flatMap(({ built, image, build }) => [
    built,
    image,
    ...build?.tags ?? [],
  ]).map(engineName);
  return [...new Set(names)].flatMap((name) => {
    const before = images.get(name);
    const isOurs = built.some(({ id }) => id === before);
    return before === undefined || isOurs ? [] : [{ name, before }];
  });
}

function tagName({ name }: Pick<Service, "name">): string {
  return `tag ${name}`;
}

function tagSteps(
  builds: readonly Build[],
  { workflow, $, run }: ImageOptions,
): Step[] {
  const tagged = new Set<string>();
  return builds.flatMap(({ by, services }) => {
    tagged.add(by.built);
    // A service without a build may run the image, whose name in its own project is another one.
    const users = [...workflow.services.values()]
      .filter((service) => !service.build && service.built === by.built);
    return [...services, ...users].filter((service) => {
      if (tagged.has(service.image)) return false;
      const runs = run?.includes(service) ?? true;
      if (runs) tagged.add(service.image);
      return runs;
    }).map(({ name, image }) =>
      step(workflow.deadlines.step, {
        name: tagName({ name }),
        why: `"${name}" must run the image that was built for "${by.name}"`,
        after: [BUILD],
        command: $`docker tag ${by.built} ${image}`,
      })
    );
  });
}
