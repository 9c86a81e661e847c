/**
 * Performs a target that has a plan: observes, plans, then prints the plan or runs it.
 *
 * @module
 */

import { relative } from "node:path";
import config from "../../deno.json" with { type: "json" };
import { artifacts, NO_ARTIFACTS } from "../artifacts/collect.ts";
import { rewriteReport } from "../artifacts/files.ts";
import { claimProject } from "./claim.ts";
import { type Docker, dockerIn } from "../engine/docker.ts";
import { explain } from "../errors/wording.ts";
import type { PlannedStep } from "../plan/events.ts";
import { executor } from "./docker_executor.ts";
import { trackedFiles } from "../git/git.ts";
import { locate } from "../compose/locate.ts";
import { journal } from "../artifacts/journal.ts";
import { observeBases } from "../compose/bases.ts";
import { exportedEnv } from "../compose/environment.ts";
import { composeFiles } from "../compose/files.ts";
import { notedFaults, ownFault } from "../errors/own_fault.ts";
import { pause, within } from "../pause.ts";
import { engineName } from "../image_name.ts";
import { type Left, leftIn, madeAfter } from "../state/left.ts";
import {
  idsByName,
  observeImages,
  observeObjects,
  type ProjectObject,
} from "../engine/objects.ts";
import { sweep } from "./sweep.ts";
import {
  ordered,
  ownsNothing,
  type Plan,
  type Shell,
  type Step,
} from "../plan/plan.ts";
import { publicationOf } from "./publishing.ts";
import {
  checkReports,
  madeIn,
  noReports,
  targetFolder,
} from "../reports/place.ts";
import { NOTHING_HIDDEN } from "../secrets/redact.ts";
import { RECEIPT } from "../publish/receipt.ts";
import type { FolderOptions } from "../reports/checks.ts";
import { callerOf } from "../reports/folder.ts";
import type { Service } from "../compose/service.ts";
import { dataFolders, inUse, missingIn } from "./shared.ts";
import { chooseReporter, type Reporter } from "../reporters/mod.ts";
import { plainLine } from "../text/plain_line.ts";
import { run as runPlan } from "../plan/runner.ts";
import { type Signals, unlessStopped } from "./signals.ts";
import { observeSource } from "../git/source.ts";
import type { Claim } from "../state/lock.ts";
import { stateFolder } from "../state/folder.ts";
import { type Facts, needs, type PlanTarget } from "../target.ts";
import type { Workflow } from "../compose/workflow.ts";
import { recordingShell } from "../engine/shell.ts";
import { exitCode } from "../errors/exit_code.ts";
import type { Failure } from "../errors/failure.ts";
import { TodoflowError } from "../errors/todoflow_error.ts";
import { checkOrder } from "../plan/cycle.ts";
import { type Recorded, script, toShell } from "../plan/script.ts";
import { publisher } from "../publish/publisher.ts";
import { witness } from "../publish/witness.ts";
import { recordKey } from "../state/paths.ts";
import type { Collected, ProjectRecord } from "../state/record.ts";
import { removeRunFile } from "../state/run_file.ts";
import type { World } from "../world.ts";
import { againOf, namedFor } from "./paste.ts";
import type { Early, PerformOptions, Prepared } from "./prepared.ts";

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
    const { objects = [], records = new Map() } = prepared.early ?? {};
    const observed = await unlessStopped(
      observeEngine(target, prepared, {
        ...options,
        objects,
        recordOf: async (project) =>
          records.get(await recordKey(project, prepared.engine)),
      }),
      options,
    );
    const { recorded } = await planOf(target, prepared, {
      ...options,
      ...observed,
    });
    const steps = recorded.map(({ step }) => step);
    const record = records.get(
      await recordKey(prepared.workflow.project, prepared.engine),
    );
    const reportsOf = reportOptions(target.name, prepared, options.signals);
    const refusals = [
      foreignIn(target, prepared, { ...observed, steps }) ??
        // Without an engine nothing is known to be there.
        (prepared.early &&
          await sharedBy(target, prepared, { ...observed, steps })),
      await refusalOf(foldersOf(target, prepared, { steps, record })),
      !needs(target, "workflow")
        ? undefined
        : await refusalOf(checkReports(reportsOf)),
    ];
    for (const refused of refusals) {
      if (!refused) continue;
      if (refused.failure.kind === "signal") throw refused;
      const { headline, why } = explain(refused.failure);
      const text = refused.failure.kind === "foreign-reports"
        ? `${headline}: ${why}`
        : headline;
      const line = plainLine(text, { color: false });
      world.stderr.write(`todoflow: a run would be refused: ${line}\n`);
    }
    world.stdout.write(
      prepared.redactor.text(
        script(recorded, prepared.exported, prepared.reports.shown),
      ),
    );
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
    for (const claim of claims) {
      // A lock that cannot be freed goes with the process, and how the run has ended matters more.
      const { giveUp: signal } = options.signals;
      await within(claim.release(), { signal, grace: WRITTEN_WITHIN })
        .catch(() => {});
    }
    const { env } = prepared.surroundings;
    await removeRunFile(stateFolder(env), options.run);
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
  const take = async (project: string, directory?: string) => {
    const claim = await claimProject({
      target: target.name,
      ...{ project, engine, env },
      ...(directory !== undefined && { directory }),
    });
    claims.push(claim);
    return claim;
  };
  await take(project, prepared.identity.directory);
  await prepared.writeOverride();
  const output = (line: string) => {
    const text = prepared.redactor.text(line);
    world.stderr.write(`sweep: ${plainLine(text, { color: false })}\n`);
  };
  const host = world.host();
  await sweep(claims, { ...prepared, host, output, signal });
  const early = prepared.early && isCurrent(prepared.early, claims)
    ? prepared.early
    : undefined;
  const observed = await observeEngine(target, prepared, {
    ...options,
    objects: early?.objects ??
      observeObjects(dockerIn(prepared.surroundings)),
    recordOf: async (project) => {
      const key = await recordKey(project, prepared.engine);
      const claimed = claims.find((claim) => claim.key === key);
      if (claimed) return claimed.record;
      // What the target removes there must not be another run's meanwhile.
      const other = await take(project);
      return other.record;
    },
  });
  return observed;
}

