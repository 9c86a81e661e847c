/**
 * Checks of build contexts.
 *
 * @module
 */

import { type Context, MOST } from "../project/context.ts";
import type { Draft } from "../project/finding.ts";
import { contextSources, type Stage, takes } from "../../compose/stage.ts";
import { join, relative } from "node:path";

/** A context, and the stages that are built from it. */
interface ContextUse {
  context: Context;
  /** The stages that are built. */
  stages: readonly Stage[];
  /** The folder of the reports of runs, absolute. */
  reports: string;
}

/** Finds the faults of a context. */
export function contextDrafts(use: ContextUse): Draft[] {
  const { context } = use;
  const sources = use.stages.flatMap(contextSources);
  // The engine gets no context for a build that takes nothing from it.
  if (sources.length === 0) return [];
  return [
    ...secretDrafts(context, sources),
    ...reportDrafts(use, sources),
    ...ignoreDrafts(context),
    ...largeDrafts(context),
  ];
}

function secretDrafts(
  { secrets, ignoreFile, folder }: Context,
  sources: readonly (string | undefined)[],
): Draft[] {
  const of = (taken: boolean) =>
    secrets.filter((path) => takes(sources, path) === taken);
  const at = { file: ignoreFile ?? join(folder, ".dockerignore") };
  const fixOf = (paths: readonly string[]) =>
    [...new Set(paths.map((path) => `**/${patternOf(path)}`))].join("\n");
  return [
    ...(of(true).length === 0 ? [] : [
      {
        id: "secrets-in-image",
        severity: "warning",
        title: `Files that look like secrets are copied into images: ${
          listText(of(true))
        }`,
        why: "anyone who has the image can read its layers",
        at,
        fix: fixOf(of(true)),
      } satisfies Draft,
    ]),
    ...(of(false).length === 0 ? [] : [
      {
        id: "secrets-in-context",
        severity: "advice",
        title: `Files that look like secrets are in the build context: ${
          listText(of(false))
        }`,
        why: "no COPY takes them yet; the next one may",
        at,
        fix: fixOf(of(false)),
      } satisfies Draft,
    ]),
  ];
}

/** A pattern for the files of this name. */
function patternOf(path: string): string {
  return path.split("/").at(-1)!.replace(/[*?[\]\\]/g, "\\$&")
    .replace(/\p{Cc}/gu, "?");
}

function listText(paths: readonly string[]): string {
  const [first, second, third, ...rest] = paths.map((path) => `"${path}"`);
  return [first, second, third].filter(Boolean).join(", ") +
    (rest.length > 0 ? ` and ${rest.length} more` : "");
}

function reportDrafts(
  { context: { folder, ignore, ignoreFile }, reports }: ContextUse,
  sources: readonly (string | undefined)[],
): Draft[] {
  const within = relative(folder, reports);
  if (within === "" || /^\.\.(\/|$)|^\//.test(within)) return [];
  const written = [
    `${within}/test/unittests.xml`,
    `${within}/release/events.jsonl`,
  ];
  const changes = written.some((path) =>
    !ignore.ignores(path) && takes(sources, path)
  );
  return !changes ? [] : [{
    id: "reports-in-context",
    severity: "warning",
    title: `Each run changes the build context: "${within}" is copied from it`,
    why:
      "each run writes new reports, so that the next build misses its cache, and the released image is not the tested one",
    at: { file: ignoreFile ?? join(folder, ".dockerignore") },
    fix: within,
  }];
}

function ignoreDrafts({ ignoreFile, folder }: Context): Draft[] {
  return ignoreFile !== undefined ? [] : [{
    id: "no-dockerignore",
    severity: "advice",
    title: "No .dockerignore: the whole folder is the build context",
    why:
      "the image gets the history, packages and secrets of the machine that builds it, and each change of them repeats the build",
    at: { file: join(folder, ".dockerignore") },
    fix: [
      ".git",
      "reports",
      "**/.env",
      "**/.env.*",
      "**/*.pem",
      "**/node_modules",
      "**/__pycache__",
      "**/.DS_Store",
    ].join("\n"),
  }];
}

function largeDrafts({ large, folder, ignoreFile }: Context): Draft[] {
  return !large ? [] : [{
    id: "large-context",
    severity: "advice",
    title: `More than ${MOST} files are in the build context`,
    why:
      "each build reads all of them; doctor has not searched the rest for secrets",
    at: { file: ignoreFile ?? join(folder, ".dockerignore") },
    fix: "# the folders that no image needs, such as:\n**/node_modules",
  }];
}
