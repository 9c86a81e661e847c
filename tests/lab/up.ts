/**
 * Makes the machine able to run the e2e tests: looks, says what it will change, changes only that.
 *
 * @module
 */
import { type Engine, observeEngine, startEngine } from "./engine.ts";
import { dueImages, IMAGES, provide } from "./images.ts";
import { type Machine, observeMachine, refusal } from "./machine.ts";
import { choosePort, mirrorRuns, reachesHub, startMirror } from "./mirror.ts";
import { aptNames, install, missingPackages } from "./packages.ts";
import { isAlive } from "./processes.ts";
import { say, step } from "./report.ts";
import { HOME, type LabState, lockLab, LOGS, readState } from "./state.ts";
import { atLeast, OLDEST_COMPOSE } from "./versions.ts";

/** A change to the machine. */
interface Change {
  /** Says it, as an order. */
  title: string;
  /** Does it. */
  make: () => Promise<void>;
}

/**
 * Leaves a machine with a working engine alone; makes or repairs the lab on any other.
 *
 * @throws {import("./report.ts").LabError} when that cannot be
 */
export async function up(): Promise<void> {
  const engine = await observeEngine();
  if (
    engine.server !== undefined && !isAlive(readState().processes["dockerd"])
  ) {
    return leaveAlone(engine);
  }
  if (engine.server !== undefined && Deno.uid() !== 0) {
    return say(summary(engine, readState()));
  }
  const machine = observeMachine();
  using _lock = await lockLab();
  const state = readState();
  const changes = await changesFor(machine, state);
  if (changes.length > 0) {
    say(`On this Debian ${machine.codename} machine the lab will`);
    for (const { title } of changes) say(`  ${title}`);
    say(`Its files are in ${HOME} and ${LOGS}`);
  }
  for (const { title, make } of changes) await step(title, make);
  say(summary(await observeEngine(), state));
}

function leaveAlone({ server, compose, buildx }: Engine): void {
  const missing = [
    ...compose && atLeast(compose, OLDEST_COMPOSE)
      ? []
      : [`Docker Compose ${OLDEST_COMPOSE}`],
    ...buildx ? [] : ["buildx"],
  ];
  if (missing.length > 0) {
    throw refusal(
      `Docker Engine ${server} answers, but without ${missing.join(" and ")}`,
    );
  }
  say(
    `Docker Engine ${server} with Compose ${compose} works here: nothing to do`,
  );
}

async function changesFor(
  machine: Machine,
  state: LabState,
): Promise<Change[]> {
  // Asked again: another lab may have been at work while this one waited for it.
  const engine = await observeEngine();
  const running = engine.server !== undefined &&
    isAlive(state.processes["dockerd"]);
  const mirrorBefore = state.mirror;
  await settleMirror(state, running);
  const changes = packageChanges(engine, machine, state);
  if (state.mirror !== undefined && !mirrorRuns(state)) {
    const title =
      `start a registry mirror on 127.0.0.1:${state.mirror}: Docker Hub is out of reach`;
    changes.push({ title, make: () => startMirror(state) });
  }
  if (!running || state.mirror !== mirrorBefore) {
    changes.push({
      title: "start the Docker Engine",
      make: () => startEngine(state),
    });
  }
  return [...changes, ...await imageChanges(machine, state)];
}

/** A running engine keeps its mirror, or its lack of one; for any other Docker Hub is asked anew. */
async function settleMirror(state: LabState, running: boolean): Promise<void> {
  if (running && state.mirror === undefined) return;
  if (!running && await reachesHub()) delete state.mirror;
  else if (!mirrorRuns(state)) state.mirror = choosePort(state);
}

function packageChanges(
  engine: Engine,
  machine: Machine,
  state: LabState,
): Change[] {
  const packages = missingPackages(engine, state.mirror !== undefined);
  if (packages.length === 0) return [];
  const title = `install with apt-get: ${
    aptNames(packages, machine).join(" ")
  }`;
  return [{ title, make: () => install(packages, machine) }];
}

async function imageChanges(
  machine: Machine,
  state: LabState,
): Promise<Change[]> {
  if (state.mirror === undefined) return [];
  const due = await dueImages(state, machine);
  return [...due].map(([image, digest]) => ({
    title: `build ${image.name} for the mirror`,
    make: () => provide(image, digest, { state, machine }),
  }));
}

function summary({ server, compose }: Engine, { mirror }: LabState): string {
  const images = IMAGES.map(({ name }) => name).join(", ");
  const source = mirror
    ? `; the mirror on 127.0.0.1:${mirror} has ${images}`
    : "";
  return `Docker Engine ${server} with Compose ${compose} runs${source}`;
}
