/**
 * How a run treats the project if its target does not need the workflow: the run works with a broken Compose file, too,
 * and cares for all projects of the checkout, but it writes no reports.
 *
 * @module
 */

import type { Surroundings } from "../child.ts";
import { nameOfFolder } from "../compose/project.ts";
import { readWorkflow } from "../compose/workflow.ts";
import { TodoflowError } from "../errors/todoflow_error.ts";
import { explain } from "../errors/wording.ts";
import { appVersion } from "../git/version.ts";
import { baseOf, checkBase, twinOf, twinsOf } from "../plan/twin.ts";
import { stateFolder } from "../state/folder.ts";
import { readRecords } from "../state/list.ts";
import { common, ownNameOf, projectOf } from "./find.ts";
import type { Found, Search } from "./found.ts";
import { namesByLabel } from "./isolate.ts";
import { look } from "./look.ts";
import type { Reading } from "./manner.ts";
import { notice } from "./notice.ts";
import type { Prepared, RunOptions } from "./prepared.ts";

/** The lenient treatment, such as that of `clean`. */
export const LENIENT: Reading = {
  readsTests: false,
  isCompared: false,
  version: versionIfAny,
  source: () => Promise.resolve(undefined),
  find: findLeniently,
  mark: () => Promise.resolve(undefined),
  // A wrong key must not stop a target that only removes.
  reportsKey: () => undefined,
  checkReports: () => Promise.resolve(undefined),
  tellElsewhere,
  leftAfterFailure: ({ left }) => left,
  goneText: () => undefined,
};

/** The version; undefined without a commit: a target that only removes needs none. */
async function versionIfAny(
  surroundings: Surroundings,
): Promise<string | undefined> {
  try {
    return await appVersion(surroundings);
  } catch (error) {
    const isUsage = error instanceof TodoflowError &&
      error.failure.kind === "illegal-version";
    if (!isUsage) return undefined;
    throw error;
  }
}

/** Finds the project, and its other names. COMPOSE_COMPATIBILITY does not matter: containers are found by their labels. */
async function findLeniently(search: Search): Promise<Found> {
  try {
    const found = await projectOf(search, "release", { makes: false });
    return { ...found, others: await othersOf(found, search) };
  } catch (error) {
    if (!isBroken(error)) throw error;
    return await brokenProject(search, error);
  }
}

/**
 * The other projects of this checkout: the plain one, in which an older todoflow has released, the twins, and those that
 * the checkout has with CI, if it runs without, and without CI, if it runs with it.
 */
async function othersOf(
  { own, plain, workflow: { project, base } }: Found,
  search: Search,
): Promise<Found["others"]> {
  const family = (base: string, own: boolean) =>
    [base, ...twinsOf(base)].map((project) => ({ project, own }));
  const elsewhere = own
    ? family(plain, false)
    : search.identity.name === undefined
    ? family(await ownNameOf(plain, search), true)
    : [];
  return [...family(base, own), ...elsewhere]
    .filter((other) => other.project !== project);
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
  checkBase(identity.plain ?? "");
  notice(
    `${explain(failure).headline}: todoflow finds the project by its labels`,
    options,
  );
  const { env } = options.surroundings;
  const looked = await look(await besides().api, env);
  const names = namesByLabel(identity, looked);
  const [plain = nameOfFolder(identity.directory), ...rest] = new Set(
    names.map(baseOf),
  );
  // The objects in a plain project may be a developer's: only those on record go.
  const twin = twinOf(plain, "release");
  const workflow = await readWorkflow(JSON.stringify({ name: twin }), {
    base: plain,
  });
  // Only the record of such a project says whether todoflow has given it its name.
  const others = [plain, ...rest].flatMap((base) => [base, ...twinsOf(base)])
    .filter((project) => project !== twin)
    .map((project) => ({ project, own: false }));
  return { ...await common(search), workflow, plain, others, own: false };
}

/**
 * Names the earlier projects of the checkout that stay: `clean` removes only the project that the Compose file names
 * now.
 */
async function tellElsewhere(
  { surroundings, engine, workflow, others, identity: { directory } }: Prepared,
  { world, request: { typing } }: Pick<RunOptions, "world" | "request">,
): Promise<void> {
  const names = [workflow.project, ...others.map(({ project }) => project)];
  const records = await readRecords(stateFolder(surroundings.env));
  const elsewhere = new Set<string>();
  for (const record of records.values()) {
    const { project, made = [] } = record;
    const isHere = record.directory === directory && record.engine === engine;
    if (!isHere || made.length === 0 || names.includes(project)) continue;
    elsewhere.add(baseOf(project));
  }
  for (const project of elsewhere) {
    const command = typing.target(["clean"], { project });
    notice(`"${project}" of this checkout stays: ${command}`, { world });
  }
}