/** Where a target's reports go, and what ends the questions about that. */
function reportOptions(
  target: string,
  { reports, identity: { directory }, surroundings: { env } }: Prepared,
  { stop: signal }: Signals,
): FolderOptions {
  return { ...targetFolder(reports, target), directory, env, signal };
}

/**
 * The refusal to run in a project that has something which no run of this checkout has made, or where something else has a
 * name that the plan needs: seen only when it is in the way, it would cost the earlier release.
 */
function foreignIn(
  target: PlanTarget,
  { workflow: { project }, identity: { directory } }: Prepared,
  { own, objects, steps }: Observed & { steps: readonly Step[] },
): TodoflowError | undefined {
  const needed = new Set(
    steps.flatMap(({ does }) =>
      does.kind === "volume"
        ? `volume ${does.name}`
        : "container" in does
        ? `container ${does.container}`
        : []
    ),
  );
  const foreign = [
    ...own.foreign,
    ...objects.filter((object) =>
      object.project !== project && needed.has(`${object.kind} ${object.name}`)
    ),
  ];
  // What is published is an image, whatever else is in the project.
  return foreign.length === 0 || needs(target, "receipt")
    ? undefined
    : new TodoflowError({
      kind: "foreign",
      target: target.name,
      project,
      directory,
      foreign,
    });
}

/** Tells what the checkout has under names that its Compose file had before: clean removes only what has its name. */
function tellElsewhere(
  { early, engine, workflow, others, identity: { directory } }: Prepared,
  { stderr }: World,
): void {
  const names = [workflow.project, ...others.map(({ project }) => project)];
  for (const record of early?.records.values() ?? []) {
    const { project, made = [] } = record;
    const isHere = record.directory === directory && record.engine === engine;
    if (!isHere || made.length === 0 || names.includes(project)) continue;
    const command = toShell(["todoflow", "clean", "-p", project]);
    const line = `"${project}" of this checkout stays: ${command}`;
    stderr.write(`todoflow: ${plainLine(line, { color: false })}\n`);
  }
}

/** The refusal to run beside a container that has what the run needs for itself, or where what it needs is not there. */
async function sharedBy(
  target: PlanTarget,
  { workflow, surroundings }: Prepared,
  { own, objects, steps }: Observed & { steps: readonly Step[] },
): Promise<TodoflowError | undefined> {
  if (needs(target, "receipt")) return undefined;
  const services = servicesOf(steps, workflow);
  // Only what goes before the end makes place; what goes at the end is the run's.
  const removes =
    steps.some(({ does, cleanup }) =>
        does.kind === "remove" && cleanup === undefined
      )
      ? own.made
      : [];
  const servers = servicesOf(steps.filter(isGate), workflow);
  const docker = dockerIn(surroundings);
  const common = { workflow, services, servers, objects, docker };
  const things = await missingIn(common);
  if (things.length > 0) {
    return new TodoflowError({ kind: "missing", target: target.name, things });
  }
  const uses = await inUse({ ...common, removes });
  const { project } = workflow;
  return uses.length === 0
    ? undefined
    : new TodoflowError({ kind: "in-use", target: target.name, project, uses });
}

