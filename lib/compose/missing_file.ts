/**
 * Finds what is there instead of a Compose file that the caller names and that is missing, or is a folder.
 *
 * @module
 */

import { basename, dirname, join } from "node:path";
import type { Complaint } from "../errors/failure.ts";
import { nearestOf } from "../text/nearest.ts";
import { NAMES } from "./files.ts";

/** Options of {@linkcode withOthers}. */
export interface OthersOptions {
  /** The Compose files that are named, as absolute paths. */
  files: readonly string[];
  /** The names in a folder; undefined if it cannot be read. */
  list: (folder: string) => Promise<readonly string[] | undefined>;
  /** The path of a file as the user sees it. */
  shown: (file: string) => string;
  /** The path of a file as `-f` takes it. */
  asFlag: (file: string) => string;
}

/** The most names that are shown. */
const SHOWN = 6;

/** Describes a named file that is missing: the files beside it, and the list of files with the one that is meant. */
export async function withOthers(
  { name }: { name: string },
  { list, ...options }: OthersOptions,
): Promise<NonNullable<Complaint["about"]>> {
  const folder = dirname(name);
  const all = await list(folder) ?? [];
  const nearest = await nearestOf(basename(name), all.filter(isYaml));
  const there = all.filter(isLikeCompose).toSorted();
  const one = nearest ?? defaultOf(there) ??
    (there.length === 1 ? there[0] : undefined);
  return {
    what: "compose-file",
    name: options.shown(name),
    folder: options.shown(folder),
    there: there.slice(0, SHOWN),
    ...(nearest !== undefined && { nearest }),
    ...filesWith(one && join(folder, one), name, options),
  };
}

/** Describes a folder that is named in place of a Compose file, with the file in it. */
export async function withFileIn(
  { name }: { name: string },
  { list, ...options }: OthersOptions,
): Promise<NonNullable<Complaint["about"]>> {
  const there = (await list(name) ?? []).filter(isLikeCompose).toSorted();
  const one = defaultOf(there) ?? there[0];
  return {
    what: "folder",
    name: options.shown(name),
    there: there.slice(0, SHOWN),
    ...filesWith(one && join(name, one), name, options),
  };
}

/** The named files, with another one in the place of the wrong one. */
function filesWith(
  one: string | undefined,
  wrong: string,
  { files, asFlag }: Omit<OthersOptions, "list">,
): { files?: readonly string[] } {
  const others = files.filter((file) => file !== wrong);
  const isNamed = others.length < files.length;
  if (!isNamed || one === undefined && others.length === 0) return {};
  const right = files.flatMap((file) =>
    file !== wrong
      ? [file]
      : one === undefined || others.includes(one)
      ? []
      : [one]
  );
  return { files: [...new Set(right)].map(asFlag) };
}

function defaultOf(names: readonly string[]): string | undefined {
  return NAMES.find((name) => names.includes(name));
}

/** Whether a file is YAML by its name, which must not look like a flag. */
function isYaml(name: string): boolean {
  return /^[^-].*\.ya?ml$/is.test(name);
}

function isLikeCompose(name: string): boolean {
  return isYaml(name) && /compose/i.test(name);
}

/** Folders of third parties. */
const FOREIGN = ["node_modules", "vendor", "site-packages", "target", "dist"];

/** The most folders that are looked into, and the most files that are found. */
const MOST_FOLDERS = 100;
const MOST_FILES = 3;

/** Compose files that Compose does not find by itself: in a folder, of other names, and in the folders within. */
export async function composeFilesNear(
  directory: string,
  list: OthersOptions["list"],
): Promise<string[]> {
  const names = (await list(directory) ?? []).toSorted();
  const found = names.filter(isLikeCompose);
  const folders = names.filter((name) =>
    !name.includes(".") && !FOREIGN.includes(name)
  ).slice(0, MOST_FOLDERS);
  for (const folder of folders) {
    const one = defaultOf(await list(join(directory, folder)) ?? []);
    if (one !== undefined) found.push(join(folder, one));
  }
  return found.slice(0, MOST_FILES).map((file) => join(directory, file));
}
