/**
 * Checks of build contexts.
 *
 * @module
 */

import { type Context, MOST } from "../project/context.ts";
import type { Draft } from "../project/finding.ts";
import {
  contextSources,
  imageSources,
  type Stage,
  takes,
} from "../../compose/stage.ts";
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
  const inImage = use.stages.flatMap(imageSources);
  // The engine gets no context for a build that takes nothing from it.
  if (sources.length === 0) return [];
  const reports = reportsIn(use, sources);
  const clutter = context.clutter.filter((path) => takes(sources, path));
  return [
    ...secretDrafts(context, inImage),
    ...(context.ignoreFile === undefined && clutter.length > 0
      ? [ignoreDraft(context, { clutter, reports, inImage })]
      : reportDrafts(context, { reports, inImage })),
    ...largeDrafts(context),
  ];
}

function placeOf({ ignoreFile, folder }: Context) {
  return { file: ignoreFile ?? join(folder, ".dockerignore") };
}

function secretDrafts(
  context: Context,
  sources: readonly (string | undefined)[],
): Draft[] {
  const of = (taken: boolean) =>
    context.secrets.filter((path) => takes(sources, path) === taken);
  const at = placeOf(context);
  const fixOf = (paths: readonly string[]) =>
    // A file that COPY names is needed: without it the build fails.
    [
      ...new Set(
        paths.filter((path) => !sources.includes(path))
          .map((path) => `**/${patternOf(path)}`),
      ),
    ].join("\n");
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
        group: {
          all: "Files that look like secrets are copied into images",
          one: listText(of(true)),
        },
      } satisfies Draft,
    ]),
    ...(of(false).length === 0 ? [] : [
      {
        id: "secrets-in-context",
        severity: "advice",
        title: `Files that look like secrets are in the build context: ${
          listText(of(false))
        }`,
        why: "no COPY of an image's own stage takes them yet; the next one may",
        at,
        fix: fixOf(of(false)),
        group: {
          all: "Files that look like secrets are in build contexts",
          one: listText(of(false)),
        },
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

/** The folder of reports, relative to the context, if a COPY takes it. */
function reportsIn(
  { context: { folder, ignore }, reports }: ContextUse,
  sources: readonly (string | undefined)[],
): string | undefined {
  const within = relative(folder, reports);
  if (within === "" || /^\.\.(\/|$)|^\//.test(within)) return undefined;
  const written = [
    `${within}/test/unittests.xml`,
    `${within}/release/events.jsonl`,
  ];
  const changes = written.some((path) =>
    !ignore.ignores(path) && takes(sources, path)
  );
  return changes ? within : undefined;
}

function reportDrafts(
  context: Context,
  { reports, inImage }: {
    reports: string | undefined;
    inImage: readonly (string | undefined)[];
  },
): Draft[] {
  return reports === undefined ? [] : [{
    id: "reports-in-context",
    severity: "warning",
    title: `Each run changes the build context: "${reports}" is copied from it`,
    why: whyReports(reports, inImage),
    at: placeOf(context),
    fix: reports,
    group: {
      all: "Each run changes build contexts: its reports are copied from them",
      one: `"${reports}"`,
    },
  }];
}

function whyReports(
  reports: string,
  inImage: readonly (string | undefined)[],
): string {
  return "each run writes new reports, so that the next build misses its cache" +
    (takes(inImage, reports)
      ? ", and the released image is not the tested one"
      : "");
}

/** The consequences of folders that COPY takes, by their names. */
const CLUTTER: readonly [RegExp, string][] = [
  [/(^|\/)\.git$/, "each commit repeats the steps behind COPY"],
  [
    /(^|\/)(node_modules|\.?venv)$/,
    "packages of this machine get into the build, which may need others",
  ],
  [
    /(^|\/)__pycache__$/,
    "caches of this machine get into the build, and repeat the steps behind COPY",
  ],
];

function ignoreDraft(
  context: Context,
  { clutter, reports, inImage }: {
    clutter: readonly string[];
    reports: string | undefined;
    inImage: readonly (string | undefined)[];
  },
): Draft {
  const own = reports === undefined ? [] : [reports];
  const why = CLUTTER.filter(([name]) => clutter.some((one) => name.test(one)))
    .map(([, text]) => text);
  return {
    id: "no-dockerignore",
    severity: reports === undefined ? "advice" : "warning",
    title: `No .dockerignore: COPY takes ${listText([...clutter, ...own])}`,
    why: [
      ...(takes(inImage, ".git") && clutter.includes(".git")
        ? ["the image gets the history of the repository"]
        : []),
      ...why,
      ...(reports === undefined ? [] : [whyReports(reports, inImage)]),
    ].join("; "),
    at: placeOf(context),
    fix: [
      ...new Set([
        ...clutter.map((path) =>
          path === ".git" ? path : `**/${patternOf(path)}`
        ),
        ...own,
      ]),
    ].join("\n"),
    group: {
      all: "No .dockerignore",
      one: `COPY takes ${listText([...clutter, ...own])}`,
    },
  };
}

function largeDrafts(context: Context): Draft[] {
  return !context.large ? [] : [{
    id: "large-context",
    severity: "advice",
    title: `More than ${MOST} files are in the build context`,
    why:
      "each build reads all of them; doctor has not searched the rest for secrets: a .dockerignore keeps out the folders that no image needs",
    at: placeOf(context),
    fix: "",
  }];
}
