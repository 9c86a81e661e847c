/**
 * The project: its Compose file as Compose resolves it, the services that targets start, its Dockerfiles and images.
 *
 * @module
 */

import { isAbsolute } from "node:path";
import type { Identity } from "../../compose/project.ts";
import { startedNames, withDependencies } from "../../compose/graph.ts";
import type { Shell } from "../../plan/plan.ts";
import type { Service } from "../../compose/service.ts";
import { type Workflow, workflowIn } from "../../compose/workflow.ts";
import { type Model as Resolved, readModel } from "../../compose/model.ts";
import { observe } from "../../compose/resolve.ts";
import { testCommandIn } from "../../compose/test_command.ts";
import type { Docker } from "../../engine/docker.ts";
import type { Written } from "../../compose/written.ts";
import { TodoflowError } from "../../errors/todoflow_error.ts";
import type { Typing } from "../../errors/typing.ts";
import { ask } from "./ask.ts";
import { buildsOf, type ProjectBuild, readBuild } from "./build.ts";
import type { Files } from "./context.ts";
import { failedDrafts } from "./failed.ts";
import { type Draft, failureDraft } from "./finding.ts";
import { type Health, healthOf } from "./health.ts";
import { type Image, inspectImages } from "./image.ts";
import { type Model, modelOf, type ModelService } from "./model.ts";

/** A service that a target starts. */
export interface Part {
  name: string;
  raw: ModelService;
  service: Service;
  /** Of its image, which may be built for another service. */
  build: ProjectBuild | undefined;
  health: Health;
  /** The TCP ports that its image declares, as far as that is known. */
  exposed: readonly number[];
}

/** The image that a service runs or, for a build, the one that it stands on; undefined where that is unknown. */
export function baseOf(
  { raw, build }: Pick<Part, "raw" | "build">,
): string | undefined {
  return build ? build.stage?.base : raw.image;
}

/** The project. */
export interface Project {
  /** The folder of the Compose file, absolute. */
  directory: string;
  model: Model;
  workflow: Workflow;
  parts: readonly Part[];
  /** Names of the services that the application consists of, one-shots included: not the tests. */
  application: ReadonlySet<string>;
  builds: readonly ProjectBuild[];
  /** The project's images and base images that the engine has, by name. */
  images: ReadonlyMap<string, Image>;
  /** The sources of mounts that are folders with files in them. */
  mountedFolders: ReadonlySet<string>;
  written: Written;
  /** The command that tests the app, by the files of its folder. */
  testCommand: readonly string[] | undefined;
  /** The file of tests beside the default Compose file, as an absolute path. */
  testFile?: string | undefined;
}

/** Options of {@linkcode readProject}. */
interface ProjectOptions {
  $: Shell;
  identity: Identity;
  files: Files;
  written: Written;
  /** Whether the engine answers. */
  answers: boolean;
  /** The folder that paths are shown relative to, absolute. */
  caller: string;
  /** The file of tests beside the default Compose file, as an absolute path. */
  testFile?: string | undefined;
  /** Writes the commands in fixes; without it they have no flags. */
  typing?: Typing | undefined;
}

/** Reads the project; where that fails, `project` is absent and `drafts` say why. */
export async function readProject(
  options: ProjectOptions,
): Promise<{ project?: Project; drafts: readonly Draft[] }> {
  const { $, identity: { directory, profiles } } = options;
  const docker: Docker = (...args) => ask($`docker ${args}`);
  try {
    const resolved = await readModel(await observe(docker, { directory }));
    const { workflow, drafts } = await workflowOf(resolved, profiles);
    const model = modelOf(resolved);
    const project = await assemble({ ...options, model, workflow });
    return { project, drafts };
  } catch (error) {
    if (!(error instanceof TodoflowError)) throw error;
    return { drafts: await failedDrafts(error.failure, options) };
  }
}

