/**
 * The `x-todoflow` block of a Compose file: checked against its definition in `lib/compose/schema.ts`.
 *
 * @module
 */

import { TodoflowError } from "../errors/todoflow_error.ts";
import { cycleIn, cycleText } from "../plan/cycle.ts";
import type { UrlProof } from "../plan/plan.ts";
import { SCHEMA } from "./schema.ts";
import { type Problem, problemOf } from "./schema_check.ts";

/** A one-shot before the app. */
interface SetupEntry {
  /** Default: the service's name. */
  name?: string;
  service: string;
  /** A command in place of the service's own. */
  run?: string[];
  /** Other entries that it waits for, in place of the dependencies of its service. */
  after?: string[];
}

/** An app, with the proof of its URL. */
interface AppEntry {
  service: string;
  port?: number;
  path?: string;
  proof?: UrlProof;
}

/** A checked `x-todoflow` block; absent keys have defaults. */
export interface Config {
  application?: string;
  redact?: string[];
  reports?: string;
  test?: {
    service?: string | string[];
    /** A command in place of the service's own. */
    run?: string[];
    reports?: string[];
  };
  release?: {
    image?: string;
    setup?: (string | SetupEntry)[];
    app?: string | (string | AppEntry)[];
    /** Services that are left out by default. */
    with?: string[];
    without?: string[];
    port?: number;
    path?: string;
    proof?: UrlProof;
    project?: "twin" | "plain";
    acceptance?: string;
    reports?: string[];
  };
  deadlines?: { build?: string; ready?: string; step?: string; stop?: string };
}

/**
 * Checks the block.
 *
 * @param value the value of `x-todoflow`
 * @param services names of the Compose file's services
 * @throws {TodoflowError} for an unknown key, a wrong type, an unknown service, or one-shots that wait for each other.
 */
export async function checkConfig(
  value: unknown,
  services: readonly string[],
): Promise<Config> {
  const problem = problemOf(value ?? {}, SCHEMA, { path: [], services });
  if (problem) {
    throw await invalid(problem);
  }
  const config = (value ?? {}) as Config;
  const wrong = setupProblem(config) ?? testProblem(config) ??
    appProblem(config) ?? wholeProblem(config);
  if (wrong) throw await invalid(wrong);
  return config;
}

async function invalid(problem: Problem): Promise<TodoflowError> {
  const { path, message, word, possible = [] } = problem;
  const { closestString } = await import("@std/text/closest-string");
  return new TodoflowError({
    kind: "invalid-config",
    path: ["x-todoflow", ...path],
    problem: message,
    ...(word !== undefined && possible.length > 0 && {
      nearest: closestString(word, possible),
    }),
  });
}

/** An entry's name: it is unique, and `after` refers to it. */
export function setupName(entry: string | SetupEntry): string {
  return typeof entry === "string" ? entry : entry.name ?? entry.service;
}

function serviceOf(entry: string | SetupEntry): string {
  return typeof entry === "string" ? entry : entry.service;
}

/** Whether both are the service's own container, or they are one and the same entry. */
function isSameRun(
  one: string | SetupEntry,
  other: string | SetupEntry,
): boolean {
  const isOwn = (entry: string | SetupEntry) =>
    typeof entry === "string" || !entry.run;
  return one === other ||
    (isOwn(one) && isOwn(other) && serviceOf(one) === serviceOf(other));
}

/** The apps that the block names; undefined where it names none. */
export function appsIn({ release = {} }: Config): AppEntry[] | undefined {
  const { app, port, path, proof } = release;
  if (app === undefined) return undefined;
  const entries = typeof app === "string" ? [app] : app;
  const common = {
    ...(port !== undefined && { port }),
    ...(path !== undefined && { path }),
    ...(proof !== undefined && { proof }),
  };
  return entries.map((entry) =>
    typeof entry === "string"
      ? { service: entry, ...common }
      : { ...common, ...entry }
  );
}

/** The test services that the block names; undefined where it names none. */
export function testsIn({ test = {} }: Config): string[] | undefined {
  const { service } = test;
  return typeof service === "string" ? [service] : service;
}

/** The first item that an earlier one repeats; -1 if there is none. */
function repeated(items: readonly string[]): number {
  return items.findIndex((item, i) => items.indexOf(item) !== i);
}

function testProblem(config: Config): Problem | undefined {
  const services = testsIn(config) ?? [];
  const twice = repeated(services);
  return twice < 0 ? undefined : {
    path: ["test", "service", twice],
    message: `"${services[twice]}" twice`,
  };
}

function appProblem(config: Config): Problem | undefined {
  const apps = appsIn(config) ?? [];
  const names = apps.map(({ service }) => service);
  const twice = repeated(names);
  if (twice >= 0) {
    const path = ["release", "app", twice];
    return { path, message: `"${names[twice]}" twice` };
  }
  const key = (["port", "path", "proof"] as const)
    .find((key) => config.release?.[key] !== undefined);
  return apps.length < 2 || key === undefined ? undefined : {
    path: ["release", key],
    message:
      `which of ${apps.length} apps has it? Say it there: app: [{service: ${
        names[0]
      }, ${key}: …}, …]`,
  };
}

function wholeProblem({ release = {} }: Config): Problem | undefined {
  const { with: included = [], without = [] } = release;
  const both = without.findIndex((name) => included.includes(name));
  return both < 0 ? undefined : {
    path: ["release", "without", both],
    message: `"${without[both]}" is in "with", too`,
  };
}

function setupProblem({ release }: Config): Problem | undefined {
  const entries = release?.setup ?? [];
  const names = entries.map(setupName);
  const path = ["release", "setup"];
  for (const [index, entry] of entries.entries()) {
    const at = [...path, index];
    if (names.indexOf(names[index]!) !== index) {
      return { path: at, message: `a second one-shot "${names[index]}"` };
    }
    const twin = entries.findIndex((other) => isSameRun(entry, other));
    if (twin !== index) {
      const message = `a second one-shot that is the service "${
        serviceOf(entry)
      }", whose container runs once: give it a name and a command (run)`;
      return { path: at, message };
    }
    const after = typeof entry === "string" ? [] : entry.after ?? [];
    const word = after.find((name) => !names.includes(name));
    if (word !== undefined) {
      const message = `"after" names no other one-shot "${word}"`;
      return { path: at, message, word, possible: names };
    }
  }
  const cycle = cycleIn(entries.map((entry) => ({
    name: setupName(entry),
    after: typeof entry === "string" ? [] : entry.after ?? [],
  })));
  return cycle && { path, message: cycleText(cycle) };
}
