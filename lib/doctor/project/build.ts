/**
 * The builds of a project: their Dockerfiles and contexts.
 *
 * @module
 */

import { basename, dirname, isAbsolute, join } from "node:path";
import { buildOf } from "../../compose/graph.ts";
import type { Build } from "../../compose/service.ts";
import { readDockerfile } from "../../compose/sources.ts";
import type { Instruction } from "../../compose/instructions.ts";
import {
  contextSources,
  lastOf,
  readStage,
  type Stage,
} from "../../compose/stage.ts";
import type { Workflow } from "../../compose/workflow.ts";
import { type Context, type Files, readContext } from "./context.ts";
import type { Draft } from "./finding.ts";

/** How an image of the project is built. */
export interface ProjectBuild {
  build: Build;
  /** Names of the services that it is for. */
  services: readonly string[];
  /** Absolute path; undefined where it stands in the Compose file, or is not on this machine. */
  dockerfile: string | undefined;
  /** Undefined where it could not be read. */
  stage: Stage | undefined;
  /** A fault of the Dockerfile as a whole. */
  problem: "no-context" | "no-dockerfile" | "no-stage" | undefined;
  /** Whether what is missing is in a submodule of git. */
  isInSubmodule: boolean;
  /** The only other Dockerfile of the context, where its own is missing. */
  otherDockerfile: string | undefined;
  /** Undefined where it is not on this machine. */
  context: Context | undefined;
  /** The text of the script that is its entrypoint: undefined where there is none, empty where it cannot be read. */
  entryScript: string | undefined;
}

/** Where an instruction of a build's Dockerfile stands. */
export function placeOf(
  { dockerfile, services: [name = ""] }: ProjectBuild,
  { line }: Pick<Instruction, "line">,
): NonNullable<Draft["at"]> {
  return dockerfile === undefined
    ? ["services", name, "build", "dockerfile_inline"]
    : { file: dockerfile, line, column: 1 };
}

/** The distinct builds among the services. */
export function buildsOf(
  names: Iterable<string>,
  workflow: Workflow,
): Pick<ProjectBuild, "build" | "services">[] {
  const found = new Map<string, { build: Build; services: string[] }>();
  for (const name of new Set(names)) {
    const service = workflow.services.get(name);
    const build = service && buildOf(service, workflow);
    if (!build) continue;
    const same = found.get(build.key);
    if (same) same.services.push(name);
    else found.set(build.key, { build, services: [name] });
  }
  return [...found.values()];
}

/** Reads the Dockerfile and the context of a build. A context outside this machine, such as a URL, cannot be read. */
export async function readBuild(
  { build, services }: Pick<ProjectBuild, "build" | "services">,
  files: Files,
): Promise<ProjectBuild> {
  const folder = isAbsolute(build.context) ? build.context : undefined;
  const path = isAbsolute(build.dockerfile)
    ? build.dockerfile
    : folder && join(folder, build.dockerfile);
  const dockerfile = build.inline === undefined ? path : undefined;
  const text = build.inline ??
    (path && await readDockerfile(build, files.readTextFile));
  const stage = text === undefined ? undefined : readStage(text, build);
  const entries = folder && await files.list(folder).catch(() => undefined);
  const problem = folder && !entries
    ? "no-context"
    : text === undefined
    ? path === undefined ? undefined : "no-dockerfile"
    : stage
    ? undefined
    : "no-stage";
  const others = (entries || []).map(({ name }) => name)
    .filter((name) => /^(.+\.)?dockerfile(\..+)?$/i.test(name))
    .filter((name) => !/\.(dockerignore|template|tmpl|j2|in)$/.test(name));
  return {
    ...{ build, services, dockerfile, stage, problem },
    isInSubmodule: folder !== undefined && /^no-(context|dockerfile)$/
      .test(problem ?? "") &&
      await isInSubmodule(folder, files),
    // A name that the file gives means one that is somewhere else.
    otherDockerfile: problem === "no-dockerfile" && others.length === 1 &&
        build.dockerfile === "Dockerfile"
      ? others[0]
      : undefined,
    context: folder === undefined
      ? undefined
      : await readContext(folder, { dockerfile, files }),
    entryScript: stage && await readEntry(stage, { folder, dockerfile, files }),
  };
}

/** Whether a folder is a submodule, or in one: https://git-scm.com/docs/gitmodules */
async function isInSubmodule(folder: string, files: Files): Promise<boolean> {
  for (let top = folder;; top = dirname(top)) {
    const text = await files.readTextFile(join(top, ".gitmodules"))
      .catch(() => "");
    const paths = [...text.matchAll(/^\s*path\s*=\s*(.+?)\s*$/gm)]
      .map(([, path = ""]) => join(top, path));
    if (paths.some((path) => `${folder}/`.startsWith(`${path}/`))) return true;
    if (top === dirname(top)) return false;
  }
}

/** The script that an image starts with, from the context or the folder of its Dockerfile. */
async function readEntry(
  stage: Stage,
  { folder, dockerfile, files }: {
    folder: string | undefined;
    dockerfile: string | undefined;
    files: Files;
  },
): Promise<string | undefined> {
  const start = lastOf(stage, "ENTRYPOINT") ?? lastOf(stage, "CMD");
  const script = start?.words.find((word) =>
    /\.sh$|entrypoint|^\.?\/.*(start|run|init)$/.test(word)
  );
  if (script === undefined) return undefined;
  const name = basename(script.replace(/["',\[\]]/g, ""));
  const copied = contextSources(stage)
    .flatMap((source) =>
      source === undefined ? [] : [source, join(source, name)]
    )
    .filter((source) => basename(source) === name);
  const folders = [folder, dockerfile && dirname(dockerfile)]
    .filter((one) => one !== undefined && one !== "");
  for (const path of [...copied, name]) {
    for (const within of folders) {
      const text = await files.readTextFile(join(within!, path))
        .catch(() => undefined);
      if (text !== undefined) return text;
    }
  }
  return "";
}
