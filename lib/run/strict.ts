/**
 * How a run treats the project if its target needs the workflow: the run stops at everything that keeps it from the
 * workflow, marks the containers that it makes, and writes reports.
 *
 * @module
 */

import { RUN_MARK } from "../child.ts";
import { composeFileEnv } from "../compose/environment.ts";
import { isTwin, twinOf, type TwinTarget } from "../plan/twin.ts";
import { TodoflowError } from "../errors/todoflow_error.ts";
import { observeSource } from "../git/source.ts";
import { appVersion } from "../git/version.ts";
import { checkReports, madeIn } from "../reports/place.ts";
import { stateFolder } from "../state/folder.ts";
import type { Left } from "../state/left.ts";
import { canMark, runFilePath } from "../state/run_file.ts";
import { projectOf } from "./find.ts";
import type { Found, Mark, Search } from "./found.ts";
import type { Reading } from "./manner.ts";

/**
 * The strict treatment.
 *
 * @param options.compares whether the run compares the commit with that of a receipt, in a dry run, too
 * @param options.twin the target, if it makes containers
 */
export function strict(
  { compares, twin }: { compares: boolean; twin: TwinTarget | undefined },
): Reading {
  return {
    readsTests: twin === "test",
    isCompared: true,
    version: appVersion,
    source: async ({ request: { dryRun }, surroundings }) => {
      // A dry run builds no image that could get labels.
      if (dryRun && !compares) return undefined;
      const { directory } = surroundings;
      const place = { checkout: directory, shown: "reports" };
      return await observeSource(surroundings, () => madeIn(directory, place));
    },
    find: (search) => findStrictly(search, twin),
    mark: async (found, { request: { dryRun } }) =>
      dryRun ? undefined : await markOf(found),
    reportsKey: ({ reports }) => reports,
    checkReports,
    tellElsewhere: () => Promise.resolve(),
    leftAfterFailure: (_, left) => left,
    goneText,
  };
}

/** @throws {TodoflowError} when Compose cannot read its files, is too old, or would name containers in another way */
async function findStrictly(
  search: Search,
  twin: TwinTarget | undefined,
): Promise<Found> {
  const { identity: { compatibility }, how, compose } = search;
  if (compatibility !== undefined) {
    throw new TodoflowError({
      kind: "unsupported",
      feature: `COMPOSE_COMPATIBILITY "${compatibility}"`,
      advice: "unset COMPOSE_COMPATIBILITY   # and take it out of .env",
    });
  }
  const asking = { ...search, how: { ...how, compose } };
  const found = await projectOf(asking, twin, { makes: twin !== undefined });
  if (twin !== "release") return found;
  // An earlier release may be in the plain project, and this one in its twin, or the other way round.
  const { project, base } = found.workflow;
  const others = [base, twinOf(base, twin)]
    .filter((other) => other !== project)
    .map((project) => ({ project, own: found.own }));
  return { ...found, others };
}

/**
 * Makes Compose put the run's name into the labels of its containers, by a file that is merged last. Undefined if Compose
 * cannot read such a file, or if the project's own files are not on this machine but, for example, in a registry.
 */
async function markOf(
  { files, surroundings, workflow }: Pick<
    Found,
    "files" | "surroundings" | "workflow"
  >,
): Promise<Mark | undefined> {
  const { env } = surroundings;
  const run = env[RUN_MARK];
  // Only todoflow makes something in a twin.
  if (run === undefined || isTwin(workflow.project)) return undefined;
  if (!await canMark(files, env)) return undefined;
  const file = runFilePath(stateFolder(env), run);
  const all = { ...env, ...composeFileEnv([...files, file]) };
  return { file, surroundings: { ...surroundings, env: all } };
}

/** The sentence of a failure about the earlier release that the run has removed. */
function goneText({ left, made }: Left): string {
  const volumes = made.filter(({ kind }) => kind === "volume")
    .map(({ name }) => name);
  const version = left?.version === undefined ? "" : ` ${left.version}`;
  const data = volumes.length === 0
    ? ""
    : `, with its volume${volumes.length > 1 ? "s" : ""} ${volumes.join(", ")}`;
  return `the earlier release${version} is gone${data}`;
}
