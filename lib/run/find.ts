/**
 * Finds the project of a target: its name, its workflow, its engine and its commit.
 *
 * @module
 */

import { basename } from "node:path";
import type { Output } from "../child.ts";
import type { Config } from "../compose/config.ts";
import { composeFileEnv, exportedEnv } from "../compose/environment.ts";
import { type Model, readModel } from "../compose/model.ts";
import { type Identity, ownName } from "../compose/project.ts";
import { composeVersion, observe, versionIn } from "../compose/resolve.ts";
import { twinned } from "../compose/twin.ts";
import { workflowIn } from "../compose/workflow.ts";
import { type Docker, dockerIn } from "../engine/docker.ts";
import { allEnded, settled } from "../pause.ts";
import { checkBase, twinOf, type TwinTarget } from "../plan/twin.ts";
import { lazy } from "../secrets/redact.ts";
import { writeOverride } from "../state/file.ts";
import { stateFolder } from "../state/folder.ts";
import { overridePath, recordKey } from "../state/paths.ts";
import type { Asked, Found, Search } from "./found.ts";
import { deviationsIn } from "./deviations.ts";
import { identified, seeing, withTests } from "./identified.ts";
import { checkNames } from "./isolate.ts";
import type { Reading } from "./manner.ts";
import type { PrepareOptions } from "./prepared.ts";

/**
 * Finds the project.
 *
 * @throws {TodoflowError} when the target cannot run here; no question outlives the error.
 */
