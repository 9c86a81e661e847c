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

/** A checked `x-todoflow` block; absent keys have defaults. */
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
  const cycle = setupProblem(config);
  if (cycle) throw await invalid(cycle);
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
