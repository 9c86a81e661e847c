/**
 * Reads a `pyproject.toml`, and the names of requirements.
 *
 * @module
 */

import { parse } from "@std/toml";

/** The fields of a `pyproject.toml` that are read. */
export interface Project {
  dependencies: readonly string[] | undefined;
  /** The packages for tests, and where they are listed. */
  tests: {
    names: readonly string[];
    at: readonly [string, string] | undefined;
  };
  python: string;
  hasBuild: boolean;
  isPoetry: boolean;
  /** Whether it names pytest anywhere. */
  hasPytest: boolean;
}

/** Names of groups of packages for tests, the first one wins. */
const GROUPS = ["test", "tests", "dev"];

/** Reads a `pyproject.toml`; undefined if it is no TOML. */
export function readProject(text: string): Project | undefined {
  let data: Record<string, unknown>;
  try {
    data = parse(text.replace(/^\uFEFF/, "").replaceAll("\r\n", "\n"));
  } catch {
    return undefined;
  }
  const project = Object(data.project) as Record<string, unknown>;
  const poetry = (data.tool as Record<string, unknown>)?.poetry;
  const old = Object(Object(poetry).dependencies) as Record<string, unknown>;
  const groups: readonly [string, Record<string, unknown>][] = [
    ["dependency-groups", Object(data["dependency-groups"])],
    ["optional-dependencies", Object(project["optional-dependencies"])],
  ];
  const at =
    groups.flatMap(([table, group]) =>
      GROUPS.filter((name) => Array.isArray(group[name]))
        .map((name) => [table, name] as const)
    )[0];
  const found = groups.find(([table]) => table === at?.[0])?.[1][at![1]];
  const names = listOf(project.dependencies);
  const { python } = old;
  return {
    dependencies: names ??
      (poetry === undefined ? undefined : Object.keys(old)),
    tests: { names: listOf(found) ?? [], at },
    python: String(project["requires-python"] ?? python ?? ""),
    hasBuild: data["build-system"] !== undefined,
    isPoetry: poetry !== undefined &&
      Object(poetry).dependencies !== undefined,
    hasPytest: /\bpytest\b/.test(text),
  };
}

function listOf(value: unknown): string[] | undefined {
  return Array.isArray(value)
    ? value.filter((one) => typeof one === "string")
    : undefined;
}

/** The name of a requirement such as "Flask >= 3"; with an extra, the name with it, too. */
export function namesOf(requirements: readonly string[]): Set<string> {
  return new Set(
    requirements.flatMap((line) => {
      const [, name, extra] =
        /^\s*([\w.-]+)\s*(\[[\w,\s-]*\])?/.exec(line.toLowerCase()) ?? [];
      return name === undefined
        ? []
        : [name, ...(extra === undefined ? [] : [name + extra])];
    }),
  );
}
