/**
 * Finds the things that a project with a Compose file lacks. The rules are those of `doctor` and of the roles. Nothing is written into the
 * Compose file: its comments, anchors and includes are the user's, so the lines are printed with their place.
 *
 * @module
 */

import { basename, dirname, relative } from "node:path";
import { missingRole } from "../compose/graph.ts";
import type { Identity } from "../compose/project.ts";
import { observe } from "../compose/resolve.ts";
import { readModel } from "../compose/model.ts";
import { testFilesBeside } from "../compose/test_files.ts";
import { workflowIn } from "../compose/workflow.ts";
import { readWritten } from "../compose/written.ts";
import { ask } from "../doctor/project/ask.ts";
import type { Files } from "../doctor/project/context.ts";
import type { ProjectBuild } from "../doctor/project/build.ts";
import { indented } from "../doctor/project/paste.ts";
import { type Project, readProject } from "../doctor/project/project.ts";
import { entryText, sectionOf } from "../errors/role_wording.ts";
import { TodoflowError } from "../errors/todoflow_error.ts";
import { realPath } from "../world.ts";
import type { Shell } from "../plan/plan.ts";
import { blockAt } from "./block.ts";
import { missingChecks } from "./health.ts";
import { joined, type Missing, NOTHING } from "./missing.ts";
import { type Source, sourceIn, type Tree } from "./source.ts";
import { buildFiles, ignoreOf, recipeFor } from "./start.ts";

/** The surroundings of a project. */
export interface ComposeOptions {
  $: Shell;
  identity: Identity;
  files: Files;
  tree: Tree;
  /** The folder that paths are shown relative to, absolute. */
  caller: string;
  /** The folder that nothing is written outside of, without links. */
  top: string;
}

/** A project, and all that it lacks. */
interface Examined {
  missing: Missing;
  /** The name of the image that a release builds. */
  image: string | undefined;
}

/**
 * Examines the project.
 *
 * @throws {TodoflowError} if Compose cannot read it, or a Dockerfile is missing that init cannot start
 */
export async function examine(options: ComposeOptions): Promise<Examined> {
  const project = await projectOf(options);
  const { release } = project.workflow;
  const parts = [
    await roles(project, options),
    await missingChecks(project, options.caller),
    await builds(project, options),
  ];
  const model = project.model.services[release.image ?? ""];
  return {
    missing: joined(parts),
    image: model?.build ? model.image : undefined,
  };
}

async function projectOf(options: ComposeOptions): Promise<Project> {
  const { $, identity, files, caller } = options;
  const written = await readWritten(identity.files, files.readTextFile);
  const { project, drafts } = await readProject({
    ...{ $, identity, files, written, caller },
    // An engine that does not answer has no image.
    answers: true,
  });
  if (project && drafts.length === 0) return project;
  // The doctor words such a failure as a finding; here it is one.
  const { directory, profiles } = identity;
  const docker = (...args: string[]) => ask($`docker ${args}`);
  const model = await readModel(await observe(docker, { directory }));
  await workflowIn(model, { profiles });
  throw new Error(`the doctor finds: ${drafts[0]?.title}`);
}

/** The lines of `x-todoflow` that no rule can derive. */
async function roles(
  project: Project,
  options: ComposeOptions,
): Promise<Missing> {
  const { workflow, testCommand: command } = project;
  const { test, release } = workflow;
  const { identity, files: { readTextFile } } = options;
  const isBeside = identity.isDefault && await testFilesBeside(identity, {
    readTextFile,
    isValid: () => Promise.resolve(true),
  });
  const missing = [
    ...(test.services.length > 0 || isBeside
      ? []
      : [missingRole("test", workflow, "test")]),
    ...(release.apps.length > 0
      ? []
      : [missingRole("app", workflow, "release")]),
  ];
  const [untold, told] = [false, true].map((isTold) =>
    missing.filter(({ role, candidates }) =>
      isTold ===
        (role === "app" || candidates.length > 0 || command !== undefined)
    )
  );
  const notes = untold!.map(() =>
    "No service runs tests, and no file of the application says how: name a service `test`."
  );
  if (told!.length === 0) return { ...NOTHING, notes };
  const text = told!.map((failure) => {
    const { candidates: [, ...others] } = failure;
    const entries = entryText({ ...failure, ...(command && { command }) });
    const or = others.length > 0 ? `   # or ${others.join(", or ")}` : "";
    return `${sectionOf(failure)}:\n${indented(entries.join("\n"))}${or}`;
  }).join("\n");
  const hasBlock = workflow.block !== undefined;
  const known = told!.map(({ role }) => role).join(" and ");
  return {
    files: [],
    notes,
    blocks: [
      await blockAt(
        {
          at: [hasBlock ? "x-todoflow" : "services"],
          where: hasBlock ? "below" : "above",
          why: `nothing tells which service is ${
            known === "test" ? "the test" : `the ${known}`
          }`,
          lines: (indent) =>
            hasBlock
              ? indented(text, indent)
              : `x-todoflow:\n${indented(text)}`,
        },
        project,
        options.caller,
      ),
    ],
  };
}

/** Dockerfiles and `.dockerignore` files, of contexts inside of the repository. */
async function builds(
  { builds }: Project,
  { tree, top, caller }: ComposeOptions,
): Promise<Missing> {
  const contexts = new Map<string, ProjectBuild[]>();
  for (const one of builds) {
    const { context } = one;
    if (!context || one.problem === "no-context") continue;
    const folder = await realPath(context.folder);
    if (folder !== top && !folder.startsWith(`${top}/`)) continue;
    contexts.set(folder, [...contexts.get(folder) ?? [], one]);
  }
  const found: Missing[] = [];
  for (const [folder, all] of contexts) {
    const source = await sourceIn(folder, tree);
    found.push(await buildOf(source, all, relative(caller, folder) || "."));
  }
  return joined(found);
}

async function buildOf(
  source: Source,
  all: readonly ProjectBuild[],
  shown: string,
): Promise<Missing> {
  const lacking = all.filter(({ problem, dockerfile }) =>
    problem === "no-dockerfile" && dockerfile !== undefined &&
    dirname(dockerfile) === source.folder &&
    basename(dockerfile) === "Dockerfile"
  );
  if (lacking.length > 0) {
    const recipe = await recipeFor(source, shown);
    const stages = ["release", ...(recipe.hasTests ? ["test"] : [])];
    const unknown = lacking.flatMap(({ build: { target } }) => target ?? [])
      .find((target) => !stages.includes(target));
    if (unknown !== undefined) {
      throw new TodoflowError({
        kind: "no-start",
        directory: shown,
        why: `the Compose file builds the stage "${unknown}"`,
        next: `target: ${stages[0]}   # in the Compose file` +
          stages.slice(1).map((name) => `; or ${name}`).join(""),
      });
    }
    return {
      files: buildFiles(recipe, source),
      blocks: [],
      notes: recipe.notes,
    };
  }
  const stages = all.flatMap(({ stage }) => stage ?? []);
  const isIgnored = all.some(({ context }) => context?.ignoreFile);
  return isIgnored || stages.length === 0 ? NOTHING : ignoreOf(source, stages);
}