/**
 * The folders of the host that databases of this checkout's runs have filled, those of this run included.
 *
 * @throws {TodoflowError} when tests would change the data in another one
 */
async function foldersOf(
  target: PlanTarget,
  { workflow, surroundings, identity: { directory }, own }: Prepared,
  { steps, record }: {
    steps: readonly Step[];
    record: ProjectRecord | undefined;
  },
): Promise<readonly string[]> {
  const { folders: known = [] } = record?.directory === directory ? record : {};
  // An agent's checkout, whose records may be lost, is its own.
  if (!needs(target, "images") || own) return known;
  const { empty, foreign } = await dataFolders({
    services: servicesOf(steps, workflow),
    servers: servicesOf(steps.filter(isGate), workflow),
    docker: dockerIn(surroundings),
    known,
    asks: !target.accepts,
  });
  if (foreign.length > 0 && !target.accepts) {
    const folders = foreign.map(({ service, folder }) => ({
      ...{ service, folder },
      move: toShell(["mv", folder, `${folder}.kept`]),
    }));
    throw new TodoflowError({
      kind: "foreign-data",
      target: target.name,
      folders,
    });
  }
  return [...new Set([...known, ...empty])];
}

/** What a question is refused with, undefined where it is not. */
async function refusalOf(
  asked: Promise<unknown>,
): Promise<TodoflowError | undefined> {
  try {
    await asked;
    return undefined;
  } catch (error) {
    if (error instanceof TodoflowError) return error;
    throw error;
  }
}

function isGate({ does }: Step): boolean {
  return does.kind === "gate";
}

/** The services of which steps make a container. */
function servicesOf(steps: readonly Step[], { services }: Workflow): Service[] {
  const names = new Set(
    steps.flatMap(({ does }) => "service" in does ? [does.service] : []),
  );
  return [...services.values()].filter(({ name }) => names.has(name));
}

/** Whether no other run of the claimed projects has begun or ended since an early look: each writes its record. */
function isCurrent({ records }: Early, claims: readonly Claim[]): boolean {
  return claims.every(({ key, record }) =>
    JSON.stringify(record) === JSON.stringify(records.get(key))
  );
}

interface PlanOptions extends PerformOptions, Observed {
  /** Names the run; absent in a dry run. */
  run?: string;
}

/** What is on the engine before the run, and below the builds. */
interface Observed
  extends Pick<Facts, "images" | "local" | "bases" | "publication"> {
  /** All of it but images. */
  objects: readonly ProjectObject[];
  /** In the target's project. */
  own: Left;
  /** In the projects that the checkout has under another name, of which the target removes what was made. */
  others: readonly Left[];
}