/** The workflow; without its `x-todoflow`, where that is wrong. */
async function workflowOf(
  model: Resolved,
  profiles: readonly string[],
): Promise<{ workflow: Workflow; drafts: readonly Draft[] }> {
  try {
    return { workflow: await workflowIn(model, { profiles }), drafts: [] };
  } catch (error) {
    if (!(error instanceof TodoflowError)) throw error;
    const { failure } = error;
    if (failure.kind !== "invalid-config") throw error;
    const { path, nearest, problem } = failure;
    const key = path.at(-1);
    const fix = nearest === undefined
      ? undefined
      : problem.startsWith("unknown key")
      ? `${nearest}: …`
      : typeof key === "number"
      ? `- ${nearest}`
      : `${key}: ${nearest}`;
    const draft = failureDraft(failure, { at: path, ...(fix && { fix }) });
    const plain = { ...model, "x-todoflow": {} };
    return { workflow: await workflowIn(plain, { profiles }), drafts: [draft] };
  }
}

async function assemble(
  { $, identity, files, written, answers, model, workflow, testFile }:
    & ProjectOptions
    & {
      model: Model;
      workflow: Workflow;
    },
): Promise<Project> {
  const { directory } = identity;
  const { test, release: { apps, image, acceptance } } = workflow;
  const [app] = apps;
  // Without an app, any service may have a role.
  const closure = (names: Iterable<string>) =>
    app
      ? withDependencies(workflow, names).map(({ name }) => name)
      : workflow.services.keys();
  const application = new Set(closure(startedNames(workflow)));
  const started = new Set(closure([
    ...test.services,
    ...application,
    ...(acceptance === undefined ? [] : [acceptance]),
  ]));
  const builds = await Promise.all(
    buildsOf([...started, ...(image === undefined ? [] : [image])], workflow)
      .map((build) => readBuild(build, files)),
  );
  const builtFor = (name: string) =>
    builds.find(({ services }) => services.includes(name));
  const images = await inspectImages(
    $,
    !answers ? [] : [
      ...builds.flatMap(({ stage }) => stage?.images ?? []),
      ...[...started].flatMap((name) =>
        builtFor(name) ? [] : model.services[name]?.image ?? []
      ),
    ],
  );
  const parts = [...started].map((name) =>
    partOf(name, { model, workflow, images, build: builtFor(name) })
  );
  const folder = builtFor(app?.service ?? "")?.build.context ?? directory;
  const testCommand = isAbsolute(folder)
    ? await testCommandIn(folder, files.readTextFile)
    : undefined;
  return {
    ...{ directory, model, workflow, parts, application, builds, images },
    ...{ written, testCommand, testFile },
    mountedFolders: await mountedFolders(parts, files),
  };
}

/** The sources of mounts that are folders with entries. */
async function mountedFolders(
  parts: readonly Part[],
  { list }: Files,
): Promise<ReadonlySet<string>> {
  const sources = parts.flatMap(({ service }) =>
    service.binds.map(({ source }) => source)
  );
  const found = await Promise.all(
    [...new Set(sources)].map(async (source) => {
      const entries = await list(source).catch(() => []);
      return entries.length > 0 ? source : undefined;
    }),
  );
  return new Set(found.filter((source) => source !== undefined));
}

function partOf(
  name: string,
  { model, workflow, images, build }:
    & Pick<Project, "model" | "workflow" | "images">
    & { build: ProjectBuild | undefined },
): Part {
  const raw = model.services[name]!;
  const base = baseOf({ raw, build });
  const image = base === undefined ? undefined : images.get(base);
  const health = healthOf(raw, {
    name,
    stage: build?.stage,
    dockerfile: build?.dockerfile,
    base,
    image,
  });
  const service = workflow.services.get(name)!;
  const declared = [
    ...(build?.stage?.instructions ?? []).flatMap(({ keyword, words }) =>
      keyword === "EXPOSE" ? words : []
    ),
    ...image?.exposed ?? [],
  ];
  const exposed = declared.flatMap((port) =>
    /^\d+(\/tcp)?$/i.test(port) ? parseInt(port) : []
  );
  return { name, raw, service, build, health, exposed };
}
