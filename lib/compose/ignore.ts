/**
 * Reads a `.dockerignore`: the files that it keeps out of the build context.
 *
 * The rules are those of BuildKit: https://docs.docker.com/build/concepts/context/#dockerignore-files, in detail
 * https://github.com/moby/patternmatcher. They differ from `.gitignore`: a pattern without `**` matches at the top only.
 *
 * @module
 */

import { join, posix } from "node:path";
import type { ReadTextFile } from "./files.ts";

/** One line of the file. */
interface Pattern {
  /** Whether it takes matching paths in again. */
  exception: boolean;
  matches: RegExp;
  /** The folders and the name that it starts with, up to the first wildcard. */
  start: readonly string[];
  /** Whether there is a wildcard behind them. */
  open: boolean;
}

/** A `.dockerignore`. */
export interface Ignore {
  /** Whether a path, relative to the context, is kept out. */
  ignores(path: string): boolean;
  /** Whether a folder and all that is in it is kept out. */
  ignoresAll(folder: string): boolean;
}

/**
 * Reads the `.dockerignore` of a build, which may stand beside its Dockerfile:
 * https://docs.docker.com/build/concepts/context/#filename-and-location
 *
 * @param options.dockerfile the path of the Dockerfile, if it is a file
 */
export async function ignoreOf(
  folder: string,
  { dockerfile, readTextFile }: {
    dockerfile: string | undefined;
    readTextFile: ReadTextFile;
  },
): Promise<{ ignore: Ignore; file: string | undefined }> {
  const candidates = [
    ...(dockerfile === undefined ? [] : [`${dockerfile}.dockerignore`]),
    join(folder, ".dockerignore"),
  ];
  for (const file of candidates) {
    const text = await readTextFile(file).catch(() => undefined);
    if (text !== undefined) return { ignore: readIgnore(text), file };
  }
  return { ignore: readIgnore(""), file: undefined };
}

/** Reads a `.dockerignore`. */
export function readIgnore(text: string): Ignore {
  const patterns = text.replace(/^\uFEFF/, "").split(/\r?\n/)
    .flatMap((line) => patternOf(line) ?? []);
  const ignores = (path: string) => isIgnored(path, patterns);
  return {
    ignores,
    ignoresAll: (folder) => {
      const names = folder.split("/");
      return ignores(folder) &&
        !patterns.some((pattern) =>
          pattern.exception && reaches(pattern, names)
        );
    },
  };
}

/**
 * The last pattern that matches the path or a folder around it decides. As in BuildKit, which walks down from the top: an
 * exception is tried only on a path that is ignored at that point.
 */
function isIgnored(path: string, patterns: readonly Pattern[]): boolean {
  let ignored = false;
  let around: readonly boolean[] = patterns.map(() => false);
  for (const name of pathsTo(path)) {
    ignored = false;
    around = patterns.map(({ exception, matches }, i) => {
      const match = around[i]! || (exception === ignored && matches.test(name));
      if (match) ignored = !exception;
      return match;
    });
  }
  return ignored;
}

/** "a", "a/b" and "a/b/c" for "a/b/c". */
function pathsTo(path: string): string[] {
  const names = path.split("/");
  return names.map((_, i) => names.slice(0, i + 1).join("/"));
}

/** Whether a pattern may match something in a folder. */
function reaches({ start, open }: Pattern, folder: readonly string[]): boolean {
  const common = Math.min(start.length, folder.length);
  const agrees = start.slice(0, common).every((name, i) => name === folder[i]);
  return agrees && (open || start.length > folder.length);
}

/** https://github.com/moby/patternmatcher/blob/main/ignorefile/ignorefile.go */
function patternOf(line: string): Pattern | undefined {
  if (line.startsWith("#")) return undefined;
  const trimmed = line.trim();
  const exception = trimmed.startsWith("!");
  const text = exception ? trimmed.slice(1).trim() : trimmed;
  if (text === "") return undefined;
  const path = posix.normalize(text).replace(/(?<=.)\/$/, "")
    .replace(/^\/(?=.)/, "");
  const names = path.split("/");
  const wild = names.findIndex((name) => /[*?[\\]/.test(name));
  const matches = expressionOf(path);
  return matches && {
    exception,
    matches,
    start: wild < 0 ? names : names.slice(0, wild),
    open: wild >= 0,
  };
}

/** https://github.com/moby/patternmatcher/blob/main/patternmatcher.go; undefined where the engine would refuse it. */
function expressionOf(pattern: string): RegExp | undefined {
  // A lone "**" in front is compared as the end of the path, so that "**.md" means any file that ends so.
  const end = /^\*\*([^*?[\\]*)$/.exec(pattern)?.[1];
  if (end !== undefined) {
    return new RegExp(
      end.startsWith("/")
        ? `(^|/)${literal(end.slice(1))}$`
        : `${literal(end)}$`,
      "s",
    );
  }
  const token = /\*\*\/?|\*|\?|\\.|\[\^?(?:\\.|[^\]\\])+\]|./gsu;
  const source = [...pattern.matchAll(token)].map(([part], i, all) => {
    const isLast = i === all.length - 1;
    if (part.startsWith("**")) return isLast ? ".*" : "(.*/)?";
    if (part === "*") return "[^/]*";
    if (part === "?") return "[^/]";
    if (part.startsWith("[") && part.length > 1) return part;
    return literal(part.length > 1 ? part.slice(1) : part);
  }).join("");
  try {
    return new RegExp(`^${source}$`, "s");
  } catch {
    return undefined;
  }
}

/** Whether a name, without a slash, matches a pattern such as `*.json`. */
export function matchesName(pattern: string, name: string): boolean {
  return expressionOf(pattern)?.test(name) ?? false;
}

function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
