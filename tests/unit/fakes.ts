/**
 * The tools of unit tests: a world without a process, and plans recorded from Compose models.
 *
 * @module
 */

import { dirname, join } from "node:path";
import { engineApi } from "../../lib/engine/api.ts";
import { dockerIn } from "../../lib/engine/docker.ts";
import { main } from "../../mod.ts";
import { type Made, type Owns, ownsNothing } from "../../lib/plan/plan.ts";
import type { Facts } from "../../lib/target.ts";
import { readWorkflow } from "../../lib/compose/workflow.ts";
import { recordingShell, shell } from "../../lib/engine/shell.ts";
import { pause, type Sleep } from "../../lib/pause.ts";
import { toShell } from "../../lib/plan/script.ts";
import type { Publication } from "../../lib/publish/publication.ts";
import type { World } from "../../lib/world.ts";
import { TARGETS } from "../../tasks/mod.ts";
import { engineOf } from "./docker_engine.ts";
import {
  containersOf,
  type FakeContainer,
  withEngineAt,
} from "./fake_engine.ts";

/** The process and the machine of a fake world. */
export const PID = 4711;
export const HOST = "here";

/** The result of a run of the CLI in a fake world. */
export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

/** Gives the test a folder of its own, without links in its path, and removes it. */
export async function withFolder<T>(
  test: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    return await test(folder);
  } finally {
    await removeFolder(folder);
  }
}

/** Removes a folder in which a child that was ended may still write for a moment. */
async function removeFolder(folder: string): Promise<void> {
  for (let i = 1;; i++) {
    try {
      return await Deno.remove(folder, { recursive: true });
    } catch (error) {
      const { code } = error as { code?: string };
      if (code !== "ENOTEMPTY" || i === 20) throw error;
    }
  }
}

/** Writes files below a folder; a name is relative to it. */
export async function writeFiles(
  folder: string,
  files: Readonly<Record<string, string>>,
) {
  for (const [name, text] of Object.entries(files)) {
    const file = join(folder, name);
    await Deno.mkdir(dirname(file), { recursive: true });
    await Deno.writeTextFile(file, text);
  }
}

/** The parts of a fake world that a test decides. */
export type WorldOptions =
  & Partial<Pick<World, "env" | "directory" | "host" | "onSignal">>
  & { terminal?: boolean };

/** A world without a process and without pauses: `env` and `directory` as given, no terminal unless told; and its output. */
export function fakeWorld(options: WorldOptions = {}) {
  const written = { stdout: "", stderr: "" };
  const sink = (name: keyof typeof written) => ({
    write: (text: string) => void (written[name] += text),
    isTerminal: options.terminal ?? false,
  });
  const world: World = {
    directory: options.directory ?? Deno.cwd(),
    env: options.env ?? { PATH: Deno.env.get("PATH") ?? "" },
    pid: PID,
    host: options.host ?? (() => HOST),
    stdout: sink("stdout"),
    stderr: sink("stderr"),
    size: () => ({ columns: Infinity, rows: Infinity }),
    appendFile: () => {},
    readTextFile: (path) => Deno.readTextFile(path),
    onSignal: options.onSignal ?? (() => () => {}),
    sleep: noPauses,
  };
  return { world, written };
}

/** Runs the CLI in a fake world. Its records are in a folder that goes with it, unless `env` names one. */
export async function cli(
  argv: readonly string[],
  options: WorldOptions = {},
): Promise<Outcome> {
  const { world, written } = fakeWorld(options);
  const code = await withFolder((state) =>
    main(argv, { ...world, env: { XDG_STATE_HOME: state, ...world.env } })
  );
  return { code, ...written };
}

/** A Compose model as `docker compose config` prints it: the conventional services and a database. */
export const MODEL = `
name: shop
services:
  test:
    build: { context: /src, target: test }
  release:
    build: { context: /src }
  db:
    image: mariadb:10.11
  migrate:
    build: { context: /src }
    depends_on: { db: { condition: service_healthy, required: true } }
  collectstatic:
    build: { context: /src }
  app:
    build: { context: /src }
    depends_on:
      db: { condition: service_healthy, required: true }
      migrate: { condition: service_completed_successfully, required: true }
      collectstatic: { condition: service_completed_successfully, required: true }
    ports: [{ mode: ingress, host_ip: 127.0.0.1, target: 8000, protocol: tcp }]
  acceptance:
    build: { context: /src, target: test }
    depends_on: { app: { condition: service_healthy, required: true } }
`;

/** Options of {@linkcode recordedPlan}. */
export interface PlanOptions {
  model?: string;
  flags?: readonly string[];
  args?: readonly string[];
  /** Services that have a container which an earlier run has made. */
  existing?: readonly string[];
  /** Other objects that earlier runs have made. */
  made?: readonly Made[];
  /** The release among it. */
  left?: NonNullable<Facts["left"]>;
  /** Other projects of the checkout. */
  others?: Facts["others"];
  /** By the engine's names. */
  images?: Readonly<Record<string, string>>;
  /** The base of every build; null if it is unknown. */
  bases?: readonly string[] | null;
  /** The same, by the key of the build. */
  basesOf?: (key: string) => readonly string[] | undefined;
  /** The project that Compose would use. */
  plain?: string;
  /** The images that were built on this machine. */
  local?: readonly string[];
  /** The run's id; none in a dry run. */
  run?: string;
  /** Whether it is the round after a base has moved. */
  isFetched?: true;
  /** Active profiles. */
  profiles?: readonly string[];
  /** The project of the builds, if the model is of its twin. */
  base?: string;
  publication?: Publication;
}

