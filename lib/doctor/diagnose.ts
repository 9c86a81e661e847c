/**
 * `todoflow doctor`: finds faults of machine and project that break the workflow or make it slow or unsafe.
 *
 * @module
 */

import { join, relative, resolve } from "node:path";
import { composePlace, type Lookup } from "../compose/files.ts";
import type { Surroundings } from "../child.ts";
import { currentEngine } from "../engine/current.ts";
import { observeObjects, type ProjectObject } from "../engine/objects.ts";
import type { Shell } from "../plan/plan.ts";
import { twinsOf } from "../plan/twin.ts";
import {
  identify,
  type Identity,
  nameOfFolder,
  ownName,
} from "../compose/project.ts";
import { testFilesBeside } from "../compose/test_files.ts";
import { listRecords, unreadableRecords } from "../state/list.ts";
import { secretSources } from "../compose/secret_sources.ts";
import { readWritten } from "../compose/written.ts";
import type { Failure } from "../errors/failure.ts";
import type { Typing } from "../errors/typing.ts";
import { TodoflowError } from "../errors/todoflow_error.ts";
import { redactorIn } from "../secrets/collect.ts";
import { recordKey } from "../state/paths.ts";
import { buildChecks } from "./checks/builds.ts";
import type { Surrounding } from "./project/check.ts";
import { CHECKS } from "./checks/mod.ts";
import type { Files } from "./project/context.ts";
import {
  type Diagnosis,
  distinct,
  type Draft,
  type Examined,
  failureDraft,
  type Finding,
} from "./project/finding.ts";
import { grouped } from "./project/group.ts";
import { examineMachine } from "./machine.ts";
import { placed } from "./project/place.ts";
import { readBuild } from "./project/build.ts";
import { type Project, readProject } from "./project/project.ts";
import { roleFacts } from "./project/roles.ts";
import { examineRuns } from "./runs.ts";

/** Options of {@linkcode diagnose}. */
export interface DoctorInput {
  /** The `$` that a target would run with. */
  $: Shell;
  /** Where a target would run, absolute. */
  directory: string;
  /** The folder that paths are shown relative to, absolute. */
  caller: string;
  /** The environment that a target would run in, with what `-f` and `-p` set. */
  env: Readonly<Record<string, string>>;
  /** Name of this machine. */
  host: string;
  /** The version of the application, or why there is none. */
  version: { version: string } | { failure: Failure };
  /** The folder of the records of runs. */
  state: string;
  files: Files;
  /** Writes the commands in fixes; without it they have no flags. */
  typing?: Typing;
}

/** Examines machine and project. A fault in one part is a finding, and the other parts are examined all the same. */
export async function diagnose(input: DoctorInput): Promise<Diagnosis> {
  const seen = await look(input);
  const { read, runs, written } = seen;
  const parts = [
    seen.machine,
    examineVersion(input.version),
    examineFiles(seen.identity.files, input.caller),
    await examineProject(seen, input),
    { facts: rolesIn(seen, input), drafts: seen.tests.drafts },
  ];
  const drafts = [
    ...runs.drafts,
    ...parts.flatMap(({ drafts }) => drafts),
    ...read.drafts,
    ...await checkProject(seen, input),
  ];
  const findings = await Promise.all(
    distinct(drafts).map((draft) => placed(draft, written, input.caller)),
  );
  const { text } = await redactorIn(
    lookupOf(input),
    [...written.documents, read.project?.model].map(secretSources),
  );
  return {
    facts: parts.flatMap(({ facts }) => facts)
      .map((fact) => ({ ...fact, value: text(fact.value) })),
    findings: grouped(findings).map((finding) => hidden(finding, text)),
  };
}

/** The finding without the values of secrets. */
function hidden(finding: Finding, text: (text: string) => string): Finding {
  const { places } = finding;
  return {
    ...finding,
    title: text(finding.title),
    why: text(finding.why),
    fix: text(finding.fix),
    ...(places && {
      places: places.map((one) => ({
        ...one,
        title: text(one.title),
        fix: text(one.fix),
      })),
    }),
  };
}

/** Everything that the examination looks at. */
type Seen = Awaited<ReturnType<typeof look>>;

function lookupOf({ directory, env, files }: DoctorInput): Lookup {
  return { directory, env, readTextFile: files.readTextFile };
}

async function look(input: DoctorInput) {
  const { $, directory, env, host, files } = input;
  const [identity, place, machine, runs] = await Promise.all([
    identify(lookupOf(input)),
    composePlace(lookupOf(input)),
    examineMachine({ $, host, free: files.free }),
    readRuns(input.state),
  ]);
  const { answers } = machine;
  const written = await readWritten(identity.files, files.readTextFile);
  const tests = await testFileOf(identity, files);
  const [read, objects] = await Promise.all([
    readProject({
      ...{ $, identity, files, written, answers, caller: input.caller },
      ...{ testFile: tests.file, typing: input.typing },
    }),
    answers ? objectsOf({ directory, env }) : [],
  ]);
  const seen = { identity, machine, runs, written, tests, read, objects };
  return { ...seen, env: place.env };
}

