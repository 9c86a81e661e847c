/**
 * Finds out what a target works with, before anything is locked: the version, the project, the workflow.
 *
 * @module
 */

import { RUN_MARK, type Surroundings } from "../child.ts";
import { composeFileEnv, exportedEnv } from "../compose/environment.ts";
import { releaseLabels } from "../compose/labels.ts";
import { type Docker, dockerIn } from "../engine/docker.ts";
import { explain } from "../errors/wording.ts";
import { observeEndpoint, observeObjects } from "../engine/objects.ts";
import { settled } from "../pause.ts";
import {
  identify,
  type Identity,
  nameOfFolder,
  ownName,
} from "../compose/project.ts";
import {
  composeVersion,
  observe,
  type ObserveOptions,
} from "../compose/resolve.ts";
import { readRecords } from "../state/list.ts";
import { lazy, NOTHING_HIDDEN, type Redactor } from "../secrets/redact.ts";
import { plainLine } from "../text/plain_line.ts";
import { madeIn, reportsPlace } from "../reports/place.ts";
import { isWithout } from "../compose/secret_sources.ts";
import { observeSource, type Source } from "../git/source.ts";
import { writeOverride } from "../state/file.ts";
import { stateFolder } from "../state/folder.ts";
import { needs, type PlanTarget } from "../target.ts";
import { readWorkflow, type Workflow } from "../compose/workflow.ts";
import { preload, shell } from "../engine/shell.ts";
import { TodoflowError } from "../errors/todoflow_error.ts";
import { appVersion } from "../git/version.ts";
import { buildOverridePath, overridePath, recordKey } from "../state/paths.ts";
import { canMark, runFilePath } from "../state/run_file.ts";
import type { Early, Prepared, PrepareOptions } from "./prepared.ts";

/**
 * Prepares a target.
 *
 * @throws {TodoflowError} when it cannot run here.
 */
export async function prepare(
  target: PlanTarget,
  options: PrepareOptions,
): Promise<Prepared> {
  const { onAsked = () => {} } = options;
  const found = await find(target, {
    ...options,
    onAsked: () => {
      // dax is loaded while Compose reads its files.
      preload().catch(() => {});
      onAsked();
    },
  });
  const placed = await withReports(found, { ...options, target });
  const marked = !needs(target, "workflow") || options.request.dryRun
    ? undefined
    : await markOf(found);
  const [labeled, redactor, $] = await Promise.all([
    withLabels(placed, options),
    redactorFor(found, options),
    shell(marked?.surroundings ?? found.surroundings),
  ]);
  if (options.hidden) options.hidden.redactor = redactor;
  const { writeOverride: write, ...rest } = labeled;
  return {
    ...rest,
    redactor,
    $,
    marks: marked !== undefined,
    writeOverride: async () => {
      await write();
      if (marked) await writeOverride(marked.file, "services: {}\n");
    },
  };
}

/**
 * What lets Compose put the run's name into the labels of the containers that it makes. Undefined where Compose may not read
 * the file, or its own files are none of this machine, such as those of a registry.
 */
async function markOf(
  { files, surroundings }: Pick<Found, "files" | "surroundings">,
): Promise<{ file: string; surroundings: Surroundings } | undefined> {
  const { env } = surroundings;
  const run = env[RUN_MARK];
  if (run === undefined || !await canMark(files, env)) return undefined;
  const file = runFilePath(stateFolder(env), run);
  const all = { ...env, ...composeFileEnv([...files, file]) };
  return { file, surroundings: { ...surroundings, env: all } };
}

/** The redactor for what the project keeps secret. */
async function redactorFor(
  { workflow: { secrets }, surroundings }: Pick<
    Found,
    "workflow" | "surroundings"
  >,
  { world: { readTextFile } }: PrepareOptions,
): Promise<Redactor> {
  if (isWithout(secrets)) return NOTHING_HIDDEN;
  const { redactorIn } = await import("../secrets/collect.ts");
  return await redactorIn({ ...surroundings, readTextFile }, [secrets]);
}

/** Looks at the records, then at the engine. */
async function look(
  docker: Docker,
  env: Surroundings["env"],
): Promise<Early> {
  const records = await readRecords(stateFolder(env));
  return { records, objects: await observeObjects(docker) };
}

type FindOptions =
  & PrepareOptions
  & Required<Pick<PrepareOptions, "onAsked">>;

type Found =
  & Omit<
    Prepared,
    "$" | "redactor" | "marks" | "buildEnv" | "reports"
  >
  & {
    /** All Compose files, as absolute paths. */
    files: readonly string[];
  };

