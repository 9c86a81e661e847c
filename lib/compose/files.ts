/**
 * Which Compose files Compose reads: https://docs.docker.com/compose/intro/compose-application-model/#the-compose-file.
 *
 * @module
 */

import { delimiter, dirname, join, resolve } from "node:path";
import { readEnvFile } from "./env_file.ts";

/** The names that Compose looks for, the first one wins: https://github.com/compose-spec/compose-go/blob/main/cli/options.go */
export const NAMES = [
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
 * The files that Compose reads, as absolute paths, each after those that it overrides. COMPOSE_FILE names them, in the
 * environment or in `.env`; otherwise they have conventional names, in the directory or the nearest folder above.
 */
export async function composeFiles(lookup: Lookup): Promise<string[]> {
  return (await composePlace(lookup)).files;
}

/** The files and variables that Compose works with. */
interface ComposePlace {
  /** As {@linkcode composeFiles} finds them. */
  files: string[];
  /** The environment, with the variables that `.env` adds. */
  env: Readonly<Record<string, string>>;
  /** The variables that `.env` sets, whatever the environment has. */
  fileEnv: Readonly<Record<string, string>>;
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
  const texts = await Promise.all(
    envFiles(lookup, folderOf(found, directory))
      .map((file) => readTextFile(file).catch(() => "")),
  );
  const fileEnv = texts.reduce(
    (before, text) => ({
      ...before,
      ...readEnvFile(text, { ...before, ...env }),
    }),
    {},
  );
  const all: Lookup["env"] = { ...fileEnv, ...env };
  const files = all.COMPOSE_FILE ? listed(all, directory) : found;
  return {
    files,
    env: all,
    fileEnv,
    dotenv: texts.join("\n"),
    directory: folderOf(files, directory),
  };
}

function folderOf(files: readonly string[], directory: string): string {
  return files[0] ? dirname(files[0]) : directory;
}

/** https://docs.docker.com/compose/how-tos/environment-variables/envvars/ */
function envFiles({ env, directory }: Lookup, folder: string): string[] {
  if (env.COMPOSE_ENV_FILES) {
    return env.COMPOSE_ENV_FILES.split(",")
      .map((file) => resolve(directory, file));
  }
  return isOn(env.COMPOSE_DISABLE_ENV_FILE) ? [] : [join(folder, ".env")];
}

/** Whether a variable of Compose is switched on, which understands no "yes". */
export function isOn(value: string | undefined): boolean {
  return /^(1|t|true)$/i.test(value ?? "");
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
