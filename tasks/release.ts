/**
 * `todoflow release`: builds, migrates, starts and accepts the application, and leaves it running.
 *
 * @module
 */

import {
  isNeeded,
  isOneShot,
  serviceOf,
  withDependencies,
} from "../lib/compose/graph.ts";
import { engineName } from "../lib/image_name.ts";
import { type Made, type Plan, type Step, step } from "../lib/plan/plan.ts";
import type { Service } from "../lib/compose/service.ts";
import type { Facts, PlanInput, PlanTarget } from "../lib/target.ts";
import type { Workflow } from "../lib/compose/workflow.ts";
import { imageSteps } from "./images.ts";
import {
  builtNames,
  madeBefore,
  newInProject,
  pruneSteps,
  removeStep,
} from "./remove.ts";
import { needsOf, stepName } from "./services.ts";
import { gate, quickStart, upSteps } from "./up.ts";
import { volumeSteps } from "./volumes.ts";

/**
 * `make release`: `up --abort-on-container-exit migrate`, the other one-shots, the app, `up acceptance`, and the URL of
 * the application, which stays up.
 */
export const release: PlanTarget = {
  kind: "plan",
  accepts: true,
  name: "release",
  summary: "Build, migrate, start and accept the application; print its URL",
  details:
    "Builds the images, removes an earlier release of this checkout, volumes and\n" +
    "all, starts what the service app depends on, runs the one-shots (services that\n" +
    "others need service_completed_successfully, and migrate), starts app, runs\n" +
    "acceptance and prints the URL. The application stays up; a failed release\n" +
    "leaves nothing. What todoflow has not made is never removed: it is named, and\n" +
    "nothing is done (exit code 4). Logs are in reports/release.",
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
  const before = facts.made.filter(({ kind }) => kind !== "image");
  const used = [
    ...services,
    ...release.setup.map(({ service }) =>
      serviceOf(workflow, service, "release")
    ),
  ];
  const images = imageSteps(used, {
    workflow,
    facts,
    $,
    pull: false,
    // An earlier release goes only when the new images are there.
    after: before.length > 0 ? [] : quickStart(services, { workflow, facts }),
  });
  // A worker may run the image that is built for the app.
  const built = builtNames({
    services: new Map(used.map((service) => [service.name, service])),
  });
  const absent = before.length === 0 ? [] : used.filter(({ build, image }) => {
    const name = engineName(image);
    return !build && !facts.images.has(name) && !built.includes(name);
  });
  const fetch = absent.length === 0 ? [] : [step(deadlines.build, {
    name: "fetch",
    why: "an earlier release goes only when all images are there",
    command: $`docker compose pull --quiet ${[
      ...new Set(absent.map(({ name }) => name)),
    ]}`,
  })];
  const fresh = before.length === 0 ? [] : [removeStep({
    name: "fresh",
    why: `removes ${earlier(facts)}${dataOf(before)}`,
    after: [...images.before(), ...fetch.map(({ name }) => name)],
    owns: madeBefore(workflow.project, before),
    keepsImages: true,
  }, { workflow, $ })];
  const volumes = volumeSteps(used, {
    workflow,
    facts,
    $,
    after: fresh.map(({ name }) => name),
    kept: [],
  });
  const runs = runSteps(workflow, { $, keep });
  const owns = newInProject([
    ...services.map(({ container }) => container),
    ...runs.flatMap(({ does }) =>
      does.kind === "oneshot" ? does.container : []
    ),
  ], { workflow, facts });

  return {
    owns,
    leaves: { success: true, failure: keep },
    steps: [
      ...images.steps,
      ...fetch,
      ...fresh,
      ...volumes,
      ...upSteps(services, {
        workflow,
        $,
        images: images.before(),
        fresh: [...fresh, ...volumes].map(({ name }) => name),
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

/** What the run finds of earlier ones, such as "release 7a356f0 of 4 min ago". */
function earlier({ left, now }: Facts): string {
  if (!left) return "what an earlier run has left";
  const version = left.version === undefined ? "" : ` ${left.version}`;
  return `release${version} of ${age(now - Date.parse(left.since))} ago`;
}

/** The volumes that go with it, whose data is lost. */
function dataOf(made: readonly Made[]): string {
  const names = made.filter(({ kind }) => kind === "volume")
    .map(({ name }) => name);
  return names.length === 0
    ? ""
    : ` and its volume${names.length > 1 ? "s" : ""} ${names.join(", ")}`;
}

/** Milliseconds for people, in the largest unit that fits. */
function age(ms: number): string {
  const units = [[86_400_000, "d"], [3_600_000, "h"], [60_000, "min"]] as const;
  const [size, unit] = units.find(([size]) => ms >= size) ?? [1000, "s"];
  return `${Math.max(0, Math.floor(ms / size))} ${unit}`;
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