/** With the folder of reports, whose files do not count as changes of the checkout. */
async function withReports(
  found: Found,
  { request, surroundings, target }: PrepareOptions & {
    target: PlanTarget;
  },
): Promise<Found & Pick<Prepared, "reports">> {
  const { workflow, identity, source } = found;
  const [flag] = request.values.get("reports") ?? [];
  const reports = await reportsPlace({
    directory: surroundings.directory,
    flag,
    // What only removes writes none, and must not be kept from it by a wrong key.
    key: (needs(target, "workflow") && workflow.reports) || undefined,
    composeDirectory: identity.directory,
  });
  // The commit was looked at before the folder was known.
  const isDefault = reports.shown === "reports";
  return {
    ...found,
    reports,
    source: isDefault || !source ? source : await observeSource(
      surroundings,
      () => madeIn(surroundings.directory, reports),
    ),
  };
}

/**
 * With the labels of the release image, which builds alone get to see: an image that is labeled when it is published
 * would not be the one that was accepted. A dry run writes nothing, so that it shows the project's own files.
 */
async function withLabels(
  { files, ...found }: Found & Pick<Prepared, "reports">,
  { request, surroundings: { env } }: PrepareOptions,
): Promise<Omit<Prepared, "$" | "redactor" | "marks">> {
  const { version, source, workflow, engine, writeOverride: write } = found;
  const labels = version === undefined || !source || request.dryRun
    ? undefined
    : releaseLabels(workflow, { source, version, env });
  if (labels === undefined) return { ...found, buildEnv: undefined };
  const key = await recordKey(workflow.project, engine);
  const file = buildOverridePath(stateFolder(env), key);
  return {
    ...found,
    buildEnv: composeFileEnv([...files, file]),
    writeOverride: async () => {
      await write();
      await writeOverride(file, labels);
    },
  };
}

/** What does not depend on the project, and is asked while Compose reads its files. */
interface Asked {
  engine: Promise<string>;
  early: Promise<Early | undefined>;
  source: Promise<Source | undefined>;
}

async function find(
  target: PlanTarget,
  options: FindOptions,
): Promise<Found> {
  const underWay: Promise<unknown>[] = [];
  try {
    return await findProject(target, { ...options, underWay });
  } catch (error) {
    await settled(Promise.allSettled(underWay));
    throw error;
  }
}

/** @param options `underWay` takes what may still be asked when it fails */
async function findProject(
  target: PlanTarget,
  options: FindOptions & { underWay: Promise<unknown>[] },
): Promise<Found> {
  const { request, world, surroundings, onAsked, underWay } = options;
  const needsWorkflow = needs(target, "workflow");
  const { directory, env } = surroundings;
  const [version, identity] = await Promise.all([
    versionFor(target, surroundings),
    identify({
      directory,
      env: { ...env, ...exportedEnv(request, undefined) },
      readTextFile: world.readTextFile,
    }),
  ]);
  // What was made with it is cleaned up all the same: by its labels.
  if (identity.compatibility !== undefined && needsWorkflow) {
    throw new TodoflowError({
      kind: "unsupported",
      feature: `COMPOSE_COMPATIBILITY "${identity.compatibility}"`,
      advice: "unset COMPOSE_COMPATIBILITY   # and take it out of .env",
    });
  }
  const exported = exportedEnv(request, version);
  const within = (exported: Readonly<Record<string, string>>) => ({
    exported,
    surroundings: { ...surroundings, env: { ...env, ...exported } },
  });
  const asTold = within(exported);
  const docker = dockerIn(asTold.surroundings);
  const common = {
    version,
    identity,
    files: identity.files,
    own: identity.ci && identity.name === undefined,
    writeOverride: () => Promise.resolve(),
  };
  const compose = () => {
    const version = composeVersion(docker);
    underWay.push(version);
    return version;
  };
  const besides = lazy((): Asked => {
    const all = {
      engine: observeEndpoint(docker),
      // What is wrong is told where it is asked again: what is wrong with the Compose file comes first.
      early: look(docker, env).catch(() => undefined),
      // A dry run builds nothing that could be labeled.
      source: !needsWorkflow || (request.dryRun && !needs(target, "receipt"))
        ? Promise.resolve(undefined)
        : observeSource(
          surroundings,
          () => madeIn(directory, { checkout: directory, shown: "reports" }),
        ),
    };
    // One that fails before it is waited for is told then.
    for (const asked of Object.values(all)) asked.catch(() => {});
    underWay.push(...Object.values(all));
    return all;
  });
  const seen = async () => {
    const { engine, early, source } = besides();
    return { engine: await engine, early: await early, source: await source };
  };
  try {
    const own = (name: string) =>
      ownName(name, { directory: identity.directory, host: world.host() });
    const options = {
      directory,
      profiles: identity.profiles,
      ...(needsWorkflow && { compose }),
    };
    if (identity.name !== undefined || !identity.ci) {
      const asked = workflowOf(docker, options);
      besides();
      onAsked();
      const workflow = await asked;
      const others = identity.name === undefined
        ? [{ project: await own(workflow.project), own: true }]
        : [];
      const plain = workflow.project;
      const found = { workflow, plain, others, ...await seen() };
      return { ...common, ...asTold, ...found };
    }
    // Only Compose knows the plain name, so it is asked twice.
    const asked = observe(docker, { directory });
    besides();
    onAsked();
    const name = nameOf(await asked);
    const project = await own(name);
    const named = { ...exported, COMPOSE_PROJECT_NAME: project };
    const ours = within(named);
    const oursIn = dockerIn(ours.surroundings);
    // A dry run writes nothing, so that it shows the names of the file.
    const { workflow, override } = request.dryRun
      ? { workflow: await workflowOf(oursIn, options), override: undefined }
      : await isolatedWorkflow(oursIn, options);
    const found = {
      ...common,
      workflow,
      plain: name,
      others: [{ project: name, own: false }],
      ...await seen(),
    };
    if (override === undefined) return { ...ours, ...found };
    const key = await recordKey(project, found.engine);
    const file = overridePath(stateFolder(env), key);
    const files = [...identity.files, file];
    return {
      ...within({ ...named, ...composeFileEnv(files) }),
      ...found,
      files,
      writeOverride: () => writeOverride(file, override),
    };
  } catch (error) {
    if (needsWorkflow || !isBroken(error)) throw error;
    const { headline } = explain(error.failure);
    const why = plainLine(headline, { color: false });
    world.stderr.write(`todoflow: ${why}: going by labels\n`);
    const looked = await besides().early ??
      await look(docker, env);
    const names = namesByLabel(identity, looked);
    const [project = nameOfFolder(identity.directory), ...rest] = names;
    const workflow = await readWorkflow(JSON.stringify({ name: project }));
    // Only its record tells whether such a name is todoflow's own.
    const others = rest.map((project) => ({ project, own: false }));
    const found = { workflow, plain: project, others, ...await seen() };
    return { ...common, ...asTold, ...found, own: false };
  }
}

