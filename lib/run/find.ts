/**
 * Finds the project of a target: its name, its workflow, its engine and its commit.
 *
 * @module
 */

import type { Surroundings } from "../child.ts";
import { composeFileEnv, exportedEnv } from "../compose/environment.ts";
import {
  identify,
  type Identity,
  nameOfFolder,
  ownName,
} from "../compose/project.ts";
import { readModel } from "../compose/model.ts";
import { composeVersion, observe } from "../compose/resolve.ts";
import { readWorkflow } from "../compose/workflow.ts";
import { type Docker, dockerIn } from "../engine/docker.ts";
import type { EngineApi } from "../engine/api.ts";
import { TodoflowError } from "../errors/todoflow_error.ts";
import { explain } from "../errors/wording.ts";
import { observeSource, type Source } from "../git/source.ts";
import { appVersion } from "../git/version.ts";
import { settled } from "../pause.ts";
import { madeIn } from "../reports/place.ts";
import { lazy } from "../secrets/redact.ts";
import { writeOverride } from "../state/file.ts";
import { stateFolder } from "../state/folder.ts";
import { overridePath, recordKey } from "../state/paths.ts";
import { needs, type PlanTarget } from "../target.ts";
import {
  isolatedWorkflow,
  namesByLabel,
  workflowOf,
  type WorkflowOptions,
} from "./isolate.ts";
import { notice } from "./notice.ts";
import { look } from "./look.ts";
import type { Prepared, PrepareOptions } from "./prepared.ts";

/** A project whose workflow is known, but neither its secrets nor its folder of reports. */
export type Found =
  & Omit<Prepared, "$" | "redactor" | "marks" | "buildEnv" | "reports">
  & {
    /** All Compose files, as absolute paths. */
    files: readonly string[];
  };

/** The questions that do not depend on the project: they are asked while Compose reads its files. */
interface Asked {
  api: Promise<EngineApi>;
  source: Promise<Source | undefined>;
}

/** All that is known before Compose has read its files. */
interface Search {
  options: PrepareOptions & { onAsked: () => void };
  version: string | undefined;
  identity: Identity;
  /** Variables that children get in addition to the caller's environment. */
  exported: Readonly<Record<string, string>>;
  /** Sees the exported variables. */
  docker: Docker;
  /** Options for reading the Compose files. */
  how: WorkflowOptions;
  /** Asks the other questions, once. */
  besides: () => Asked;
}

/**
 * Finds the project.
 *
 * @throws {TodoflowError} when the target cannot run here; no question outlives the error.
 */
export async function find(
  target: PlanTarget,
  options: PrepareOptions & { onAsked: () => void },
): Promise<Found> {
  const underWay: Promise<unknown>[] = [];
  try {
    const search = await begin(target, options, underWay);
    const { name, ci } = search.identity;
    try {
      return name === undefined && ci
        ? await ownProject(search)
        : await plainProject(search);
    } catch (error) {
      if (needs(target, "workflow") || !isBroken(error)) throw error;
      return await brokenProject(search, error);
    }
  } catch (error) {
    await settled(Promise.allSettled(underWay));
    throw error;
  }
}

/**
 * Reads what the command line, the environment and the files' names say.
 *
 * @param underWay takes each question that may still be open when this fails
 */
async function begin(
  target: PlanTarget,
  options: Search["options"],
  underWay: Promise<unknown>[],
): Promise<Search> {
  const { request, world, surroundings } = options;
  const { directory, env } = surroundings;
  const [version, identity] = await Promise.all([
    versionFor(target, surroundings),
    identify({
      directory,
      env: { ...env, ...exportedEnv(request, undefined) },
      readTextFile: world.readTextFile,
    }),
  ]);
  const needsWorkflow = needs(target, "workflow");
  // `clean` works with it: containers are found by their labels.
  if (identity.compatibility !== undefined && needsWorkflow) {
    throw new TodoflowError({
      kind: "unsupported",
      feature: `COMPOSE_COMPATIBILITY "${identity.compatibility}"`,
      advice: "unset COMPOSE_COMPATIBILITY   # and take it out of .env",
    });
  }
  const exported = exportedEnv(request, version);
  const docker = dockerIn(seeing(exported, surroundings));
  const compose = () => {
    const version = composeVersion(docker);
    underWay.push(version);
    return version;
  };
  const besides = lazy(() => {
    const asked = askBesides(target, options);
    underWay.push(...Object.values(asked));
    return asked;
  });
  const { profiles } = identity;
  const how = { directory, profiles, ...(needsWorkflow && { compose }) };
  return { options, version, identity, exported, docker, how, besides };
}

/** The surroundings of children that get these variables. */
function seeing(
  exported: Readonly<Record<string, string>>,
  surroundings: Surroundings,
): Surroundings {
  return { ...surroundings, env: { ...surroundings.env, ...exported } };
}

