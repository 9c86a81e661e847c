/**
 * The source of an application as `init` sees it: the paths of a folder, and what can be read in its files. Nothing of it is
 * executed.
 *
 * @module
 */

import { toShell } from "../text/shell.ts";

/** An entry of a folder. */
export interface Entry {
  name: string;
  /** A link is `other`, wherever it leads. */
  kind: "file" | "folder" | "other";
}

/** The files of this machine, without what links lead to. */
export interface Tree {
  /** The entries of a folder; none if it cannot be read. */
  list(folder: string): Promise<readonly Entry[]>;
  /** The text of a file; undefined if it is a link, no file, too large, or cannot be read. */
  read(path: string): Promise<string | undefined>;
}

/** The source in a folder. */
export interface Source {
  /** Absolute path of the folder. */
  folder: string;
  /** The files, relative to the folder, with `/`. */
  paths: readonly string[];
  /** The text of a file; undefined if there is none. */
  read(path: string): Promise<string | undefined>;
}

/** Folders that are made by tools or belong to third parties. */
const SKIPPED =
  /^(\.git|\.hg|\.svn|node_modules|bower_components|vendor|\.?venv|env|site-packages|__pycache__|\.tox|\.next|\.cache|coverage)$/;

/** The most files and levels of folders that are read. */
const MOST = 5_000;
const DEEPEST = 6;

/** Lists the source in a folder. */
export async function sourceIn(folder: string, tree: Tree): Promise<Source> {
  const paths: string[] = [];
  const open = [""];
  while (open.length > 0 && paths.length < MOST) {
    const within = open.shift()!;
    const entries = await tree.list(within ? `${folder}/${within}` : folder);
    for (const { name, kind } of entries) {
      const path = within ? `${within}/${name}` : name;
      if (kind === "file") paths.push(path);
      const isShallow = path.split("/").length < DEEPEST;
      if (kind === "folder" && isShallow && !SKIPPED.test(name)) {
        open.push(path);
      }
    }
  }
  return {
    folder,
    paths: paths.toSorted(),
    read: (path) => tree.read(`${folder}/${path}`),
  };
}

/** A path that stands in a Dockerfile as it is, and neither is an option nor leads out of the folder. */
export function isPlainPath(path: string): boolean {
  return /^[\w@][\w.@/-]*$/.test(path) && !path.split("/").includes("..");
}

/** Files of tests and settings, which say nothing about how the application runs. */
const BESIDE =
  /(^|\/)(tests?|specs?|__tests__|e2e|examples?|docs|scripts|migrations)\/|[._-](tests?|spec)\.\w+$|(^|\/)test_[^/]*$|\.config\.\w+$|\.d\.\w*ts$|(^|\/)conftest\.py$/;

/** The texts of the application's files with one of the endings, tests left out, by path. */
export async function textsOf(
  { paths, read }: Source,
  endings: RegExp,
): Promise<ReadonlyMap<string, string>> {
  const own = paths.filter((path) => endings.test(path) && !BESIDE.test(path));
  const texts = await Promise.all(own.map(async (path) => {
    const text = await read(path);
    return text === undefined ? [] : [[path, text] as const];
  }));
  return new Map(texts.flat());
}

/** Whether a file is one of tests, by its name in the language. */
export function hasTestFiles({ paths }: Source, names: RegExp): boolean {
  return paths.some((path) => names.test(path));
}

/**
 * The port that the source names: the only number that the patterns find.
 *
 * @returns undefined where there is none, or several
 */
export function portIn(
  texts: Iterable<string>,
  patterns: readonly RegExp[],
): number | undefined {
  const found = new Set<number>();
  for (const text of texts) {
    for (const pattern of patterns) {
      for (const [, digits] of text.matchAll(pattern)) {
        const port = Number(digits);
        if (port > 0 && port < 65_536) found.add(port);
      }
    }
  }
  const [port] = found;
  return found.size === 1 ? port : undefined;
}

/** A call that may start a server, with the loopback address among its arguments. */
const LOOPBACK =
  /\b(?:listen|serve|run|\w*Server)\s*\([^;]{0,200}?["'`](?:127\.0\.0\.1|localhost|::1)["'`]/;

/** Whether the application seems to listen on the loopback only, which no client outside of its container reaches. */
export function isOnLoopback(texts: Iterable<string>): boolean {
  return [...texts].some((text) => LOOPBACK.test(text));
}

/** A start of a Dockerfile, or why there can be none. */
export type Start = Recipe | Lack;

/** A Dockerfile of good practice for the source of a folder. */
export interface Recipe {
  kind: "recipe";
  language: string;
  dockerfile: string;
  /** Whether it has a stage `test`. */
  hasTests: boolean;
  /** The port that the application listens on; undefined where that is not certain. */
  port: number | undefined;
  /** Whether the base image has an init, which passes signals on. */
  isInit: boolean;
  /** Lines for its `.dockerignore`. */
  ignored: readonly string[];
  /** Sentences for the user. */
  notes: readonly string[];
}

/** A source of a known language that no Dockerfile can be made for. */
export interface Lack {
  kind: "lack";
  language: string;
  /** A clause about the source. */
  why: string;
  /** The command that helps. */
  next: string;
}

/** The command that helps where init cannot. */
export const BY_HAND = "write a Dockerfile; todoflow init then adds the rest";

/** The command that helps where a folder within has the source; without such a folder, {@linkcode BY_HAND}. */
export function initWithin(
  { folder, paths }: Source,
  files: RegExp,
): string {
  const within = paths.filter((path) => path.includes("/"))
    .map((path) => ({ path, at: path.lastIndexOf("/") }))
    .find(({ path, at }) => files.test(path.slice(at + 1)));
  return within === undefined ? BY_HAND : toShell([
    ...["todoflow", "init", "-C"],
    `${folder}/${within.path.slice(0, within.at)}`,
  ]);
}

/** The note about a port that is not certain. */
export const NO_PORT =
  "The port is not certain: add EXPOSE and HEALTHCHECK to the Dockerfile and `ports:` to the Compose file.";

/** The note about a server that listens on the loopback. */
export const ON_LOOPBACK =
  "The application seems to listen on 127.0.0.1 only: it must listen on 0.0.0.0 to be reached from outside of its container.";

/** A command as an instruction such as CMD, in exec form. */
export function execText(words: readonly string[]): string {
  return `[${words.map((word) => JSON.stringify(word)).join(", ")}]`;
}

/** A health check that runs a command of the image, at once and often, because others wait for it. */
export function healthText(words: readonly string[]): string {
  return `HEALTHCHECK --interval=3s --timeout=5s --retries=20 \\\n  CMD ${
    execText(words)
  }`;
}
