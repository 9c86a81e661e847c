/**
 * Performs a target that has a plan: observes, plans, then prints the plan or runs it.
 *
 * @module
 */

import { relative } from "node:path";
import config from "../deno.json" with { type: "json" };
import { artifacts, NO_ARTIFACTS, rewriteReport } from "./artifacts.ts";
import { checkOrder } from "./config.ts";
import { dockerIn, recordingShell, trackedFiles } from "./engine.ts";
import {
  type Again,
  exitCode,
  explain,
  type Failure,
  TodoflowError,
} from "./errors.ts";
import { commandLine, ownWords } from "./cli.ts";
import type { PlannedStep } from "./events.ts";
import { executor, type ExecutorOptions } from "./executor.ts";
import { composeFiles, locate } from "./locate.ts";
import { journal } from "./journal.ts";
import type { World } from "./main.ts";
import {
  observeBases,
  observeImages,
  observeObjects,
  observeTags,
  ofProject,
  type ProjectObject,
} from "./observe.ts";
import { claimProject, sweep } from "./ownership.ts";
import {
  ordered,
  type Owns,
  type Plan,
  quote,
  type Recorded,
  script,
  type Shell,
  type Step,
  toShell,
} from "./plan.ts";
import {
  checkOwner,
  type Early,
  exportedEnv,
  othersOf,
  type PerformOptions,
  type PlanTarget,
  type Prepared,
} from "./prepare.ts";
import { observePublication, publisher, receiptFolder } from "./publication.ts";
import { RECEIPT, witness } from "./receipt.ts";
import { chooseReporter, type Reporter } from "./reporters/mod.ts";
import { run } from "./runner.ts";
import { type Signals, unlessStopped } from "./signals.ts";
import { observeSource } from "./source.ts";
import type { Claim, Collected } from "./state.ts";
import { ownImages, runs } from "./teardown.ts";
import type { Facts, Workflow } from "./workflow.ts";

/** Options of {@linkcode perform}. */
export interface RunOptions extends PerformOptions {
  prepared: Promise<Prepared>;
  /** Names the run; its children carry it in the surroundings, as `RUN_MARK` of engine.ts. */
  run: string;
  signals: Signals;
}

/**
 * Performs the target, as soon as it is prepared; resolves to the exit code.
 *
 * @throws {TodoflowError} when it cannot start, before anything was changed.
 */
export async function perform(
  target: PlanTarget,
  options: RunOptions,
): Promise<number> {
  try {
    return await performTarget(target, options);
  } catch (error) {
    throw await located(error, options);
  }
}

/** The error; one about the configuration with its place in the Compose files, which are read for that only now. */
async function located(
  error: unknown,
  { request, world, surroundings: { directory, env } }: PerformOptions,
): Promise<unknown> {
  if (!(error instanceof TodoflowError)) return error;
  const { failure } = error;
  if (failure.kind !== "invalid-config") return error;
  const { readTextFile } = world;
  const files = await composeFiles({
    directory,
    env: { ...env, ...exportedEnv(request, undefined) },
    readTextFile,
  });
  const found = await locate(failure.path, { files, readTextFile });
  if (!found) return error;
  const file = relative(world.directory, found.file);
  return new TodoflowError({ ...failure, location: { ...found, file } });
}

async function performTarget(
  target: PlanTarget,
  options: RunOptions,
): Promise<number> {
  const { request, world } = options;
  const prepared = await options.prepared;
  if (request.dryRun) {
    // A dry run does without an engine.
    const observed = await unlessStopped(
      observeEngine(target, prepared, {
        ...options,
        objects: prepared.early?.objects ?? [],
        tags: prepared.early ? tagsOf(prepared, prepared.early) : [],
      }),
      options,
    );
    const { recorded } = await planOf(target, prepared, {
      ...options,
      ...observed,
    });
    world.stdout.write(script(recorded, prepared.exported));
    return 0;
  }
  const claims: Claim[] = [];
  try {
    const observed = await unlessStopped(
      claimAll(target, prepared, { ...options, claims }),
      options,
    );
    return await performClaimed(target, prepared, {
      ...options,
      ...observed,
      claims,
    });
  } finally {
    for (const claim of claims) await claim.release();
  }
}

/**
 * Locks the project, and those that the target removes things of; sweeps, then looks at what is on the engine.
 *
 * @param options `claims` takes each lock as soon as it is there
 */
