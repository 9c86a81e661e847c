/**
 * What `test` and `release` share about images: each distinct build is done once, and tagged for every service.
 *
 * @module
 */

import { type Shell, type Step, step } from "../lib/plan.ts";
import type { Facts, Service, Workflow } from "../lib/workflow.ts";

/** A distinct build and the services that share its image. */
interface Build {
  /** The service that Compose builds. */
  by: Service;
  services: readonly Service[];
}

/**
 * The distinct builds among the services, each with all services of the project that share it.
 *
 * Compose labels an image with the service that it was built for, so that the same build for two services gives two
 * image IDs. Built by one of them, and always by the same, it is one image: the one that was tested.
 */
function buildsOf(
  services: Iterable<Service>,
  workflow: Workflow,
): Build[] {
  const keys = new Set([...services].flatMap(({ build }) => build ?? []));
  const first = [workflow.test.service, workflow.release.image];
  return [...keys].map((key) => {
    const sharing = [...workflow.services.values()]
      .filter(({ build }) => build === key);
    const by = first.map((name) => sharing.find((one) => one.name === name))
      .find((service) => service) ?? sharing[0]!;
    return { by, services: sharing };
  }).toSorted((a, b) => a.by.name < b.by.name ? -1 : 1);
}

/** What the steps of images are made from. */
export interface ImageOptions {
  workflow: Workflow;
  facts: Facts;
  $: Shell;
  /** Whether newer base images are fetched. */
  pull: boolean;
}

/** The steps that build the images of the services, tag and tell them; the last one is named `images`. */
export function imageSteps(
  services: Iterable<Service>,
  { workflow, facts, $, pull }: ImageOptions,
): Step[] {
  const builds = buildsOf(services, workflow);
  if (builds.length === 0) return [];
  const { deadlines } = workflow;
  const names = builds.map(({ by }) => by.name);
  const images = builds.map(({ by }) => by.image);
  const tags = tagSteps(builds, { workflow, $ });
  return [
    step(deadlines.build, {
      name: "build",
      why: pull
        ? "the images must hold the sources of this commit, on current bases"
        : "the images must hold the sources of this commit",
      command: pull
        ? $`docker compose build --pull ${names}`
        : $`docker compose build ${names}`,
    }),
    ...tags,
    step(deadlines.step, {
      name: "images",
      why: "what runs from here on is known by its image IDs",
      after: ["build", ...tags.map(({ name }) => name)],
      does: {
        kind: "images",
        images: builds.map(({ by, services }) => ({
          services: services.map(({ name }) => name),
          before: facts.images.get(by.image),
        })),
      },
      command: $`docker image inspect --format ${"{{.Id}}"} ${images}`,
    }),
  ];
}

function tagSteps(
  builds: readonly Build[],
  { workflow, $ }: Pick<ImageOptions, "workflow" | "$">,
): Step[] {
  const tagged = new Set<string>();
  return builds.flatMap(({ by, services }) => {
    tagged.add(by.image);
    return services.filter(({ image }) => {
      const isNew = !tagged.has(image);
      tagged.add(image);
      return isNew;
    }).map(({ name, image }) =>
      step(workflow.deadlines.step, {
        name: `tag ${name}`,
        why: `"${name}" must run the image that was built for "${by.name}"`,
        after: ["build"],
        command: $`docker tag ${by.image} ${image}`,
      })
    );
  });
}