/** Asks the questions that do not depend on the project. */
function askBesides(
  target: PlanTarget,
  { request, surroundings, current }: PrepareOptions,
): Asked {
  const { directory } = surroundings;
  // A dry run builds no image that could get labels.
  const hasSource = needs(target, "workflow") &&
    (!request.dryRun || needs(target, "receipt"));
  const place = { checkout: directory, shown: "reports" };
  const api = current.api();
  const all = {
    api,
    source: hasSource
      ? observeSource(surroundings, () => madeIn(directory, place))
      : Promise.resolve(undefined),
  };
  // An early rejection is reported where the answer is awaited.
  for (const asked of Object.values(all)) asked.catch(() => {});
  return all;
}

/** The properties that every project has, with the answers to the other questions. */
async function common(search: Search) {
  const { version, identity, exported, options, besides } = search;
  const asked = besides();
  const api = await asked.api;
  return {
    ...{ version, identity, exported },
    files: identity.files,
    own: identity.ci && identity.name === undefined,
    surroundings: seeing(exported, options.surroundings),
    writeOverride: () => Promise.resolve(),
    ...{ api, engine: api.endpoint },
    source: await asked.source,
  };
}

/** The name of a project that only this checkout uses, on a build agent. */
function ownNameOf(name: string, { identity, options }: Search) {
  const { directory } = identity;
  return ownName(name, { directory, host: options.world.host() });
}

/** The project whose name Compose or the caller gives. */
async function plainProject(search: Search): Promise<Found> {
  const { docker, how, identity, besides, options: { onAsked } } = search;
  const asked = workflowOf(docker, how);
  besides();
  onAsked();
  const workflow = await asked;
  const { project: plain } = workflow;
  const others = identity.name === undefined
    ? [{ project: await ownNameOf(plain, search), own: true }]
    : [];
  return { ...await common(search), workflow, plain, others };
}

/** The project that only this checkout uses, on a build agent. Compose reads its files twice: it alone knows the plain name. */
async function ownProject(search: Search): Promise<Found> {
  const { docker, how, besides, exported, options } = search;
  const { onAsked, surroundings, request } = options;
  const asked = observe(docker, { directory: how.directory });
  besides();
  onAsked();
  const { name: plain } = await readModel(await asked);
  const project = await ownNameOf(plain, search);
  const named = { ...exported, COMPOSE_PROJECT_NAME: project };
  const ours = dockerIn(seeing(named, surroundings));
  // A dry run writes no override, so it shows the names in the Compose file.
  const { workflow, override } = request.dryRun
    ? { workflow: await workflowOf(ours, how), override: undefined }
    : await isolatedWorkflow(ours, how);
  const others = [{ project: plain, own: false }];
  const found = { ...await common(search), workflow, plain, others };
  const withEnv = (exported: Readonly<Record<string, string>>) => ({
    ...found,
    exported,
    surroundings: seeing(exported, surroundings),
  });
  if (override === undefined) return withEnv(named);
  const key = await recordKey(project, found.engine);
  const file = overridePath(stateFolder(surroundings.env), key);
  const files = [...found.files, file];
  return {
    ...withEnv({ ...named, ...composeFileEnv(files) }),
    files,
    writeOverride: () => writeOverride(file, override),
  };
}

/** Whether nothing but the Compose file is wrong. */
function isBroken(error: unknown): error is TodoflowError {
  return error instanceof TodoflowError &&
    ["invalid-compose-file", "invalid-config"].includes(error.failure.kind);
}

/** The project of a Compose file that cannot be read: found by records, and by labels on the engine. */
async function brokenProject(
  search: Search,
  { failure }: TodoflowError,
): Promise<Found> {
  const { identity, besides, options } = search;
  notice(
    `${explain(failure).headline}: todoflow finds the project by its labels`,
    options,
  );
  const { env } = options.surroundings;
  const looked = await look(await besides().api, env);
  const names = namesByLabel(identity, looked);
  const [plain = nameOfFolder(identity.directory), ...rest] = names;
  const workflow = await readWorkflow(JSON.stringify({ name: plain }));
  // Only the record of such a project says whether todoflow has given it its name.
  const others = rest.map((project) => ({ project, own: false }));
  return { ...await common(search), workflow, plain, others, own: false };
}

/** The version; undefined for `clean`, which also works without a commit. */
async function versionFor(
  target: PlanTarget,
  surroundings: Surroundings,
): Promise<string | undefined> {
  try {
    return await appVersion(surroundings);
  } catch (error) {
    const isUsage = error instanceof TodoflowError &&
      error.failure.kind === "illegal-version";
    // A target that only removes needs no version.
    if (!needs(target, "workflow") && !isUsage) return undefined;
    throw error;
  }
}