/** Looks at all at once. */
async function observeEngine(
  target: PlanTarget,
  prepared: Prepared,
  options: PerformOptions & {
    objects: readonly ProjectObject[] | Promise<readonly ProjectObject[]>;
    /** What is known of a project. */
    recordOf: (project: string) => Promise<ProjectRecord | undefined>;
  },
): Promise<Observed> {
  const { workflow, identity: { directory }, own, surroundings } = prepared;
  const { world, recordOf } = options;
  const docker = dockerIn(surroundings);
  const names = [...workflow.services.values()].flatMap(({ image, build }) =>
    [image, ...build?.tags ?? []].map(engineName)
  );
  const observed = !needs(target, "images")
    ? Promise.resolve<Facts["bases"]>(new Map())
    : observeBases(workflow, world.readTextFile);
  const [objects, images, bases] = await Promise.all([
    options.objects,
    !needs(target, "images") ? [] : observed.then((bases) => {
      const below = [...bases.values()].flatMap((images) => images ?? [])
        .map(engineName);
      return observeImages(docker, [...new Set([...names, ...below])]);
    })
      // A dry run does without an engine.
      .catch((error) => options.request.dryRun ? [] : Promise.reject(error)),
    observed,
  ]);
  const look = async (project: string, own: boolean) =>
    leftIn(project, {
      record: await recordOf(project),
      objects,
      directory,
      own,
    });
  const others: Left[] = [];
  for (
    const { project, own } of needs(target, "workflow") ? [] : prepared.others
  ) {
    const there = objects.some((object) => object.project === project);
    if (there) others.push(await look(project, own));
  }
  const publication = needs(target, "receipt")
    ? await publicationOf(prepared, options)
    : undefined;
  return {
    objects,
    own: await look(workflow.project, own),
    others: others.filter(({ made }) => made.length > 0),
    ...{ images: idsByName(images), bases },
    local: new Set(images.flatMap(({ local, tags }) => local ? tags : [])),
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
  const { own, others, images, local, bases, publication, run } = options;
  const { flags, args } = options.request;
  const isReleased = own.left?.what === "released";
  const facts: Facts = {
    version,
    ...(publication && { publication }),
    ...(prepared.buildEnv && { buildEnv: prepared.buildEnv }),
    ...(run !== undefined && { run }),
    now: Date.now(),
    images,
    bases,
    ...(local && { local }),
    made: own.made,
    existing: own.existing,
    ...(isReleased && { left: own.left! }),
    others,
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
  const { folder } = targetFolder(prepared.reports, target.name);
  const { engine, workflow, surroundings, $ } = prepared;
  const { planWith, recorded } = await planOf(target, prepared, options);
  const plan = planWith($);
  const { steps } = plan;
  const refused = plan.owns && (
    foreignIn(target, prepared, { ...options, steps }) ??
      await unlessStopped(
        sharedBy(target, prepared, { ...options, steps }),
        options,
      )
  );
  if (refused) throw refused;
  if (!needs(target, "workflow")) tellElsewhere(prepared, world);
  const folders = await unlessStopped(
    foldersOf(target, prepared, { steps, record: claims[0]?.record }),
    options,
  );
  const reportsOf = reportOptions(target.name, prepared, signals);
  const checked = !needs(target, "workflow")
    ? undefined
    : await checkReports(reportsOf);
  const named = namedFor(prepared, world);
  const lines = new Map(
    recorded.map(({ step, argv }) => [step.name, named + toShell(argv)]),
  );
  const collected = collectedOf(plan);
  const version = prepared.version !== undefined &&
    { version: prepared.version };
  const started = new Date().toISOString();
  const { own } = options;
  const caller = callerOf(surroundings.env);
  const owns = plan.owns ?? ownsNothing(workflow.project);
  const built = new Set<string>();
  const proof = {
    run: options.run,
    directory: prepared.identity.directory,
    own: prepared.own,
    marks: prepared.marks,
    built,
  };
  const [claim, ...besides] = claims as [Claim, ...Claim[]];
  const common = {
    project: workflow.project,
    directory: prepared.identity.directory,
    engine,
    ...(prepared.own && { own: true }),
  };
  // What is there stays until this run begins to remove it, whether or not it is known what it is.
  let left = own.left ??
    (own.made.some(({ kind }) => kind !== "image")
      ? { what: "kept" as const, since: started }
      : undefined);
  const run = {
    id: options.run,
    target: target.name,
    ...version,
    pid: world.pid,
    host: world.host(),
    started,
    owns,
    reports: checked?.path ?? folder,
    collected,
    ...(caller && { caller }),
    ...(prepared.marks && { marks: true }),
    ...(prepared.redactor !== NOTHING_HIDDEN && { hides: true }),
  };
  const write = async (claim: Claim, content: ProjectRecord) => {
    const written = within(claim.write(content).then(() => true), {
      signal: signals.giveUp,
      grace: WRITTEN_WITHIN,
    });
    const detail = await written.then(
      (isWritten) => isWritten ? undefined : "it does not answer",
      ({ message }: Error) => message,
    );
    if (detail === undefined) return;
    const folder = stateFolder(surroundings.env);
    throw new TodoflowError({ kind: "no-state", folder, detail });
  };
  // Who only publishes leaves another checkout's project, and its record, as they are.
  const others = needs(target, "receipt") &&
      claim.record?.directory !== common.directory
    ? claim.record
    : undefined;
  const record = (): ProjectRecord =>
    others ?? {
      ...common,
      ...(folders.length > 0 && { folders }),
      ...(left && { left }),
      made: own.made,
    };
  // Before anything is removed: an earlier run's reports stay where this one cannot go on.
  await write(claim, { ...record(), run });
  const taken = checked && artifacts({
    ...reportsOf,
    ...{ checked, surroundings, engine, collected },
    redact: prepared.redactor.stream,
  });
  const files = await taken?.catch(async (error) => {
    await write(claim, record()).catch(() => {});
    throw noReports(error, reportsOf);
  }) ?? NO_ARTIFACTS;
  const reporter = reporterOf(options);
  const oneShots = plan.steps.map(({ does }) => does)
    .filter((does) => does.kind === "oneshot");
  const look = (signal: AbortSignal) =>
    observeSource({
      ...surroundings,
      signal: AbortSignal.any([signal, signals.stop]),
    }, () => madeIn(directory, prepared.reports));
  const warn = (line: string) => {
    const text = plainLine(prepared.redactor.text(line), { color: false });
    world.stderr.write(`todoflow: ${text}\n`);
  };
  const { stop } = signals;
  const seen = target.accepts && witness({ ...prepared, look, stop, warn });
  const again = againOf(options, plan);
  const publishing = options.publication &&
    publisher(options.publication, { $, again: again.command });
  const reports = relative(world.directory, folder);
  const faults = notedFaults(reports);
  let isShown = true;
  const told = journal({
    onFault: (error, event) => {
      if (event.kind === "failure") isShown = false;
      faults.note(error);
    },
    giveUp: signals.giveUp,
    artifacts: files,
    hasPages: needs(target, "workflow"),
    report: reporter.emit,
    redactor: prepared.redactor,
    testService: oneShots.find(({ reports }) => reports.length > 0)?.service ??
      workflow.test.service,
    oneShots: oneShots.map(({ service }) => service),
    files: async () =>
      (await trackedFiles({ ...surroundings, signal: signals.stop }))
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
  let gone: string | undefined;
  const failures = await runPlan(plan, {
    executor: executor({
      $,
      artifacts: files,
      endpoint: engine,
      proof,
      onCollected: told.read,
      onRemove: async ({ project, made }) => {
        if (project !== workflow.project || !left) return;
        if (made.every(({ kind }) => kind === "image")) return;
        // Half of it is no release any more: if this run dies, the next one removes the rest.
        if (left.what === "released" && needs(target, "workflow")) {
          gone = goneText(own);
        }
        left = undefined;
        await write(claim, { ...record(), run });
      },
    }),
    target: target.name,
    shell: ({ name }) => lines.get(name)!,
    faults,
    reports,
    again,
    emit: (event) => {
      if (event.kind === "image" && event.id !== "") built.add(event.id);
      seen?.see(event);
      publishing?.see(event);
      told.emit(event);
    },
    stop: signals.stop,
    giveUp: signals.giveUp,
  });
  const isWhole = failures.every(({ kind }) => kind === "clean-up-failed");
  if (publishing && !isWhole) {
    const shortfall = publishing.shortfall(signals.giveUp);
    failures.push(await shortfall.catch((error) => faults.note(error)));
  }
  if (gone !== undefined && failures[0]) {
    failures[0] = { ...failures[0], gone };
  }
  let code = failures[0] ? exitCode(failures[0]) : 0;
  // After the cause of a failure it is only told.
  const tellLost = (failure: Failure) => {
    const { headline, why } = explain(failure);
    const text = why === undefined ? headline : `${headline}: ${why}`;
    const line = plainLine(prepared.redactor.text(text), { color: false });
    world.stderr.write(`todoflow: ${line}\n`);
    code ||= exitCode(failure);
  };
  let isStopTold = false;
  const tellStop = () => {
    if (!isStopTold) tellLost(stop.reason as Failure);
    isStopTold = true;
  };
  try {
    const isTold = await within(told.end(failures).then(() => true), {
      signal: signals.giveUp,
      grace: TOLD_WITHIN,
    });
    if (!isTold) tellStop();
    const text = isWhole ? publishing?.receipt() : undefined;
    if (text !== undefined) {
      // The first signal must not cost the receipt of what was pushed.
      const { giveUp: signal } = signals;
      const at = { ...reportOptions("release", prepared, signals), signal };
      await rewriteReport(RECEIPT, { ...at, text }).catch((error) => {
        const { signal: _, ...where } = at;
        throw noReports(error, where);
      });
    }
  } catch (error) {
    if (signals.giveUp.aborted) tellStop();
    tellLost(lostBy(error, { folder, reports }));
  } finally {
    await (seen || undefined)?.end();
  }
  if (failures.length === 0 && seen && seen.isCut()) tellStop();
  try {
    reporter.close();
  } catch (error) {
    faults.note(error);
  }
  if (!isShown) failures.forEach(tellLost);
  faults.all().filter((fault) => !failures.includes(fault)).forEach(tellLost);
  const kinds = new Set(failures.map(({ kind }) => kind));
  // What fails after the application was accepted does not take it back; what could not be removed is on record with it.
  const good = isWhole &&
    (failures.length === 0 || plan.leaves?.success === true);
  const isStuck = kinds.has("clean-up-failed") || kinds.has("engine-lost");
  // What could not be removed stays on record, for the next run.
  if (isStuck && !good) return code;
  if (others) {
    const { run: _, ...rest } = others;
    await write(claim, rest).catch((error) =>
      tellLost(ownFault(error, { reports }))
    );
    return code;
  }
  const leaves = good ? plan.leaves?.success : plan.leaves?.failure;
  const url = told.url();
  // A release that is still there is what it was, and a clean that has failed has left it, or a part of it.
  left = leaves && (good || !left)
    ? {
      what: good ? "released" : "kept",
      ...version,
      ...(url && { url }),
      since: started,
    }
    : !needs(target, "workflow") && !good
    ? own.left
    : left;
  const isEmpty = !leaves && own.made.length === 0;
  const made = isEmpty ? [] : await madeSoon(
    (docker) => madeAfter(docker, { owns, before: own.made, proof }),
    { surroundings, signal: signals.giveUp, world },
  );
  // An accepted application must not be taken for what a dead run has left: that would be removed.
  if (!made && !good) return code || 4;
  try {
    const there = made ?? own.made;
    await write(claim, {
      ...common,
      ...(folders.length > 0 && { folders }),
      ...(left && there.length > 0 && { left }),
      ...(there.length > 0 && { made: there }),
    });
    // What is another checkout's, or was not removed, stays on record.
    for (const { record, write: to } of good ? besides : []) {
      if (record?.directory !== common.directory) continue;
      const { left: _, made: __, ...rest } = record;
      await to(rest);
    }
  } catch (error) {
    // The next run looks at what this one has made.
    tellLost(ownFault(error, { reports }));
  }
  return made ? code : code || 4;
}

/** How often the engine is asked what a run has left, and milliseconds between two attempts. */
const LOOKS = 10;
const LOOK_AGAIN = 1_000;

/** How long (ms) the engine may take to tell what a run has left where the run was given up. */
const RECORDED_WITHIN = 1_500;

/** What a run has left; what is not written down could not be removed by a later run, so that an engine is asked again. */
async function madeSoon<T>(
  look: (docker: Docker) => Promise<T>,
  { surroundings, signal, world }: Pick<Prepared, "surroundings"> & {
    signal: AbortSignal;
    world: World;
  },
): Promise<T | undefined> {
  for (let i = 1;; i++) {
    // After giving up there is little time, but leftovers off the record would be foreign to the next run.
    const late = new AbortController();
    try {
      return await within(
        look(dockerIn({ ...surroundings, giveUp: late.signal })),
        { signal, grace: RECORDED_WITHIN },
      ) ?? raise("the engine does not answer");
    } catch (error) {
      if (i === LOOKS || signal.aborted) {
        const { message } = error as Error;
        world.stderr.write(
          `todoflow: cannot record what the run has left, which a later run will take for foreign: ${
            plainLine(message, { color: false })
          }\n`,
        );
        return undefined;
      }
    } finally {
      late.abort();
    }
    await pause(LOOK_AGAIN, signal);
  }
}

function raise(message: string): never {
  throw new Error(message);
}

/** What a failure says of the earlier release that was removed before it. */
function goneText({ left, made }: Left): string {
  const volumes = made.filter(({ kind }) => kind === "volume")
    .map(({ name }) => name);
  const version = left?.version === undefined ? "" : ` ${left.version}`;
  const data = volumes.length === 0
    ? ""
    : `, with its volume${volumes.length > 1 ? "s" : ""} ${volumes.join(", ")}`;
  return `the earlier release${version} is gone${data}`;
}

/** How long (ms) a record may take to be written where the run was given up: its file system may hang. */
const WRITTEN_WITHIN = 500;

/** How long (ms) the end of a run may take to be told and written where it was given up. */
const TOLD_WITHIN = 1_500;

/** What keeps reports from being written: mostly the file system. */
function lostBy(
  error: unknown,
  { folder, reports }: { folder: string; reports: string },
): Failure {
  const isFile = error instanceof Error && "code" in error;
  return isFile
    ? { kind: "no-reports", folder, detail: error.message }
    : ownFault(error, { reports });
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