async function claimAll(
  target: PlanTarget,
  prepared: Prepared,
  options: RunOptions & { claims: Claim[] },
): Promise<Observed> {
  const { world, claims, signals: { stop: signal } } = options;
  const { workflow: { project }, engine, surroundings: { env } } = prepared;
  const take = async (project: string) =>
    claims.push(
      await claimProject({ target: target.name, project, engine, env }),
    );
  await take(project);
  await prepared.writeOverride();
  const output = (line: string) => world.stderr.write(`sweep: ${line}\n`);
  const host = world.host();
  await sweep(claims, { ...prepared, host, output, signal });
  const early = prepared.early && isCurrent(prepared.early, claims)
    ? prepared.early
    : undefined;
  const observed = await observeEngine(target, prepared, {
    ...options,
    objects: early?.objects ??
      observeObjects(dockerIn(prepared.surroundings)),
    tags: tagsOf(prepared, early),
  });
  const { objects } = observed;
  checkOwner(target.name, prepared, objects);
  if (target.removes) {
    for (const other of othersOf(prepared, objects)) await take(other);
  }
  return observed;
}

/** Whether no other run of the claimed projects has begun or ended since an early look: each writes its record. */
function isCurrent({ records }: Early, claims: readonly Claim[]): boolean {
  return claims.every(({ key, record }) =>
    JSON.stringify(record) === JSON.stringify(records.get(key))
  );
}

interface PlanOptions extends PerformOptions, Observed {}

/** What is on the engine before the run, and below the builds. */
interface Observed extends Pick<Facts, "images" | "bases" | "publication"> {
  /** What Compose projects have. */
  objects: readonly ProjectObject[];
  /** The tags of this project's images. */
  tags: readonly string[];
}

/** The tags of the project's images, for which the engine is asked if an early look has no answer. */
async function tagsOf(
  { workflow: { project }, surroundings }: Prepared,
  early: Early | undefined,
): Promise<readonly string[]> {
  return early?.tags?.project === project
    ? early.tags.tags
    : await observeTags(dockerIn(surroundings), project);
}

/** Looks at all at once. */
async function observeEngine(
  { removes, publishes }: PlanTarget,
  prepared: Prepared,
  options: PerformOptions & {
    objects: Observed["objects"] | Promise<Observed["objects"]>;
    tags: Observed["tags"] | Promise<Observed["tags"]>;
  },
): Promise<Observed> {
  const { $, workflow } = prepared;
  const { world } = options;
  const [objects, tags, images, bases] = await Promise.all([
    options.objects,
    options.tags,
    removes ? new Map() : observeImages($, workflow),
    removes ? new Map() : observeBases(workflow, world.readTextFile),
  ]);
  const publication = publishes
    ? await observePublication(prepared, options)
    : undefined;
  return {
    ...{ objects, tags, images, bases },
    ...(publication && { publication }),
  };
}

/** The plan, and its steps with their command lines, in the order in which a person would type them. */
async function planOf(
  target: PlanTarget,
  prepared: Prepared,
  options: PlanOptions,
): Promise<{ planWith: ($: Shell) => Plan; recorded: Recorded[] }> {
  const { workflow, version } = prepared;
  const { objects, tags, images, bases, publication } = options;
  const { flags, args } = options.request;
  const facts = {
    version,
    ...(publication && { publication }),
    ...(prepared.buildEnv && { buildEnv: prepared.buildEnv }),
    images,
    bases,
    // One that was pushed keeps the name of its repository.
    dangling: tags.some((tag) => tag.endsWith(":<none>")),
    others: othersOf(prepared, objects),
    ...ofProject(objects, workflow.project),
  };
  const planWith = ($: Shell) =>
    target.plan({ workflow, facts, flags, args, $ });
  const recording = await recordingShell();
  const recorded = await recording.record(stepsOf(planWith(recording.$)));
  return { planWith, recorded };
}

