/**
 * `todoflow release`: builds, migrates, starts and accepts the application, and leaves it running.
 *
 * @module
 */

import type { PlanInput, Target } from "../lib/cli.ts";
import { type Plan, step } from "../lib/plan.ts";
import {
  built,
  serviceOf,
  stepName,
  upSteps,
  withDependencies,
} from "./services.ts";

/**
 * `make release`: `up --abort-on-container-exit migrate`, the other one-shots, the app, `up acceptance`, and the URL of
 * the application, which stays up.
 */
export const release: Target = {
  kind: "plan",
  name: "release",
  summary: "Build, migrate, start and accept the application; print its URL",
  details:
    "Removes an earlier release of the project, volumes included, builds the images,\n" +
    "starts what the service app depends on, runs the one-shots (services that\n" +
    "others need service_completed_successfully, and migrate), starts app, runs\n" +
    "acceptance and prints the URL. The application stays up; a failed release\n" +
    "leaves nothing.",
  flags: [{
    name: "keep",
    short: "k",
    summary: "Leave a failed release as it is, to look at it",
  }],
  plan,
};

function plan({ workflow, flags, $ }: PlanInput): Plan {
  const { deadlines, release } = workflow;
  const app = serviceOf(workflow, release.app, "release");
  const acceptance = release.acceptance === undefined
    ? []
    : [serviceOf(workflow, release.acceptance, "release")];
  const services = withDependencies(workflow, [
    ...release.setup,
    release.app,
    ...acceptance.map(({ name }) => name),
  ]);
  const names = services.map(({ name }) => name);
  const images = built(services);
  const setup = withDependencies(workflow, release.setup)
    .filter(({ name }) => release.setup.includes(name))
    .map((service) => stepName(service, workflow));
  const [port = 0] = app.ports;

  return {
    steps: [
      step(deadlines.step, {
        name: "fresh",
        why: "an earlier release must not answer for this one",
        command: $`docker compose down --volumes --remove-orphans --timeout 5`,
      }),
      ...(images.length === 0 ? [] : [
        step(deadlines.build, {
          name: "build",
          why: "the images must hold the sources of this commit",
          after: ["fresh"],
          command: $`docker compose build ${images}`,
        }),
      ]),
      step(deadlines.build, {
        name: "create",
        why:
          "networks, volumes and containers are made once, before anything starts",
        after: [images.length === 0 ? "fresh" : "build"],
        command: $`docker compose create --no-build ${names}`,
      }),
      ...upSteps(services, {
        workflow,
        $,
        after: {
          "": ["create"],
          [app.name]: setup,
          ...Object.fromEntries(
            acceptance.map(({ name }) => [name, [stepName(app, workflow)]]),
          ),
        },
        gates: [app.name],
        keep: flags.has("keep"),
      }),
      ...(port === 0 ? [] : [
        step(deadlines.ready, {
          name: "url",
          why: "the printed URL must be proven",
          after: [app, ...acceptance].map((service) =>
            stepName(service, workflow)
          ),
          does: { kind: "url", path: release.path },
          command: $`docker compose port ${app.name} ${port}`,
        }),
      ]),
      ...(flags.has("keep") ? [] : [
        step(deadlines.step, {
          name: "down",
          why: "a failed release leaves nothing behind",
          cleanup: "failure",
          command:
            $`docker compose down --volumes --remove-orphans --timeout 5`,
        }),
      ]),
    ],
  };
}