/** The file of tests beside the default Compose file; several of them are a finding. */
async function testFileOf(
  { directory, files, isDefault }: Identity,
  { readTextFile }: Files,
): Promise<{ file: string | undefined; drafts: readonly Draft[] }> {
  if (!isDefault) return { file: undefined, drafts: [] };
  try {
    const found = await testFilesBeside({ directory, files }, {
      readTextFile,
      // It is only named here.
      isValid: () => Promise.resolve(true),
    });
    return { file: found?.file, drafts: [] };
  } catch (error) {
    if (!(error instanceof TodoflowError)) throw error;
    const { failure } = error;
    const [file] = failure.kind === "many-test-files" ? failure.files : [];
    const at = file === undefined ? {} : { at: { file } };
    return { file, drafts: [failureDraft(failure, at)] };
  }
}

/** The roles of services, if Compose resolves its files. */
function rolesIn({ read: { project } }: Seen, { caller }: DoctorInput) {
  return project ? roleFacts(project, caller) : [];
}

/** The objects on the engine; none if it does not answer. */
async function objectsOf(surroundings: Surroundings): Promise<
  readonly ProjectObject[]
> {
  const engine = currentEngine(surroundings);
  try {
    return await observeObjects(await engine.api());
  } catch {
    return [];
  } finally {
    await engine.close();
  }
}

/** The project's name, and the runs of it that are on record. */
async function examineProject(
  { identity, machine, runs, read, objects }: Seen,
  { host, typing }: DoctorInput,
): Promise<Examined> {
  const { directory } = identity;
  const plain = read.project?.model.name || identity.name ||
    nameOfFolder(directory);
  const isOwn = identity.ci && identity.name === undefined;
  const project = isOwn ? await ownName(plain, { directory, host }) : plain;
  const { endpoint } = machine;
  return examineRuns({
    ...runs,
    keys: await Promise.all(
      [project, ...twinsOf(project)].map((one) => recordKey(one, endpoint)),
    ),
    ...{ project, endpoint, objects, directory, isOwn, typing },
    isPlain: read.project?.workflow.release.isPlain ?? false,
  });
}

/** Runs all checks; only those of builds for a project that Compose cannot resolve. */
async function checkProject(
  { identity: { directory }, env, machine, read: { project } }: Seen,
  { files, directory: caller }: DoctorInput,
): Promise<readonly Draft[]> {
  const named = project?.workflow.reports;
  const surrounding = {
    ...machine,
    compose: machine.compose ?? "",
    reports: named ? resolve(directory, named) : join(caller, "reports"),
    env,
  };
  return project
    ? CHECKS.flatMap((check) => check(project, surrounding))
    : await withoutModel(directory, { surrounding, files });
}

/** The records of runs; an unsafe folder of records is a finding. */
async function readRuns(folder: string) {
  try {
    const [records, unreadable] = await Promise.all([
      listRecords(folder),
      unreadableRecords(folder),
    ]);
    return { records, unreadable, drafts: [] };
  } catch (error) {
    if (!(error instanceof TodoflowError)) throw error;
    const drafts = [failureDraft(error.failure)];
    return { records: [], unreadable: [], drafts };
  }
}

function examineVersion(version: DoctorInput["version"]): Examined {
  const fact = (value: string, ok: boolean) => ({ name: "version", value, ok });
  if ("version" in version) {
    return { facts: [fact(version.version, true)], drafts: [] };
  }
  const { failure } = version;
  const fix = failure.kind === "illegal-version"
    ? "unset APP_VERSION"
    : failure.kind === "no-git"
    ? "export APP_VERSION=1.0   # or install git"
    : "git init && git commit --allow-empty --message first";
  return {
    facts: [fact("none", false)],
    drafts: [failureDraft(failure, { fix })],
  };
}

function examineFiles(files: readonly string[], caller: string): Examined {
  const names = files.map((file) => relative(caller, file) || file);
  const value = names.join(", ") || "no Compose file";
  return {
    facts: [{ name: "files", value, ok: names.length > 0 }],
    drafts: [],
  };
}

/** Checks the Dockerfile next to a Compose file whose builds Compose cannot name. */
async function withoutModel(
  directory: string,
  { surrounding, files }: { surrounding: Surrounding; files: Files },
): Promise<Draft[]> {
  const build = await readBuild({
    services: [],
    build: {
      key: "",
      context: directory,
      dockerfile: "Dockerfile",
      inline: undefined,
      target: undefined,
      args: {},
      labels: {},
      contexts: {},
      tags: [],
    },
  }, files);
  if (!build.stage) return [];
  const project = {
    parts: [],
    application: new Set<string>(),
    builds: [build],
    images: new Map(),
  } as Pick<Project, "parts" | "application" | "builds" | "images">;
  return buildChecks.flatMap((check) => check(project as Project, surrounding));
}