/** The steps that a target plans for a Compose model, with the shell line of each. */
export async function recordedPlan(name: string, options: PlanOptions = {}) {
  return (await recordedTarget(name, options)).steps;
}

/** The plan of a target for a Compose model, with the shell line of each step. */
export async function recordedTarget(
  name: string,
  {
    model = MODEL,
    flags = [],
    args = [],
    existing = [],
    made = [],
    left,
    others = [],
    images = {},
    bases = ["base:1"],
    basesOf = () => bases ?? undefined,
    plain,
    local = [],
    profiles = [],
    base,
    publication,
    run,
    isFetched,
  }: PlanOptions = {},
) {
  const target = TARGETS.find((target) => target.name === name);
  if (target?.kind !== "plan") throw new Error(`no plan for ${name}`);
  const workflow = await readWorkflow(model, {
    profiles,
    ...(base !== undefined && { base }),
    ...(plain !== undefined && { plain }),
  });
  const { $, record } = await recordingShell();
  const all = [
    ...existing.map((service) => madeOne("container", `shop-${service}-1`)),
    ...made,
  ];
  const facts = {
    version: "abc1234",
    ...(publication && { publication }),
    now: NOW,
    ...(run !== undefined && { run }),
    ...(isFetched && { isFetched }),
    directory: "/w/shop",
    made: all,
    built: all.filter(({ kind }) => kind === "image"),
    ...(left && { left }),
    others,
    images: new Map(Object.entries(images)),
    local: new Set(local),
    bases: new Map(
      [...workflow.services.values()].flatMap(({ build }) =>
        build ? [[build.key, basesOf(build.key)] as const] : []
      ),
    ),
  };
  const plan = target.plan({
    workflow,
    facts,
    $,
    flags: new Set(flags),
    values: new Map(),
    args,
  });
  const steps = (await record(plan.steps)).map(({ step, argv }) => ({
    ...step,
    argv,
    line: toShell(argv),
  }));
  return { ...plan, steps };
}

/** The objects that a run of the project "shop" owns; by default none. */
export function owned(owns: Partial<Owns> = {}): Owns {
  return { ...ownsNothing("shop"), ...owns };
}

/** When plans are made, in ms since 1970. */
export const NOW = Date.parse("2026-11-29T12:00:00Z");

/** Something that an earlier run has made. */
export function madeOne(kind: Made["kind"], name: string): Made {
  return { kind, name, id: `id-of-${name}` };
}

/** Pauses between two attempts, which are over at once. A wait of more than a second limits something, and lasts. */
export const noPauses: Sleep = (ms, signal) =>
  pause(ms > 1_000 ? ms : 0, signal);

/** A pause that only its signal ends. */
export const endlessPause: Sleep = (_, signal) =>
  new Promise((resolve) => {
    if (signal?.aborted) resolve();
    signal?.addEventListener("abort", () => resolve());
  });

/**
 * A shell that sees a `docker` written for the test: the failures of a real one that a test cannot have otherwise.
 * `calls` returns the arguments that it got, a line for each call.
 */
export function withFakeDocker<T>(
  script: string,
  test: (context: Awaited<ReturnType<typeof fakeContext>>) => Promise<T>,
  { endpoint, containers = {} }: FakeDocker = {},
): Promise<T> {
  return withFolder(async (directory) => {
    const at = endpoint ?? `unix://${directory}/engine.sock`;
    const context = await fakeContext(directory, {
      script: script.replaceAll("unix:///engine.sock", at),
      endpoint: at,
    });
    const { surroundings, api } = context;
    const answer = containersOf(containers, engineOf(surroundings));
    return await withEngineAt(at, answer, async () => {
      try {
        return await test(context);
      } finally {
        await api.close();
      }
    });
  });
}

/** What else a test decides about its docker. */
interface FakeDocker {
  /** Where its engine listens; by default in the test's folder. */
  endpoint?: string;
  /** Containers with a log. */
  containers?: Readonly<Record<string, FakeContainer>>;
}

async function fakeContext(
  directory: string,
  { script, endpoint }: { script: string; endpoint: string },
) {
  const log = `${directory}/calls`;
  // Without an answer, the usual socket would be asked: that of a real engine.
  const where = script.includes("context")
    ? ""
    : `[ "$1" = context ] && { echo ${endpoint}; exit; }\n`;
  await Deno.writeTextFile(
    `${directory}/docker`,
    `#!/bin/sh\nprintf '%s\\n' "$*" >> '${log}'\n${where}${script}\n`,
    { mode: 0o755 },
  );
  const env = { PATH: `${directory}:/usr/bin:/bin`, LD_PRELOAD: "" };
  const surroundings = { directory, env };
  return {
    $: await shell(surroundings),
    docker: dockerIn(surroundings),
    api: engineApi(endpoint, surroundings),
    directory,
    surroundings,
    calls: async () =>
      (await Deno.readTextFile(log).catch(() => "")).split("\n")
        .filter(Boolean),
  };
}
