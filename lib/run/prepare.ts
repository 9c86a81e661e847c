/**
 * Finds out everything that a target works with before anything is locked: version, project, workflow, reports, secrets.
 *
 * @module
 */

import { RUN_MARK, type Surroundings } from "../child.ts";
import { composeFileEnv } from "../compose/environment.ts";
import { releaseLabels } from "../compose/labels.ts";
import { isWithout } from "../compose/secret_sources.ts";
import { preload, shell } from "../engine/shell.ts";
import { observeSource } from "../git/source.ts";
import { madeIn, reportsPlace } from "../reports/place.ts";
import { NOTHING_HIDDEN, type Redactor } from "../secrets/redact.ts";
import { writeOverride } from "../state/file.ts";
import { stateFolder } from "../state/folder.ts";
import { buildOverridePath, recordKey } from "../state/paths.ts";
import { canMark, runFilePath } from "../state/run_file.ts";
import { needs, type PlanTarget } from "../target.ts";
import { find, type Found } from "./find.ts";
import type { Prepared, PrepareOptions } from "./prepared.ts";

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
    shell(marked?.surroundings ?? found.surroundings, found.api),
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
 * Makes Compose put the run's name into the labels of its containers, by a file that is merged last. Undefined if Compose
 * cannot read such a file, or if the project's own files are not on this machine but, for example, in a registry.
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

/** The redactor for the secrets of the project. */
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

/** Adds the folder of reports. Its files do not count as changes of the checkout. */
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
    // A target that only removes writes no reports, so a wrong key must not stop it.
    key: (needs(target, "workflow") && workflow.reports) || undefined,
    composeDirectory: identity.directory,
  });
  // The checkout was observed before the folder was known.
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
 * Adds the labels of the release image, which only builds see: labels that `publish` adds would make it a different image
 * from the accepted one. A dry run writes no file, so it shows the project's own files.
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
