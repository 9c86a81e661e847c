/**
 * `todoflow release`: builds, migrates, starts and accepts the application, and leaves it running.
 *
 * @module
 */

import { LAST_GREEN } from "../lib/cli/flags.ts";
import {
  buildersFor,
  buildOf,
  missingRole,
  serviceOf,
  startable,
  withDependencies,
} from "../lib/compose/graph.ts";
import { TodoflowError } from "../lib/errors/todoflow_error.ts";
import { type Plan, type Step, step } from "../lib/plan/plan.ts";
import type { Service } from "../lib/compose/service.ts";
import type { PlanInput, PlanTarget } from "../lib/target.ts";
import type { Workflow } from "../lib/compose/workflow.ts";
import { fetchSteps, freshSteps, hasEarlier } from "./earlier.ts";
import { imageSteps } from "./images.ts";
import { newInProject, pruneSteps, removeStep } from "./remove.ts";
import {
  appNames,
  settledName,
  settleSteps,
  steadySteps,
  urlSteps,
} from "./proof.ts";
import { namesOf, needsOf, stepName } from "./services.ts";
import { quickStart, upSteps } from "./up.ts";
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
    "volumes, starts the dependencies of the app, runs the one-shots (migrate, and\n" +
    "services that others need service_completed_successfully), starts the app and\n" +
    "what docker compose up starts besides, runs acceptance and prints the URL. The\n" +
    "application stays up; a failed release leaves nothing behind. Works in a\n" +
    "project of its own, such as shop--release, beside a developer's docker compose\n" +
    "up. Logs are in reports/release.",
  flags: [{
    name: "keep",
    short: "k",
    summary: "Keep a failed release, for inspection",
  }, LAST_GREEN],
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
    guesses: workflow.guesses.filter(({ role }) => role !== "test"),
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
      ...settleSteps(input),
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
  /** The apps and the acceptance tests: once their steps are done, the release is accepted. */
  last: readonly Service[];
}

function castOf(workflow: Workflow): Cast {
  const { acceptance, acceptances, setup, others } = workflow.release;
  if (acceptances.length > 0) {
    throw new TodoflowError(missingRole("acceptance", workflow, "release"));
  }
  const named = (name: string) => serviceOf(workflow, name);
  const apps = appNames(workflow);
  const last = [...apps, ...(acceptance === undefined ? [] : [acceptance])]
    .map(named);
  const started = startable(workflow, [
    ...setup.flatMap(({ service, run }) =>
      // One with a command of its own does not start its service, only what that depends on.
      run ? named(service).dependsOn.map(({ service }) => service) : [service]
    ),
    ...namesOf(last),
    ...others,
  ], { optional: others });
  const used = [
    ...started,
    ...setup.map(({ service }) => named(service)),
  ];
  return { started, used: [...used, ...buildersFor(used, workflow)], last };
}

/** Tells what the release lacks: services, a URL, or acceptance. */
function notesOf({ release: { apps, acceptance, left } }: Workflow): string[] {
  return [
    ...left.map(({ service, reason }) =>
      `"${service}" is left out, because it ${reason}; x-todoflow: {release: {with: [${service}]}} includes it`
    ),
    ...apps.filter(({ port }) => port === undefined)
      .map(({ entrance }) => `no URL: "${entrance}" publishes no TCP port`),
    ...(acceptance === undefined ? ["not accepted by any test"] : []),
  ];
}

/** `docker-compose run app …`: the one-shots that have a command of their own. */
function runSteps(
  keep: boolean,
  { workflow, $ }: Pick<PlanInput, "workflow" | "$">,
): Step[] {
  return workflow.release.setup.flatMap(({ name, service, run, after }) => {
    if (!run) return [];
    const container = `${workflow.project}-${name}-run`;
    const from = serviceOf(workflow, service);
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
      run ? `setup ${name}` : stepName(serviceOf(workflow, service), workflow)
    );
}

/**
 * The steps that a service waits for: its dependencies; for apps and all that run their images also every one-shot, for
 * acceptance the apps.
 */
function afterOf(service: Service, workflow: Workflow): string[] {
  const { acceptance, setup, ending } = workflow.release;
  const { name } = service;
  const own = setup.find((entry) => entry.service === name && !entry.run);
  const needs = own?.after
    ? setupSteps(workflow, own.after)
    : needsOf(service, workflow);
  const role = name === acceptance
    ? [
      ...appNames(workflow).map((app) =>
        stepName(serviceOf(workflow, app), workflow)
      ),
      ...ending.map(settledName),
    ]
    : isAfterSetup(service, workflow)
    ? setupSteps(workflow, setup.map(({ name }) => name))
    : [];
  return [...new Set([...role, ...needs])];
}

/** Whether a service starts when the one-shots are done: as an app, or as a worker with the image of one. */
function isAfterSetup(service: Service, workflow: Workflow): boolean {
  const { apps, others, setup } = workflow.release;
  const { name } = service;
  if (apps.some(({ service }) => service === name)) return true;
  const key = buildOf(service, workflow)?.key;
  const isAlike = key !== undefined &&
    apps.some(({ service }) =>
      buildOf(serviceOf(workflow, service), workflow)?.key === key
    );
  const before = withDependencies(
    workflow,
    setup.map(({ service }) => service),
  );
  return isAlike && others.includes(name) && !before.includes(service);
}
