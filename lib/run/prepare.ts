/**
 * Finds out everything that a target works with before anything is locked: version, project, workflow, reports, secrets.
 *
 * @module
 */

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
import { find } from "./find.ts";
import type { Found } from "./found.ts";
import type { Reading } from "./manner.ts";
import type { Prepared, PrepareOptions } from "./prepared.ts";

/**
 * Prepares a target.
 *
 * @throws {TodoflowError} when it cannot run here.
 */
export async function prepare(
  reading: Reading,
  options: PrepareOptions,
): Promise<Prepared> {
  const { onAsked = () => {} } = options;
  const found = await find(reading, {
    ...options,
    onAsked: () => {
      // dax is loaded while Compose reads its files.
      preload().catch(() => {});
      onAsked();
    },
  });
  const placed = await withReports(found, { ...options, reading });
  const marked = await reading.mark(found, options);
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
  { request, surroundings, reading }: PrepareOptions & {
    reading: Reading;
  },
): Promise<Found & Pick<Prepared, "reports">> {
  const { workflow, identity, source } = found;
  const [flag] = request.values.get("reports") ?? [];
  const reports = await reportsPlace({
    directory: surroundings.directory,
    flag,
    key: reading.reportsKey(workflow) || undefined,
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
 * Adds the labels of the application's images, which only builds see: labels that `publish` adds would make it a different image
 * from the accepted one. A dry run writes no file, so it shows the project's own files.
 */
async function withLabels(
  found: Found & Pick<Prepared, "reports">,
  { request, surroundings: { env }, world: { readTextFile } }: PrepareOptions,
): Promise<Omit<Prepared, "$" | "redactor" | "marks">> {
  const { version, source, workflow, engine, files } = found;
  const labels = version === undefined || !source || request.dryRun
    ? undefined
    : await releaseLabels(workflow, { source, version, env, readTextFile });
  if (labels === undefined) return { ...found, buildEnv: undefined };
  const key = await recordKey(workflow.project, engine);
  const file = buildOverridePath(stateFolder(env), key);
  return {
    ...found,
    buildEnv: composeFileEnv([...files, file]),
    writeOverride: async () => {
      await found.writeOverride();
      await writeOverride(file, labels);
    },
  };
}
