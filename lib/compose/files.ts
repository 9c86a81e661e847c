/**
 * Which Compose files Compose reads: https://docs.docker.com/compose/intro/compose-application-model/#the-compose-file.
 *
 * @module
 */

import { parseEnv } from "node:util";
import { delimiter, dirname, join, resolve } from "node:path";

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
