/**
 * The steps of images, for `test` and `release`: each distinct build is done once, and tagged for every service.
 *
 * @module
 */

import { type Shell, type Step, step, type Tag } from "../lib/plan/plan.ts";
import type { Service } from "../lib/compose/service.ts";
import { sharing } from "../lib/compose/graph.ts";
import { engineName } from "../lib/image_name.ts";
import type { Facts } from "../lib/target.ts";
import type { Workflow } from "../lib/compose/workflow.ts";

/** A distinct build and the services that share its image. */
interface Build {
  /** The service that Compose builds. */
  by: Service;
  services: readonly Service[];
}

/**
 * The distinct builds among the services, each with all services of the project that share it.
 *
 * Compose labels an image with the service that it was built for, so the same build for two services gives two image
 * IDs. If always the same service builds it, it is one image: the tested one.
 */
function buildsOf(
  services: Iterable<Service>,
  workflow: Workflow,
): Build[] {
  const keys = new Set([...services].flatMap(({ build }) => build?.key ?? []));
  const first = [workflow.test.service, workflow.release.image];
  return [...keys].map((key) => {
    const services = sharing({ key }, workflow);
    const by = first.map((name) => services.find((one) => one.name === name))
      .find((service) => service) ?? services[0]!;
    return { by, services };
  }).toSorted((a, b) => a.by.name < b.by.name ? -1 : 1);
}

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
  const { workflow, facts, $, after = [] } = options;
  const builds = buildsOf(services, workflow);
  if (builds.length === 0) return { steps: [], before: () => [] };
  const { deadlines } = workflow;
  const pulls = pullSteps(builds, options);
  const missing = pulls?.filter(({ does }) => does.kind !== "base") ?? [];
  const tags = tagSteps(builds, options);
  const images = builds.map(({ by }) => by.image);
  const tagged = tags.map(({ name }) => name);
  const [early, late] = inOrder(builds, options);
  const build = (builds: readonly Build[], init: BuildInit) =>
    buildStep(builds, init, { ...options, isPulled: pulls !== undefined });
  const steps = [
    ...pulls ?? [],
    build(early, {
      name: BUILD,
      why: "the images must hold the sources of this commit",
      after: [...after, ...missing.map(({ name }) => name)],
    }),
    ...(late.length === 0 ? [] : [
      build(late, {
        name: BUILD_OTHERS,
        why: "the images that the tests do not run must be built, too",
        after: [BUILD],
      }),
    ]),
    ...tags,
    step(deadlines.step, {
      name: "images",
      why: "image IDs tell which images run from here on",
      after: [BUILD, ...(late.length === 0 ? [] : [BUILD_OTHERS]), ...tagged],
      does: {
        kind: "images",
        images: builds.map(({ by, services }) => ({
          services: services.map(({ name }) => name),
          before: facts.images.get(engineName(by.image)),
          taken: takenBy(services, facts),
        })),
      },
      command: $`docker image inspect --format ${"{{.Id}}"} ${images}`,
    }),
  ];
  const before = (service?: Service) => [
    BUILD,
    ...tagged.filter((name) => !service || name === tagName(service)),
  ];
  return { steps, before };
}

/** The names of the steps that build. */
const BUILD = "build";
const BUILD_OTHERS = "build others";

/** The builds that must be there before anything runs, and those that have time until the end. */
function inOrder(
  builds: readonly Build[],
  { run }: ImageOptions,
): [readonly Build[], readonly Build[]] {
  const isEarly = ({ services }: Build) =>
    !run || services.some((service) => run.includes(service));
  const early = builds.filter(isEarly);
  return early.length === 0
    ? [builds, []]
    : [early, builds.filter((build) => !isEarly(build))];
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
  return step(workflow.deadlines.build, {
    ...init,
    does: {
      kind: "build",
      services: names,
      ...(facts.buildEnv && { env: facts.buildEnv }),
    },
    command: isPulled
      ? $`docker compose build ${names}`
      : $`docker compose build --pull ${names}`,
  });
}

/** The names that a build takes from images that no run of todoflow has built. */
function takenBy(services: readonly Service[], { images, made }: Facts): Tag[] {
  const names = services.flatMap(({ image, build }) => [
    image,
    ...build?.tags ?? [],
  ]).map(engineName);
  return [...new Set(names)].flatMap((name) => {
    const before = images.get(name);
    const isOurs = made.some(({ kind, id }) =>
      kind === "image" && id === before
    );
    return before === undefined || isOurs ? [] : [{ name, before }];
  });
}

function tagName({ name }: Pick<Service, "name">): string {
  return `tag ${name}`;
}

/**
 * Fetches each base image by its name. `build --pull` builds on the newest one, but leaves an older local tag as it is:
 * the next build without `--pull` would use the older one, not the tested one. A base that is on the engine is built on
 * meanwhile, because it rarely has moved. Undefined if the bases are unknown, so that the build needs `--pull`.
 */
function pullSteps(
  builds: readonly Build[],
  { workflow, facts, $, pull }: ImageOptions,
): Step[] | undefined {
  if (!pull || facts.isFetched) return [];
  const bases = builds.map(({ by }) => facts.bases.get(by.build!.key));
  if (bases.includes(undefined)) return undefined;
  // A base that was built here would lose its name to an image of a registry that has the same name.
  const fetched = bases.flatMap((images) => images ?? [])
    .filter((image) => !facts.local?.has(engineName(image)));
  return [...new Set(fetched)].map((image) => {
    const before = facts.images.get(engineName(image));
    return step(workflow.deadlines.build, {
      name: `pull ${image}`,
      why: "test and release must stand on the same, current base image",
      ...(before !== undefined && { does: { kind: "base", image, before } }),
      command: $`docker pull --quiet ${image}`,
    });
  });
}

function tagSteps(
  builds: readonly Build[],
  { workflow, $, run }: ImageOptions,
): Step[] {
  const tagged = new Set<string>();
  return builds.flatMap(({ by, services }) => {
    tagged.add(by.image);
    return services.filter((service) => {
      const isNew = !tagged.has(service.image);
      tagged.add(service.image);
      return isNew && (run?.includes(service) ?? true);
    }).map(({ name, image }) =>
      step(workflow.deadlines.step, {
        name: tagName({ name }),
        why: `"${name}" must run the image that was built for "${by.name}"`,
        after: [BUILD],
        command: $`docker tag ${by.image} ${image}`,
      })
    );
  });
}
