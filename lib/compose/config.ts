/**
 * The `x-todoflow` block of a Compose file: checked against its definition in `lib/compose/schema.ts`.
 *
 * @module
 */

import { TodoflowError } from "../errors/wording.ts";
import { SCHEMA, type Schema } from "./schema.ts";

/** A one-shot before the app. */
export interface SetupEntry {
  /** Default: the service's name. */
  name?: string;
  service: string;
  /** A command instead of the service's own. */
  run?: string[];
  /** Other entries that it waits for, instead of what its service depends on. */
  after?: string[];
}

/** A checked `x-todoflow` block; what is absent has a default. */
export interface Config {
  application?: string;
  redact?: string[];
  reports?: string;
  test?: { service?: string; reports?: string[] };
  release?: {
    image?: string;
    setup?: (string | SetupEntry)[];
    app?: string;
    port?: number;
    path?: string;
    acceptance?: string;
    reports?: string[];
  };
  deadlines?: { build?: string; ready?: string; step?: string; stop?: string };
}

/**
 * Checks the block.
 *
 * @param value what stands behind `x-todoflow:`
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
  const cycle = setupProblem(config);
  if (cycle) throw await invalid(cycle);
  return config;
}

interface Problem {
  path: readonly (string | number)[];
  message: string;
  /** A word that is wrong, and what it could be. */
  word?: string;
  possible?: readonly string[];
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

interface Context {
  path: readonly (string | number)[];
  services: readonly string[];
}

function problemOf(
  value: unknown,
  schema: Schema,
  context: Context,
): Problem | undefined {
  const { path } = context;
  const wrong = (message: string): Problem => ({ path, message });
  if (typeOf(value) !== schema.type) {
    return wrong(`expected ${article(schema.type)}, got ${shown(value)}`);
  }
  switch (schema.type) {
    case "object":
      return objectProblem(value as Record<string, unknown>, schema, context);
    case "array":
      return arrayProblem(value as unknown[], schema, context);
    case "integer": {
      const { minimum = -Infinity, maximum = Infinity } = schema;
      return Number(value) < minimum || Number(value) > maximum
        ? wrong(`expected ${minimum} to ${maximum}, got ${value}`)
        : undefined;
    }
    case "string":
      return stringProblem(value as string, schema, context);
  }
}

function stringProblem(
  value: string,
  { format, pattern, description }: Schema,
  { path, services }: Context,
): Problem | undefined {
  if (format === "service" && !services.includes(value)) {
    const message = `no service "${value}" in the Compose file`;
    return { path, message, word: value, possible: services };
  }
  return pattern && !new RegExp(pattern).test(value)
    ? {
      path,
      message: `${shown(value)} is not of the form ${pattern} (${description})`,
    }
    : undefined;
}

function objectProblem(
  value: Record<string, unknown>,
  { properties = {}, required = [] }: Schema,
  context: Context,
): Problem | undefined {
  const missing = required.find((key) => value[key] === undefined);
  if (missing) return { ...context, message: `"${missing}" is missing` };
  for (const [key, item] of Object.entries(value)) {
    const path = [...context.path, key];
    // A key may be named like a method that every object has.
    const schema = Object.hasOwn(properties, key) ? properties[key] : undefined;
    if (!schema) {
      const possible = Object.keys(properties);
      return { path, message: `unknown key "${key}"`, word: key, possible };
    }
    const problem = problemOf(item, schema, { ...context, path });
    if (problem) return problem;
  }
  return undefined;
}

function arrayProblem(
  value: readonly unknown[],
  { items, minItems = 0 }: Schema,
  context: Context,
): Problem | undefined {
  if (value.length < minItems) {
    return { ...context, message: "expected at least one item" };
  }
  for (const [index, item] of value.entries()) {
    const alternatives = "anyOf" in items! ? items.anyOf : [items!];
    const fitting = alternatives.find((schema) =>
      schema.type === typeOf(item)
    ) ??
      alternatives.at(-1)!;
    const path = [...context.path, index];
    const problem = problemOf(item, fitting, { ...context, path });
    if (problem) return problem;
  }
  return undefined;
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return "array";
  if (value === null) return "null";
  if (value instanceof Date) return "date";
  return Number.isInteger(value) ? "integer" : typeof value;
}

function article(type: string): string {
  return /^[aeio]/.test(type) ? `an ${type}` : `a ${type}`;
}

function shown(value: unknown): string {
  return JSON.stringify(value);
}

/** An entry's name, which must be unique and is what `after` refers to. */
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

/** Something that waits for others. */
interface Waiting {
  name: string;
  /** Names of what it waits for. */
  after: readonly string[];
}

/**
 * Checks that the steps of a plan do not wait for each other. Compose refuses such services, so what is left is the order
 * in which `x-todoflow` or convention put one-shots, app and acceptance.
 *
 * @throws {TodoflowError} which names the cycle.
 */
export function checkOrder(steps: readonly Waiting[]): void {
  const cycle = cycleIn(steps);
  if (!cycle) return;
  throw new TodoflowError({
    kind: "invalid-config",
    path: ["x-todoflow", "release", "setup"],
    problem: cycleText(cycle),
  });
}

/** Names of which each waits for the next one, and the last for the first. */
function cycleIn(all: readonly Waiting[]): readonly string[] | undefined {
  const waits = new Map(all.map(({ name, after }) => [name, after]));
  const done = new Set<string>();
  const from = (
    name: string,
    path: readonly string[],
  ): readonly string[] | undefined => {
    if (path.includes(name)) return path.slice(path.indexOf(name));
    if (done.has(name)) return undefined;
    for (const next of waits.get(name) ?? []) {
      const cycle = from(next, [...path, name]);
      if (cycle) return cycle;
    }
    done.add(name);
    return undefined;
  };
  for (const { name } of all) {
    const cycle = from(name, []);
    if (cycle) return cycle;
  }
  return undefined;
}

function cycleText([first, ...rest]: readonly string[]): string {
  return rest.length === 0
    ? `"${first}" waits for itself`
    : `"${first}" waits for ` +
      [...rest, first].map((name) => `"${name}"`).join(", which waits for ");
}

/** Milliseconds of a duration such as "1m30s", in the notation of Compose. */
export function milliseconds(duration: string): number {
  const units: Record<string, number> = {
    ms: 1,
    s: 1_000,
    m: 60_000,
    h: 3_600_000,
  };
  return [...duration.matchAll(/([\d.]+)(ms|s|m|h)/g)]
    .reduce((sum, [, count, unit]) => sum + Number(count) * units[unit!]!, 0);
}
