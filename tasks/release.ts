/**
 * `todoflow release`: builds, migrates, starts and accepts the application, and leaves it running.
 *
 * @module
 */

import type { PlanInput, Target } from "../lib/cli.ts";
import { type Plan, type Step, step } from "../lib/plan.ts";
import type { Service } from "../lib/service.ts";
import type { Workflow } from "../lib/workflow.ts";
import { imageSteps } from "./images.ts";
import {
  hasLeftovers,
  pruneSteps,
  removeStep,
  wholeProject,
} from "./remove.ts";
import {
  isNeeded,
  isOneShot,
  needsOf,
  serviceOf,
  stepName,
  withDependencies,
} from "./services.ts";
import { gate, quickStart, upSteps } from "./up.ts";

/**
 * `make release`: `up --abort-on-container-exit migrate`, the other one-shots, the app, `up acceptance`, and the URL of
 * the application, which stays up.
 */
export const release: Target = {
  kind: "plan",
  accepts: true,
  name: "release",
  summary: "Build, migrate, start and accept the application; print its URL",
  details:
    "Removes an earlier release of the project, volumes included, builds the images,\n" +
    "starts what the service app depends on, runs the one-shots (services that\n" +
    "others need service_completed_successfully, and migrate), starts app, runs\n" +
    "acceptance and prints the URL. The application stays up; a failed release\n" +
    "leaves nothing. Logs are in reports/release.",
  flags: [{
    name: "keep",
    short: "k",
    summary: "Leave a failed release as it is, to look at it",
  }],
  plan,
};

function plan({ workflow, facts, flags, $ }: PlanInput): Plan {
  const { deadlines, release } = workflow;
  const keep = flags.has("keep");
  const app = serviceOf(workflow, release.app, "release");
  const acceptance = release.acceptance === undefined
    ? []
    : [serviceOf(workflow, release.acceptance, "release")];
  const services = withDependencies(workflow, [
    ...release.setup.flatMap(({ service, run }) =>
      // One with a command of its own does not start its service, only what that depends on.
      run
        ? serviceOf(workflow, service, "release").dependsOn
          .map(({ service }) => service)
        : [service]
    ),
    ...[app, ...acceptance].map(({ name }) => name),
  ]);
  const images = imageSteps([
    ...services,
    ...release.setup.map(({ service }) =>
      serviceOf(workflow, service, "release")
    ),
  ], {
    workflow,
    facts,
    $,
    pull: false,
    after: quickStart(services, { workflow, facts }),
  });

  const fresh = !hasLeftovers(facts) ? [] : [removeStep({
    name: "fresh",
    why: "an earlier release must not answer for this one",
    owns: wholeProject(workflow),
    keepsImages: true,
  }, { workflow, $ })];
  const runs = runSteps(workflow, { $, keep });
  const owns = wholeProject(workflow, [
    ...services.map(({ container }) => container),
    ...runs.flatMap(({ does }) =>
      does.kind === "oneshot" ? does.container : []
    ),
  ]);

  return {
    owns,
    leaves: { success: true, failure: keep },
    steps: [
      ...fresh,
      ...images.steps,
      ...upSteps(services, {
        workflow,
        $,
        images: images.before(),
        fresh: fresh.map(({ name }) => name),
        after: (service) => afterOf(service, workflow),
        keep,
      }),
      ...runs,
      ...(release.port === undefined ? [] : [
        step(deadlines.ready, {
          name: "url",
          why: "the printed URL must be proven",
          after: [app, ...acceptance]
            .map((service) => stepName(service, workflow)),
          does: { kind: "url", path: release.path, container: app.container },
          command: $`docker port ${app.container} ${release.port}`,
        }),
      ]),
      ...steadySteps(services, { workflow, $ }),
      ...(keep ? [] : [
        removeStep({
          name: "down",
          why: "a failed release leaves nothing behind",
          cleanup: "failure",
          owns,
        }, { workflow, $ }),
      ]),
      ...pruneSteps({ workflow, facts, $ }),
    ],
  };
}

/** A last look at what stays and has no health to be waited for: a program that lacks something ends after its start. */
function steadySteps(
  services: readonly Service[],
  { workflow, $ }: Pick<PlanInput, "workflow" | "$">,
): Step[] {
  const { app, acceptance } = workflow.release;
  const last = services.filter(({ name }) =>
    name === app || name === acceptance
  );
  return services
    .filter(({ name }) =>
      !isOneShot(name, workflow) && !isNeeded(name, workflow, "service_healthy")
    )
    .map((service) =>
      gate(service, "steady", {
        name: `steady ${service.name}`,
        why: `"${service.name}" must go on running`,
        after: last.map((service) => stepName(service, workflow)),
      }, { workflow, $ })
    );
}

/** The one-shots that have a command of their own, as `docker compose run app …`. */
function runSteps(
  workflow: Workflow,
  { $, keep }: Pick<PlanInput, "$"> & { keep: boolean },
): Step[] {
  return workflow.release.setup.flatMap(({ name, service, run, after }) => {
    if (!run) return [];
    const container = `${workflow.project}-${name}-run`;
    const from = serviceOf(workflow, service, "release");
    return step(workflow.deadlines.step, {
      name: `setup ${name}`,
      why: `"${name}" must be done before the application starts`,
      after: [
        "create",
        ...(after ? setupSteps(workflow, after) : needsOf(from, workflow)),
      ],
      does: {
        kind: "oneshot",
        // Its log is not its service's.
        service: name,
        container,
        reports: [],
        remove: keep ? "success" : "always",
      },
      command:
        $`docker compose run --detach --no-deps --name ${container} ${service} ${run}`,
    });
  });
}

/** Names of the steps of the named one-shots. */
function setupSteps(workflow: Workflow, names: readonly string[]): string[] {
  return workflow.release.setup
    .filter(({ name }) => names.includes(name))
    .map(({ name, service, run }) =>
      run
        ? `setup ${name}`
        : stepName(serviceOf(workflow, service, "release"), workflow)
    );
}

/** The app waits for every one-shot, acceptance for the app, everything for what it depends on. */
function afterOf(service: Service, workflow: Workflow): string[] {
  const { app, acceptance, setup } = workflow.release;
  const own = setup.find((entry) =>
    entry.service === service.name && !entry.run
  );
  const needs = own?.after
    ? setupSteps(workflow, own.after)
    : needsOf(service, workflow);
  const role = service.name === app
    ? setupSteps(workflow, setup.map(({ name }) => name))
    : service.name === acceptance
    ? [stepName(serviceOf(workflow, app, "release"), workflow)]
    : [];
  return [...new Set([...role, ...needs])];
}
