/**
 * The project: its Compose file as Compose resolves it, the services that targets start, its Dockerfiles and images.
 *
 * @module
 */

import { isAbsolute, join, relative, resolve } from "node:path";
import type { Identity } from "../../compose/project.ts";
import {
  buildOf,
  startedNames,
  withDependencies,
} from "../../compose/graph.ts";
import type { Shell } from "../../plan/plan.ts";
import type { Build, Service } from "../../compose/service.ts";
import { type Workflow, workflowIn } from "../../compose/workflow.ts";
import { type Model as Resolved, readModel } from "../../compose/model.ts";
import { withPlace } from "../../compose/complaint.ts";
import { pathIn, syntaxError } from "../../compose/complaint_place.ts";
import { observe } from "../../compose/resolve.ts";
import { readDockerfile } from "../../compose/sources.ts";
import { testCommandIn } from "../../compose/test_command.ts";
import type { Docker } from "../../engine/docker.ts";
import type { Written } from "../../compose/written.ts";
import type { Failure } from "../../errors/failure.ts";
import { TodoflowError } from "../../errors/todoflow_error.ts";
import { ask } from "./ask.ts";
import { type Context, type Files, readContext } from "./context.ts";
import { readStage, type Stage } from "../../compose/stage.ts";
import { type Draft, failureDraft, type Path, type Place } from "./finding.ts";
import { type Health, healthOf } from "./health.ts";
import { type Image, inspectImages } from "./image.ts";
import { type Model, modelOf, type ModelService } from "./model.ts";

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
  /** Undefined where it is not on this machine. */
  context: Context | undefined;
}

/** A service that a target starts. */
export interface Part {
  name: string;
  raw: ModelService;
  service: Service;
  /** Of its image, which may be built for another service. */
  build: ProjectBuild | undefined;
  health: Health;
}

/** The project. */
export interface Project {
  model: Model;
  workflow: Workflow;
  parts: readonly Part[];
  /** Names of the services that the application consists of, one-shots included: not the tests. */
  application: ReadonlySet<string>;
  builds: readonly ProjectBuild[];
  /** The project's images and base images that the engine has, by name. */
  images: ReadonlyMap<string, Image>;
  written: Written;
  /** The command that tests the app, by the files of its folder. */
  testCommand: readonly string[] | undefined;
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
}

/** The shortest Compose file that works for every target. */
const EXAMPLE = `services:
  test:
    build: .
    command: [YOUR, TESTS]
    profiles: [test]
  app:
    build: .
    ports:
      - "127.0.0.1::8000"`;

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

/** Why Compose has resolved no model. The examination of the machine reports faults of docker and Compose. */
async function failedDrafts(
  failure: Failure,
  { identity: { directory }, written, caller }: ProjectOptions,
): Promise<Draft[]> {
  if (failure.kind === "no-compose-file") {
    const at = { file: join(directory, "compose.yaml") };
    return [failureDraft(failure, { at, fix: EXAMPLE })];
  }
  if (failure.kind === "invalid-compose-file") {
    const shown = (file: string) => relative(caller, file) || file;
    const { location, ...told } = await withPlace(failure, {
      ...{ ...written, shown },
    });
    const at = location
      ? { ...location, file: resolve(caller, location.file) }
      : await blamed(failure.detail, written);
    return [failureDraft({ ...told, kind: failure.kind }, at && { at })];
  }
  const isToldAlready = ["no-docker", "no-compose", "old-compose"]
    .includes(failure.kind);
  return isToldAlready ? [] : [failureDraft(failure)];
}

/** The place that Compose's message is about, as far as it says so. */
async function blamed(
  detail: string,
  written: Written,
): Promise<Path | Place | undefined> {
  const error = await syntaxError(written);
  if (error) return error;
  const path = pathIn(detail);
  if (path) return path;
  const [file] = written.files;
  return file === undefined ? undefined : { file };
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
  { $, identity: { directory }, files, written, answers, model, workflow }:
    & ProjectOptions
    & {
      model: Model;
      workflow: Workflow;
    },
): Promise<Project> {
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
    ...{ model, workflow, parts, application, builds, images, written },
    testCommand,
  };
}

function partOf(
  name: string,
  { model, workflow, images, build }:
    & Pick<Project, "model" | "workflow" | "images">
    & { build: ProjectBuild | undefined },
): Part {
  const raw = model.services[name]!;
  const base = build ? build.stage?.base : raw.image;
  const health = healthOf(raw, {
    name,
    stage: build?.stage,
    dockerfile: build?.dockerfile,
    base,
    image: base === undefined ? undefined : images.get(base),
  });
  return { name, raw, service: workflow.services.get(name)!, build, health };
}

/** The distinct builds among the services. */
function buildsOf(
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
  return {
    build,
    services,
    dockerfile,
    stage,
    problem: folder && await files.list(folder).catch(() => undefined) ===
        undefined
      ? "no-context"
      : text === undefined
      ? path === undefined ? undefined : "no-dockerfile"
      : stage
      ? undefined
      : "no-stage",
    context: folder === undefined
      ? undefined
      : await readContext(folder, { dockerfile, files }),
  };
}