export async function find(
  reading: Reading,
  options: Search["options"],
): Promise<Found> {
  const underWay: Promise<unknown>[] = [];
  try {
    return await reading.find(await begin(reading, options, underWay));
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
  reading: Reading,
  options: Search["options"],
  underWay: Promise<unknown>[],
): Promise<Search> {
  const { surroundings } = options;
  const { directory } = surroundings;
  const [version, { identity, tests }] = await Promise.all([
    reading.version(surroundings),
    identified(reading, options),
  ]);
  const request = withTests(options.request, tests);
  const exported = exportedEnv(request, version);
  const docker = dockerIn(seeing(exported, surroundings));
  let composeAsked: Promise<Output> | undefined;
  const compose = () => {
    if (composeAsked) return composeAsked;
    composeAsked = composeVersion(docker);
    underWay.push(composeAsked);
    return composeAsked;
  };
  const besides = lazy(() => {
    const asked = askBesides(reading, options);
    underWay.push(...Object.values(asked));
    return asked;
  });
  const { profiles } = identity;
  const how = { directory, profiles };
  return {
    ...{ options, version, identity, tests, exported },
    ...{ docker, how, compose, besides },
    composeAsked: () => composeAsked,
  };
}

/** Asks the questions that do not depend on the project. */
function askBesides(
  reading: Reading,
  options: PrepareOptions,
): Asked {
  const all = { api: options.current.api(), source: reading.source(options) };
  // An early rejection is reported where the answer is awaited.
  for (const asked of Object.values(all)) asked.catch(() => {});
  return all;
}

/**
 * The project of a target as Compose reads it, without its other names.
 *
 * @param twin the target whose twin it is; undefined for the project of the builds
 * @param options.makes whether the target makes containers
 */
export async function projectOf(
  search: Search,
  twin: TwinTarget | undefined,
  { makes }: { makes: boolean },
): Promise<Found> {
  const { how, besides, options: { onAsked } } = search;
  const { directory } = how;
  const ask = async (project: string | undefined) => {
    const asked = observe(dockerOf(project, search), how);
    besides();
    onAsked();
    return await readModel(await asked);
  };
  const plain = search.identity.plain ?? (await ask(undefined)).name;
  checkBase(plain);
  const base = isOwn(search.identity) ? await ownNameOf(plain, search) : plain;
  const project = twin ? twinOf(base, twin) : base;
  // Compose shows with which names the builds differ, if any do.
  const [model, ofBuilds] = await allEnded([
    ask(project),
    project !== base && search.identity.usesName
      ? observe(dockerOf(base, search), { directory }).then(readModel)
      : undefined,
  ]);
  const inBase = twin === "release" && isPlain(model);
  return await foundIn(inBase ? await ask(base) : model, {
    ...{ search, plain, base, ofBuilds, makes },
    twin: inBase ? undefined : twin,
  });
}

/** Whether a release of the model is not in a twin. */
function isPlain({ "x-todoflow": config }: Model): boolean {
  const { release } = (config ?? {}) as Config;
  return release?.project === "plain";
}

/** Whether todoflow chooses the name of the plain project, because a build agent has neighbors. */
function isOwn({ ci, name }: Identity): boolean {
  return ci && name === undefined;
}

/** Docker, with Compose in this project; undefined for the one that Compose derives. */
function dockerOf(
  project: string | undefined,
  { docker, exported, options: { surroundings } }: Search,
): Docker {
  return project === undefined
    ? docker
    : dockerIn(seeing(namedAs(project, exported), surroundings));
}

function namedAs(project: string, exported: Search["exported"]) {
  return { ...exported, COMPOSE_PROJECT_NAME: project };
}

/** The project in a model. */
async function foundIn(
  written: Model,
  { search, plain, base, ofBuilds, twin, makes }: {
    search: Search;
    plain: string;
    base: string;
    ofBuilds: Model | undefined;
    twin: TwinTarget | undefined;
    makes: boolean;
  },
): Promise<Found> {
  const { identity, how, exported, options } = search;
  const found = await common(search);
  const isolated = isOwn(identity);
  const { profiles } = how;
  const { tests } = search;
  const naming = {
    ...{ profiles, base, plain },
    tests: tests && {
      name: basename(tests.file),
      runners: tests.runners,
    },
  };
  const { fresh, once, notes } = await deviationsIn(written, {
    ...{ naming, base, makes, twin, api: found.api },
  });
  const twinOptions = { base, target: twin, isolated, fresh, once };
  const { model, override, renames } = twinned(written, twinOptions);
  const builds = ofBuilds &&
    twinned(ofBuilds, { ...twinOptions, target: undefined }).model;
  const workflow = await workflowIn(model, {
    ...naming,
    written: ofBuilds ?? written,
    ...(builds && { builds }),
  });
  const named = namedAs(workflow.project, exported);
  const all = {
    ...{ ...found, model: written, workflow, plain, notes },
    ...{ exported: named, typed: named },
    surroundings: seeing(named, options.surroundings),
  };
  if (override === undefined || !makes) return all;
  if (options.request.dryRun) return { ...all, override };
  const { env } = options.surroundings;
  const key = await recordKey(workflow.project, found.engine);
  const file = overridePath(stateFolder(env), key);
  const files = [...found.files, file];
  const withFile = { ...named, ...composeFileEnv(files) };
  const surroundings = seeing(withFile, options.surroundings);
  return {
    ...{ ...all, files, override, surroundings },
    exported: withFile,
    writeOverride: async () => {
      await writeOverride(file, override);
      // A wrong mount or name would cost data; a wrong port or label does not.
      if (!renames && fresh.length === 0) return;
      await checkNames(dockerIn(surroundings), workflow, how);
    },
  };
}

/** The properties that every project has, with the answers to the other questions. */
export async function common(search: Search) {
  const { version, identity, exported, options, besides } = search;
  const asked = besides();
  const api = await asked.api;
  const compose = await search.composeAsked();
  return {
    composeVersion: compose && versionIn(compose),
    ...{ version, identity, exported, typed: exported },
    files: identity.files,
    own: isOwn(identity),
    notes: [],
    surroundings: seeing(exported, options.surroundings),
    writeOverride: () => Promise.resolve(),
    ...{ api, engine: api.endpoint },
    source: await asked.source,
    others: [],
  };
}

/** The name of a project that only this checkout uses, on a build agent. */
export function ownNameOf(name: string, { identity, options }: Search) {
  const { directory } = identity;
  return ownName(name, { directory, host: options.world.host() });
}
