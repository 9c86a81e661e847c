/**
 * What unit tests are built with: a world without a process, and plans recorded from Compose models.
 *
 * @module
 */

import { recordingShell, shell } from "../../lib/engine.ts";
import { main, type World } from "../../lib/main.ts";
import { toShell } from "../../lib/plan.ts";
import { readWorkflow } from "../../lib/workflow.ts";
import { TARGETS } from "../../tasks/mod.ts";

/** What a run of the CLI in a fake world did. */
export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs the CLI in a world of its own; `env` and `directory` as given, no terminal unless told. */
export async function cli(
  argv: readonly string[],
  options: Partial<Pick<World, "env" | "directory">> & { terminal?: boolean } =
    {},
): Promise<Outcome> {
  const written = { stdout: "", stderr: "" };
  const sink = (name: keyof typeof written) => ({
    write: (text: string) => void (written[name] += text),
    isTerminal: options.terminal ?? false,
  });
  const code = await main(argv, {
    directory: options.directory ?? Deno.cwd(),
    env: options.env ?? { PATH: Deno.env.get("PATH") ?? "" },
    stdout: sink("stdout"),
    stderr: sink("stderr"),
    readTextFile: (path) => Deno.readTextFile(path),
    onSignal: () => () => {},
  });
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
  existing?: readonly string[];
  images?: Readonly<Record<string, string>>;
  /** What every build stands on; null: it cannot be told. */
  bases?: readonly string[] | null;
  /** Services that are in no profile, or in an active one; default: all. */
  active?: readonly string[];
}

/** The steps that a target plans for a Compose model, with the shell line of each. */
export async function recordedPlan(
  name: string,
  {
    model = MODEL,
    flags = [],
    args = [],
    existing = [],
    images = {},
    bases = ["base:1"],
    active,
  }: PlanOptions = {},
) {
  const target = TARGETS.find((target) => target.name === name);
  if (target?.kind !== "plan") throw new Error(`no plan for ${name}`);
  const workflow = await readWorkflow(model, active && new Set(active));
  const { $, record } = await recordingShell();
  const facts = {
    version: "abc1234",
    existing: new Set(existing),
    leftovers: existing.length > 0,
    running: existing.map((service) => `shop-${service}-1`),
    images: new Map(Object.entries(images)),
    bases: new Map(
      [...workflow.services.values()].flatMap(({ build }) =>
        build ? [[build.key, bases ?? undefined] as const] : []
      ),
    ),
  };
  const { steps } = target.plan({
    workflow,
    facts,
    $,
    flags: new Set(flags),
    args,
  });
  return (await record(steps)).map(({ step, argv }) => ({
    ...step,
    argv,
    line: toShell(argv),
  }));
}

/**
 * A shell that sees a `docker` written for the test: the failures of a real one that a test cannot have otherwise.
 */
export async function withFakeDocker<T>(
  script: string,
  test: (context: Awaited<ReturnType<typeof fakeContext>>) => Promise<T>,
): Promise<T> {
  const directory = await Deno.makeTempDir();
  try {
    return await test(await fakeContext(directory, script));
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function fakeContext(directory: string, script: string) {
  await Deno.writeTextFile(`${directory}/docker`, `#!/bin/sh\n${script}\n`, {
    mode: 0o755,
  });
  const PATH = `${directory}:/usr/bin:/bin`;
  const $ = await shell({ directory, env: { PATH, LD_PRELOAD: "" } });
  return { $, directory };
}
