/**
 * Build contexts: what is in them that should not be.
 *
 * @module
 */

import { join, relative } from "node:path";
import type { ReadTextFile } from "../../compose/files.ts";
import { contextSources, type Stage } from "./dockerfile.ts";
import type { Draft } from "./finding.ts";
import { type Ignore, matchesName, readIgnore } from "./ignore.ts";

/** An entry of a folder. */
export interface Entry {
  name: string;
  /** Whether it is a folder; a link to one is none. */
  isFolder: boolean;
}

/** The files of this machine. */
export interface Files {
  readTextFile: ReadTextFile;
  /** The entries of a folder; rejects when it cannot be read. */
  list(folder: string): Promise<readonly Entry[]>;
  /** Bytes that are free where a folder is; undefined where nobody knows. */
  free(folder: string): Promise<number | undefined>;
}

/** A build context, and what is in it. */
export interface Context {
  /** Absolute path. */
  folder: string;
  /** The file that says what is kept out: absolute path; undefined where there is none. */
  ignoreFile: string | undefined;
  ignore: Ignore;
  /** Files that look like secrets and are not kept out, relative to the folder. */
  secrets: readonly string[];
  /** Whether there are too many files to look at. */
  large: boolean;
}

/** The most entries that are looked at in one context. */
const MOST = 20_000;

/** What others have made, which is theirs: packages bring keys for their tests. */
const FOREIGN = /^(\.git|node_modules|\.venv|venv|site-packages|vendor)$/;

/** What a file's text must have for its name to mean a secret. */
const SECRETS: readonly { name: RegExp; text?: RegExp }[] = [
  { name: /^\.env(\.(?!(example|sample|template|dist|defaults)$).+)?$/ },
  { name: /^id_(rsa|dsa|ecdsa|ed25519)$/ },
  { name: /\.(pem|key)$/, text: /PRIVATE KEY/ },
  { name: /\.(p12|pfx|jks|keystore|kdbx)$/ },
  { name: /^\.npmrc$/, text: /(_authToken|_auth|_password)\s*=\s*[^$\s]/ },
  { name: /^(\.netrc|\.pypirc|\.pgpass|\.git-credentials|\.htpasswd)$/ },
  { name: /^(credentials|client_secret.*|service-account.*)\.json$/ },
];

/** Reads the context of a build; `dockerfile` is the path of its Dockerfile, if it is a file. */
export async function readContext(
  folder: string,
  { dockerfile, files }: { dockerfile: string | undefined; files: Files },
): Promise<Context> {
  // https://docs.docker.com/build/concepts/context/#filename-and-location
  const candidates = [
    ...(dockerfile === undefined ? [] : [`${dockerfile}.dockerignore`]),
    join(folder, ".dockerignore"),
  ];
  for (const ignoreFile of candidates) {
    const text = await files.readTextFile(ignoreFile).catch(() => undefined);
    if (text === undefined) continue;
    const ignore = readIgnore(text);
    return {
      folder,
      ignoreFile,
      ignore,
      ...await search(folder, ignore, files),
    };
  }
  const ignore = readIgnore("");
  const found = await search(folder, ignore, files);
  return { folder, ignoreFile: undefined, ignore, ...found };
}

async function search(
  folder: string,
  ignore: Ignore,
  files: Files,
): Promise<Pick<Context, "secrets" | "large">> {
  const secrets: string[] = [];
  let count = 0;
  const open = [""];
  while (open.length > 0 && count < MOST) {
    const within = open.pop()!;
    const entries = await files.list(join(folder, within)).catch(() => []);
    count += entries.length;
    for (const { name, isFolder } of entries) {
      const path = within === "" ? name : `${within}/${name}`;
      if (isFolder) {
        if (!FOREIGN.test(name) && !ignore.ignoresAll(path)) open.push(path);
      } else if (!ignore.ignores(path)) {
        if (await isSecret(join(folder, path), name, files)) secrets.push(path);
      }
    }
  }
  return { secrets: secrets.toSorted(), large: count >= MOST };
}

async function isSecret(
  path: string,
  name: string,
  { readTextFile }: Files,
): Promise<boolean> {
  const kind = SECRETS.find((kind) => kind.name.test(name));
  if (!kind?.text) return kind !== undefined;
  const text = await readTextFile(path).catch(() => "");
  return kind.text.test(text);
}

/** A context, and what is built from it. */
export interface ContextUse {
  context: Context;
  /** The stages that are built. */
  stages: readonly Stage[];
  /** The folder of the reports of runs, absolute. */
  reports: string;
}

/** What is wrong with a context. */
export function contextDrafts(use: ContextUse): Draft[] {
  const { context } = use;
  const sources = use.stages.flatMap(contextSources);
  // A build that takes nothing from its context gets nothing sent.
  if (sources.length === 0) return [];
  return [
    ...secretDrafts(context, sources),
    ...reportDrafts(use, sources),
    ...ignoreDrafts(context),
    ...largeDrafts(context),
  ];
}

/** Whether one of the sources may take a file, which is told relative to the context. */
function takes(
  sources: readonly (string | undefined)[],
  path: string,
): boolean {
  const names = path.split("/");
  return sources.some((source) => {
    if (source === undefined) return true;
    const parts = source.replace(/\/$/, "").split("/")
      .filter((part) => part !== "" && part !== ".");
    return parts.length <= names.length &&
      parts.every((part, i) => matchesName(part, names[i]!));
  });
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
        title: `What looks like secrets is copied into images: ${
          listText(of(true))
        }`,
        why: "whoever has an image has what is in its layers",
        at,
        fix: fixOf(of(true)),
      } satisfies Draft,
    ]),
    ...(of(false).length === 0 ? [] : [
      {
        id: "secrets-in-context",
        severity: "advice",
        title: `What looks like secrets is in the build context: ${
          listText(of(false))
        }`,
        why: "no COPY takes it yet; the next one may",
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
      "the reports of a run are new, so that the next build finds nothing in its cache from there on, and what is released is not what was tested",
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
      "the history, packages and secrets of whoever builds get into the image, and each change of them makes a build anew",
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
    why: `each build looks at all of them; secrets were not looked for further`,
    at: { file: ignoreFile ?? join(folder, ".dockerignore") },
    fix: "# the folders that no image needs, such as:\n**/node_modules",
  }];
}
