/**
 * `todoflow release`: builds, migrates, starts and accepts the application, and leaves it running.
 *
 * @module
 */

import {
  buildersFor,
  isNeeded,
  isOneShot,
  serviceOf,
  startable,
} from "../lib/compose/graph.ts";
import { type Plan, type Step, step } from "../lib/plan/plan.ts";
import { TodoflowError } from "../lib/errors/todoflow_error.ts";
import type { Service } from "../lib/compose/service.ts";
import type { PlanInput, PlanTarget } from "../lib/target.ts";
import type { Workflow } from "../lib/compose/workflow.ts";
import { fetchSteps, freshSteps, hasEarlier } from "./earlier.ts";
import { imageSteps } from "./images.ts";
import { newInProject, pruneSteps, removeStep } from "./remove.ts";
import { namesOf, needsOf, stepName } from "./services.ts";
import { gate, quickStart, upSteps } from "./up.ts";
import { volumeSteps } from "./volumes.ts";

/**
 * `make release`: `up --abort-on-container-exit migrate`, the other one-shots, the app, `up acceptance`, and the URL. The
 * application stays up.
 */
export const release: PlanTarget = {
  kind: "plan",
  twin: "release",
  accepts: true,
  name: "release",
  summary: "Build, migrate, start and accept the application; print its URL",
  details:
    "Builds the images, removes the previous release of this checkout and its\n" +
    "volumes, starts the dependencies of the service app, runs the one-shots\n" +
    "(migrate, and services that others need service_completed_successfully),\n" +
    "starts app, runs acceptance and prints the URL. The application stays up; a\n" +
    "failed release leaves nothing behind. Works in a project of its own, such as\n" +
    "shop--release, beside a developer's docker compose up. Logs are in\n" +
    "reports/release.",
  flags: [{
    name: "keep",
    short: "k",
    summary: "Keep a failed release, for inspection",
  }],
  plan,
};

function plan(input: PlanInput): Plan {
  const { workflow, flags } = input;
  const keep = flags.has("keep");
  const { started, used, last } = castOf(workflow);
  const images = imageSteps(used, {
    ...input,
    pull: false,
    run: used,
    // An earlier release is removed only when the new images are there.
    after: hasEarlier(input) ? [] : quickStart(started, input),
  });
  const fetch = fetchSteps(used, input);
  const fresh = freshSteps([...images.before(), ...namesOf(fetch)], input);
  const after = namesOf(fresh);
  const volumes = volumeSteps(used, { ...input, after });
  const runs = runSteps(keep, input);
  const owns = newInProject([
    ...started.map(({ container }) => container),
    ...runs.flatMap(({ does }) =>
      does.kind === "oneshot" ? does.container : []
    ),
  ], input);

  return {
    owns,
    notes: notesOf(workflow),
    leaves: { success: true, failure: keep },
    steps: [
      ...images.steps,
      ...fetch,
      ...fresh,
      ...volumes,
      ...upSteps(started, {
        ...input,
        images: images.before(),
        fresh: namesOf([...fresh, ...volumes]),
        after: (service) => afterOf(service, workflow),
        keep,
      }),
      ...runs,
      ...urlSteps(last, input),
      ...steadySteps(started, { ...input, last }),
      ...(keep ? [] : [
        removeStep({
          name: "down",
          why: "a failed release leaves nothing behind",
          cleanup: "failure",
          owns,
        }, input),
      ]),
      ...pruneSteps(input),
    ],
  };
}

/** The services that take part in a release. */
interface Cast {
  /** The services that get a container of their own. */
  started: readonly Service[];
  /** The services whose images the release needs, even if only a hook, or a one-shot with a command of its own, runs in them. */
  used: readonly Service[];
  /** The app and the acceptance tests: once their steps are done, the release is accepted. */
  last: readonly Service[];
}

function castOf(workflow: Workflow): Cast {
  const { app, acceptance, setup } = workflow.release;
  const named = (name: string) => serviceOf(workflow, name, "release");
  const last = [app, ...(acceptance === undefined ? [] : [acceptance])]
    .map(named);
  const started = startable(workflow, [
    ...setup.flatMap(({ service, run }) =>
      // One with a command of its own does not start its service, only what that depends on.
      run ? named(service).dependsOn.map(({ service }) => service) : [service]
    ),
    ...namesOf(last),
  ]);
  const used = [
    ...started,
    ...setup.map(({ service }) => named(service)),
  ];
  return { started, used: [...used, ...buildersFor(used, workflow)], last };
}

/** Tells what the release will lack: a URL, or acceptance. */
function notesOf({ release: { app, port, acceptance } }: Workflow): string[] {
  return [
    ...(port === undefined ? [`no URL: "${app}" publishes no TCP port`] : []),
    ...(acceptance === undefined ? ["not accepted by any test"] : []),
  ];
}

/**
 * The URL of the application, if it publishes a port. It is proven before it is printed.
 *
 * @throws {TodoflowError} when the configured port is not published
 */
function urlSteps(
  last: readonly Service[],
  { workflow, $ }: Pick<PlanInput, "workflow" | "$">,
): Step[] {
  const { deadlines, release: { app, port, path, proof } } = workflow;
  if (port === undefined) return [];
  const { container, ports } = serviceOf(workflow, app, "release");
  if (!ports.includes(port)) {
    throw new TodoflowError({
      kind: "invalid-config",
      path: ["x-todoflow", "release", "port"],
      problem: `"${app}" does not publish port ${port}` +
        (ports.length > 0 ? `, but ${ports.join(", ")}` : ""),
    });
  }
  return [step(deadlines.ready, {
    name: "url",
    why: "the printed URL must be proven",
    after: last.map((service) => stepName(service, workflow)),
    does: {
      ...{ kind: "url", service: app, container, port, path },
      ...(proof && { proof }),
    },
    command: $`docker port ${container} ${port}`,
  })];
}

/**
 * Last checks of the services that stay and whose health no other service waits for: a program that lacks something ends
 * soon after its start.
 */
function steadySteps(
  started: readonly Service[],
  { workflow, last, $ }: Pick<PlanInput, "workflow" | "$"> & Pick<Cast, "last">,
): Step[] {
  return started
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

/** `docker-compose run app …`: the one-shots that have a command of their own. */
function runSteps(
  keep: boolean,
  { workflow, $ }: Pick<PlanInput, "workflow" | "$">,
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
        // A log of its own, apart from that of its service.
        service: name,
        container,
        reports: [],
        remove: keep ? "success" : "always",
      },
      command:
        $`docker compose run --detach --interactive=false --no-deps --name ${container} ${service} ${run}`,
    });
  });
}

/** Names of the steps that run these one-shots. */
function setupSteps(workflow: Workflow, names: readonly string[]): string[] {
  return workflow.release.setup
    .filter(({ name }) => names.includes(name))
    .map(({ name, service, run }) =>
      run
        ? `setup ${name}`
        : stepName(serviceOf(workflow, service, "release"), workflow)
    );
}

/** The steps that a service waits for: its dependencies; for the app also every one-shot, for acceptance the app. */
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
