/**
 * Finds where in the Compose files a key stands: only for a failure that is about to be reported.
 *
 * @module
 */

import { delimiter, dirname, join, resolve } from "node:path";
import { parseEnv } from "node:util";
import type { Document, Node } from "yaml";
import type { Location } from "../errors/wording.ts";

/** The names that Compose looks for, the first one wins: https://github.com/compose-spec/compose-go/blob/main/cli/options.go */
const NAMES = [
  "compose.yaml",
  "compose.yml",
  "docker-compose.yml",
  "docker-compose.yaml",
];

const OVERRIDES = [
  "compose.override.yml",
  "compose.override.yaml",
  "docker-compose.override.yml",
  "docker-compose.override.yaml",
];

/** Reads a text file; rejects when it cannot be read. */
export type ReadTextFile = (path: string) => Promise<string>;

/** Where Compose looks for its files. */
export interface Lookup {
  /** Absolute path. */
  directory: string;
  env: Readonly<Record<string, string>>;
  readTextFile: ReadTextFile;
}

/**
 * The files that Compose reads, as absolute paths, each after those that it overrides: what COMPOSE_FILE names, in the
 * environment or in `.env`, else the conventional names in the directory or the nearest folder above.
 */
export async function composeFiles(lookup: Lookup): Promise<string[]> {
  return (await composePlace(lookup)).files;
}

/** What Compose works with. */
export interface ComposePlace {
  /** See {@linkcode composeFiles}. */
  files: string[];
  /** The environment, with what `.env` adds. */
  env: Readonly<Record<string, string>>;
  /** The text of `.env`, or of the files that COMPOSE_ENV_FILES names instead. */
  dotenv: string;
  /** The folder of the project, which relative paths in its files start from. */
  directory: string;
}

/** Finds the files as Compose does, and reads `.env`. */
export async function composePlace(lookup: Lookup): Promise<ComposePlace> {
  const { directory, env, readTextFile } = lookup;
  const found = env.COMPOSE_FILE
    ? listed(env, directory)
    : await conventional(directory, readTextFile);
  const folderOf = (files: readonly string[]) =>
    files[0] ? dirname(files[0]) : directory;
  const envFiles = (env.COMPOSE_ENV_FILES || join(folderOf(found), ".env"))
    .split(",").map((file) => resolve(directory, file));
  const texts = await Promise.all(
    envFiles.map((file) => readTextFile(file).catch(() => "")),
  );
  const dotenv = texts.join("\n");
  const all = { ...parseEnv(dotenv) as Record<string, string>, ...env };
  const files = all.COMPOSE_FILE ? listed(all, directory) : found;
  return { files, env: all, dotenv, directory: folderOf(files) };
}

function listed(env: Lookup["env"], directory: string): string[] {
  const { COMPOSE_FILE = "", COMPOSE_PATH_SEPARATOR } = env;
  return COMPOSE_FILE.split(COMPOSE_PATH_SEPARATOR || delimiter)
    .map((file) => resolve(directory, file));
}

async function conventional(
  directory: string,
  readTextFile: ReadTextFile,
): Promise<string[]> {
  const first = async (names: readonly string[]) => {
    for (const file of names.map((name) => join(directory, name))) {
      const exists = await readTextFile(file).then(() => true, () => false);
      if (exists) return [file];
    }
    return [];
  };
  const file = await first(NAMES);
  if (file.length > 0) return [...file, ...await first(OVERRIDES)];
  const parent = dirname(directory);
  return parent === directory ? [] : await conventional(parent, readTextFile);
}

/**
 * Where a key stands, or an item of a list; where that is not written down (it came in by `<<`), the nearest one around
 * it. Of several files, the last one that has the path's first key counts, as Compose lets the last top-level `x-` block win.
 *
 * @param path keys and indexes from the top of a Compose file
 * @param options.files in the order in which Compose uses them
 * @returns undefined when no file has it, or one that might have it cannot be read.
 */
export async function locate(
  path: Path,
  { files, readTextFile }: {
    files: readonly string[];
    readTextFile: ReadTextFile;
  },
): Promise<Location | undefined> {
  const yaml = await import("yaml");
  try {
    for (const file of files.toReversed()) {
      const position = positionIn(await readTextFile(file), path, yaml);
      if (position) return { file, ...position };
    }
  } catch {
    // Where a file cannot be read, no place is better than a wrong one.
  }
  return undefined;
}

type Path = readonly (string | number)[];

/** The parser, which is loaded only when it is needed. */
type Yaml = typeof import("yaml");

function positionIn(text: string, path: Path, yaml: Yaml) {
  const lineCounter = new yaml.LineCounter();
  // Compose merges the documents of a file as it merges files.
  const documents = [...yaml.parseAllDocuments(text, { lineCounter })];
  const error = documents.flatMap(({ errors }) => errors)[0];
  if (error) throw error;
  const document = documents.findLast(({ contents }) =>
    yaml.isMap(contents) && contents.has(path[0])
  );
  const offset = document && offsetOf(path, document, yaml);
  if (offset === undefined) return undefined;
  const { line, col } = lineCounter.linePos(offset);
  return { line, column: col };
}

function offsetOf(path: Path, document: Document.Parsed, yaml: Yaml) {
  let node: Node | null | undefined = document.contents;
  let offset: number | undefined;
  for (const key of path) {
    const at = yaml.isAlias(node) ? node.resolve(document) : node;
    const found = childOf(at, key, yaml);
    if (!found) break;
    ({ node, offset } = found);
  }
  return offset;
}

interface Child {
  node: Node | null;
  /** Of the key or, in a list, of the item. */
  offset: number;
}

function childOf(
  node: Node | null | undefined,
  key: string | number,
  { isMap, isScalar, isSeq }: Yaml,
): Child | undefined {
  if (isMap<Node, Node | null>(node)) {
    const pair = node.items.find((pair) =>
      isScalar(pair.key) && String(pair.key.value) === String(key)
    );
    return pair && { node: pair.value, offset: pair.key.range![0] };
  }
  const item = isSeq<Node>(node) ? node.items[Number(key)] : undefined;
  return item && { node: item, offset: item.range![0] };
}
