/**
 * Finds where a twin must differ from the Compose file: data of tests gets new volumes, and services without a role run once.
 *
 * @module
 */

import { withDependencies } from "../compose/graph.ts";
import type { Model } from "../compose/model.ts";
import type { Service } from "../compose/service.ts";
import {
  type Workflow,
  workflowIn,
  type WorkflowOptions,
} from "../compose/workflow.ts";
import type { EngineApi } from "../engine/api.ts";
import type { TwinTarget } from "../plan/twin.ts";
import { type DataMount, dataMounts, freshText } from "./data_mounts.ts";

/** The differences. */
interface Deviations {
  /** The mounts of data that get a new volume. */
  fresh: readonly DataMount[];
  /** Names of services of which one container starts. */
  once: readonly string[];
  /** The remarks about them. */
  notes: readonly string[];
}

/**
 * Finds the differences.
 *
 * @param options.naming how the model is read
 * @param options.base the project of the builds
 * @param options.makes whether the target makes containers
 */
export async function deviationsIn(
  model: Model,
  { naming, base, makes, twin, api }: {
    naming: WorkflowOptions;
    base: string;
    makes: boolean;
    twin: TwinTarget | undefined;
    api: EngineApi;
  },
): Promise<Deviations> {
  if (!twin) return { fresh: [], once: [], notes: [] };
  const workflow = await workflowIn(model, naming);
  const fresh = makes && twin === "test"
    ? await dataMounts(model, { base, api, services: testedIn(workflow) })
    : [];
  const many = twin === "release" ? manyIn(workflow) : [];
  return {
    fresh,
    once: many.map(({ name }) => name),
    notes: [...fresh.map(freshText), ...many.map(onceText)],
  };
}

/** The services of a release without a role of which the file starts several containers. */
function manyIn({ services, release: { others } }: Workflow): Service[] {
  return [...services.values()].filter(({ name, containers }) =>
    others.includes(name) && containers > 1
  );
}

function onceText({ name, containers }: Service): string {
  return `"${name}" has one container, and not ${containers}: a release waits for each that it starts`;
}

/** Names of the services that tests start. */
function testedIn(workflow: Workflow): string[] {
  return withDependencies(workflow, workflow.test.services)
    .map(({ name }) => name);
}