/** Whether nothing but the Compose file is wrong. */
function isBroken(error: unknown): error is TodoflowError {
  return error instanceof TodoflowError &&
    ["invalid-compose-file", "invalid-config"].includes(error.failure.kind);
}

async function workflowOf(
  docker: Docker,
  options: WorkflowOptions,
): Promise<Workflow> {
  return await readWorkflow(await observe(docker, options), options);
}

interface WorkflowOptions extends ObserveOptions {
  profiles: readonly string[];
}

/**
 * The workflow with names of the project's own for the images that are built: by the names of the file, two checkouts
 * would take each other's. With it, what tells Compose so; undefined where the file names none.
 */
async function isolatedWorkflow(
  docker: Docker,
  options: WorkflowOptions,
): Promise<{ workflow: Workflow; override: string | undefined }> {
  const model = await observe(docker, options);
  const workflow = await readWorkflow(model, { ...options, isolated: true });
  const { services } = await readWorkflow(model, options);
  const renamed = [...workflow.services.values()].flatMap(({ name, image }) => {
    const { image: inFile, build } = services.get(name)!;
    const hasTags = build !== undefined && build.tags.length > 0;
    return inFile === image && !hasTags ? [] : [
      `  ${JSON.stringify(name)}:`,
      `    image: ${JSON.stringify(image)}`,
      // A list is merged; what takes it away is no JSON.
      ...(hasTags ? ["    build: { tags: !reset null }"] : []),
    ];
  });
  return {
    workflow,
    override: renamed.length === 0
      ? undefined
      : ["services:", ...renamed, ""].join("\n"),
  };
}

/** The project's name in what `docker compose config` prints. */
function nameOf(model: string): string {
  return /^name: "?([^"\n]*)"?$/m.exec(model)?.[1] ?? "";
}

/** The projects of a checkout whose Compose file cannot be read: those that were recorded, or made, from its folder. */
function namesByLabel(
  { name, directory }: Identity,
  { objects, records }: Early,
): string[] {
  if (name !== undefined) return [name];
  const found = [
    ...records.values(),
    ...objects as readonly { project: string; directory?: string }[],
  ].filter((one) => one.project !== "" && one.directory === directory);
  return [...new Set(found.map(({ project }) => project))];
}

/** The version; what was released can be cleaned up where there is no commit, too. */
async function versionFor(
  target: PlanTarget,
  surroundings: Surroundings,
) {
  try {
    return await appVersion(surroundings);
  } catch (error) {
    const isUsage = error instanceof TodoflowError &&
      error.failure.kind === "illegal-version";
    // What is removed has no need of one.
    if (!needs(target, "workflow") && !isUsage) return undefined;
    throw error;
  }
}