/** Runs a target in projects that are locked for it, and records what it owns and leaves. */
async function performClaimed(
  target: PlanTarget,
  prepared: Prepared,
  options: RunOptions & PlanOptions & { claims: readonly Claim[] },
): Promise<number> {
  const { world, signals, claims, surroundings: { directory } } = options;
  const { engine, workflow, surroundings, $ } = prepared;
  const { planWith, recorded } = await planOf(target, prepared, options);
  const plan = planWith($);
  const named = namedFor(prepared, world);
  const lines = new Map(
    recorded.map(({ step, argv }) => [step.name, named + toShell(argv)]),
  );
  const folder = `${directory}/reports/${target.name}`;
  const collected = collectedOf(plan);
  const version = prepared.version !== undefined &&
    { version: prepared.version };
  const started = new Date().toISOString();
  const { left } = claims[0]?.record ?? {};
  const common = {
    project: workflow.project,
    directory: prepared.identity.directory,
    engine,
  };
  const files = target.removes
    ? NO_ARTIFACTS
    : await artifacts({ $, surroundings, engine, folder, collected }).catch(
      ({ message: detail }: Error) => {
        throw new TodoflowError({ kind: "no-reports", folder, detail });
      },
    );
  await claims[0]?.write({
    ...common,
    // What owns the whole project is about to remove what was left.
    ...(left && !plan.owns?.whole && { left }),
    run: {
      id: options.run,
      target: target.name,
      ...version,
      pid: world.pid,
      host: world.host(),
      started,
      owns: plan.owns ?? nothingOf(workflow),
      reports: folder,
      collected,
    },
  });
  const reporter = reporterOf(options);
  const oneShots = plan.steps.map(({ does }) => does)
    .filter((does) => does.kind === "oneshot");
  const look = () => observeSource(surroundings);
  const seen = target.accepts && witness({ ...prepared, look });
  const again = againOf(options, plan);
  const publishing = options.publication &&
    publisher(options.publication, { $, again: again.command });
  const told = journal({
    artifacts: files,
    hasPages: !target.removes,
    report: reporter.emit,
    testService: oneShots.find(({ reports }) => reports.length > 0)?.service ??
      workflow.test.service,
    oneShots: oneShots.map(({ service }) => service),
    files: async () =>
      (await trackedFiles(surroundings))
        .map((file) => relative(world.directory, `${directory}/${file}`)),
    ...(seen && { receipt: seen.receipt }),
  });
  told.emit({
    kind: "run-start",
    target: target.name,
    ...common,
    ...version,
    tool: config.version,
    steps: stepsOf(plan).map(planned),
  });
  const failures = await run(plan, {
    executor: executor({
      $,
      artifacts: files,
      endpoint: engine,
      run: options.run,
      believed: believedFrom(plan, options, workflow.project),
      onCollected: told.read,
    }),
    target: target.name,
    shell: ({ name }) => lines.get(name)!,
    reports: relative(world.directory, folder),
    again,
    emit: (event) => {
      seen?.see(event);
      publishing?.see(event);
      told.emit(event);
    },
    stop: signals.stop,
    giveUp: signals.giveUp,
  });
  const isWhole = failures.every(({ kind }) => kind === "clean-up-failed");
  if (publishing && !isWhole) {
    failures.push(await publishing.shortfall(signals.giveUp));
  }
  let code = failures[0] ? exitCode(failures[0]) : 0;
  try {
    await told.end(failures);
    const text = isWhole ? publishing?.receipt() : undefined;
    if (text !== undefined) {
      const { env } = surroundings;
      await rewriteReport(`${receiptFolder(directory)}/${RECEIPT}`, {
        text,
        env,
      });
    }
  } catch (error) {
    const { message: detail } = error as Error;
    const failure: Failure = { kind: "no-reports", folder, detail };
    const { headline } = explain(failure);
    // After the cause of a failure it is only told.
    world.stderr.write(`todoflow: ${headline}: ${detail}\n`);
    code ||= exitCode(failure);
  } finally {
    reporter.close();
  }
  const kinds = new Set(failures.map(({ kind }) => kind));
  // What could not be removed stays on record, for the next run.
  if (kinds.has("clean-up-failed") || kinds.has("engine-lost")) return code;
  const good = failures.length === 0;
  const what = good ? "released" : "kept";
  const leaves = good ? plan.leaves?.success : plan.leaves?.failure;
  // A clean that failed has left what was released, or a part of it.
  const kept = target.removes && !good ? left : claims[0]?.record?.left;
  const url = told.url();
  await claims[0]?.write({
    ...common,
    ...(kept && { left: kept }),
    ...(leaves &&
      { left: { what, ...version, ...(url && { url }), since: started } }),
  });
  for (const { record, write } of claims.slice(1)) {
    if (!record) continue;
    const { left: _, ...rest } = record;
    await write(rest);
  }
  return code;
}

