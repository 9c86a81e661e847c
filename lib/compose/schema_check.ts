/**
 * Checks a value against a schema, and words the first mistake in terms of the schema.
 *
 * @module
 */

import type { Plain, Schema } from "./schema.ts";

export interface Problem {
  path: readonly (string | number)[];
  message: string;
  /** A word that is wrong, and what it could be. */
  word?: string;
  possible?: readonly string[];
}

interface Context {
  path: readonly (string | number)[];
  services: readonly string[];
}

export function problemOf(
  value: unknown,
  schema: Schema,
  context: Context,
): Problem | undefined {
  const { path } = context;
  const wrong = (message: string): Problem => ({ path, message });
  if ("anyOf" in schema) {
    const { anyOf } = schema;
    const fitting = anyOf.find(({ type }) => type === typeOf(value));
    const types = anyOf.map(({ type }) => article(type)).join(" or ");
    return fitting
      ? problemOf(value, fitting, context)
      : wrong(`expected ${types}, got ${shown(value)}`);
  }
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
  { format, pattern, enum: words, description }: Plain,
  { path, services }: Context,
): Problem | undefined {
  if (format === "service" && !services.includes(value)) {
    const message = `no service "${value}" in the Compose file`;
    return { path, message, word: value, possible: services };
  }
  if (words && !words.includes(value)) {
    const message = `expected ${words.join(", ")}, got ${shown(value)}`;
    return { path, message, word: value, possible: words };
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
  { properties = {}, required = [] }: Plain,
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
  { items, minItems = 0 }: Plain,
  context: Context,
): Problem | undefined {
  if (value.length < minItems) {
    return { ...context, message: "expected at least one item" };
  }
  for (const [index, item] of value.entries()) {
    const path = [...context.path, index];
    const problem = problemOf(item, items!, { ...context, path });
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