/** The variables that a command of docker needs, when a person types it, to mean the same project and files. */
function namedFor({ exported }: Prepared, { env }: World): string {
  const { COMPOSE_PROJECT_NAME, COMPOSE_FILE, COMPOSE_PATH_SEPARATOR } =
    exported;
  const isList = COMPOSE_FILE?.includes(COMPOSE_PATH_SEPARATOR ?? ":");
  return Object.entries({
    COMPOSE_PROJECT_NAME,
    COMPOSE_FILE,
    ...(isList && { COMPOSE_PATH_SEPARATOR }),
  }).flatMap(([name, value]) =>
    value === undefined || env[name] === value ? [] : `${name}=${quote(value)} `
  ).join("");
}

/** What a plan owns that makes nothing. */
function nothingOf({ project }: Workflow): Owns {
  return {
    project,
    whole: false,
    containers: [],
    networks: [],
    volumes: [],
    images: [],
  };
}

/** What a person would type to do the same again. */
function againOf({ request }: PerformOptions, { leaves }: Plan): Again {
  const { name, flags } = request.target;
  return {
    command: commandLine(ownWords(request), request),
    ...(flags.some(({ name }) => name === "keep") &&
      { keeping: commandLine([name, "--keep"], request) }),
    ...(leaves?.failure &&
      { clean: commandLine(["clean"], { ...request, args: [] }) }),
  };
}

/** A step as it is told. */
function planned({ name, why, after, does, cleanup }: Step): PlannedStep {
  return {
    name,
    why,
    after,
    kind: does.kind,
    ...("service" in does && { service: does.service }),
    ...(cleanup && { cleanup }),
  };
}

/** The reporter that the flags and the surroundings ask for. */
function reporterOf({ request, world }: PerformOptions): Reporter {
  const { flags, color = "auto" } = request;
  return chooseReporter({
    ...world,
    flags: {
      json: flags.has("json"),
      quiet: flags.has("quiet"),
      verbose: flags.has("verbose"),
      color,
    },
    clock: {
      now: () => performance.now(),
      after: (ms, callback) => {
        const timer = setTimeout(callback, ms);
        return () => clearTimeout(timer);
      },
    },
  });
}

/** What should be there of what is owned: before a run what was observed, after it what was planned. */
function believedFrom(
  { steps }: Plan,
  { objects, tags }: Observed,
  project: string,
): ExecutorOptions["believed"] {
  const gates = new Set(
    steps.flatMap(({ does }) => does.kind === "gate" ? does.container : []),
  );
  const before = ({ project }: Owns) => {
    const own = objects.filter((object) => object.project === project);
    const names = (kind: ProjectObject["kind"]) =>
      own.filter((object) => object.kind === kind).map(({ name }) => name);
    return {
      containers: own.filter(({ kind }) => kind === "container")
        .map(({ name, state = "" }) => ({ name, runs: runs(state) })),
      networks: names("network"),
      volumes: names("volume"),
    };
  };
  const after = ({ project, containers, networks, volumes }: Owns) => {
    // One that the file names may be another project's: that is looked up.
    const isOwn = (name: string) => name.startsWith(`${project}_`);
    return {
      containers: containers.map((name) => ({ name, runs: gates.has(name) })),
      networks: networks.filter(isOwn),
      volumes: volumes.filter(isOwn),
    };
  };
  return (owns, { made, keepsImages }) => ({
    ...(made ? after(owns) : before(owns)),
    images: keepsImages ? [] : made ? owns.images : ownImages(tags, owns),
    // The images of its other projects were not looked at.
    seen: !made && owns.project === project,
  });
}

/** The containers of a plan whose logs and reports are collected. */
function collectedOf({ steps }: Plan): Collected[] {
  const all = steps.flatMap(({ does }) =>
    does.kind === "gate"
      ? { container: does.container, service: does.service, reports: [] }
      : does.kind === "oneshot"
      ? does
      : []
  );
  // A container is waited for more than once.
  return [...new Map(all.map((one) => [one.container, one])).values()];
}

/** In the order in which a person would paste them: clean-up last. */
function stepsOf({ steps }: Plan) {
  checkOrder(steps);
  return [
    ...ordered(steps.filter(({ cleanup }) => !cleanup)),
    ...steps.filter(({ cleanup }) => cleanup),
  ];
}
