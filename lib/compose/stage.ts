/**
 * Reads from a Dockerfile how the image of a stage runs (its user, command and health check), the labels that it sets, and
 * which files it takes from the build context.
 *
 * The rules are those of BuildKit: https://docs.docker.com/reference/dockerfile/.
 *
 * @module
 */

import { posix } from "node:path";
import {
  type BaseOptions,
  builtFor,
  contextImage,
  isKnown,
  parentOf,
  readStages,
  type Stage as OwnStage,
  targetOf,
} from "./dockerfile.ts";
import type { ReadTextFile } from "./files.ts";
import { matchesName } from "./ignore.ts";
import type { Build } from "./service.ts";
import { readDockerfile } from "./sources.ts";
import { execForm, type Instruction, mountsOf } from "./instructions.ts";

/** How the image of a stage is made. */
export interface Stage {
  /** The stage's own FROM. */
  from: Instruction;
  /** Of the stage and those that it stands on, in the order in which they apply, each stage from its FROM on. */
  instructions: readonly Instruction[];
  /** Of all stages that are built for it, itself included. */
  built: readonly Instruction[];
  /** The image that its first stage stands on, `scratch` included; undefined where it is unknown. */
  base: string | undefined;
  /** All images that its stages stand on; undefined where they are unknown. */
  images: readonly string[] | undefined;
}

/** Reads the target stage, the last one by default; undefined where there is none. */
export function readStage(
  text: string,
  options: BaseOptions = {},
): Stage | undefined {
  const stages = readStages(text, options);
  const last = targetOf(stages, options);
  if (!last) return undefined;
  const chain = chainOf(last, stages, options);
  const { base } = chain[0]!;
  const { stages: built, images } = builtFor(last, stages, options);
  return {
    from: last.from,
    instructions: instructionsOf(chain),
    built: instructionsOf(built),
    base: isKnown(base) ? contextImage(base, options) : undefined,
    images,
  };
}

/** Reads the stage of a build; undefined where its Dockerfile is not on this machine, or has no such stage. */
export async function stageOf(
  build: Build,
  readTextFile: ReadTextFile,
): Promise<Stage | undefined> {
  const text = build.inline ?? await readDockerfile(build, readTextFile);
  return text === undefined ? undefined : readStage(text, build);
}

/** The stages that a stage stands on, the first one first, and itself. */
function chainOf(
  stage: OwnStage,
  stages: readonly OwnStage[],
  options: BaseOptions,
): OwnStage[] {
  const parent = parentOf(stage, stages, options);
  return parent ? [...chainOf(parent, stages, options), stage] : [stage];
}

function instructionsOf(stages: readonly OwnStage[]): Instruction[] {
  return stages.flatMap(({ from, own }) => [from, ...own]);
}

/** The last instruction of a kind, which is the one that counts. */
export function lastOf(
  { instructions }: Stage,
  keyword: string,
): Instruction | undefined {
  return instructions.findLast((one) => one.keyword === keyword);
}

/**
 * The instruction that has a container's program run by a shell; undefined where none does.
 *
 * @param replaced what of it the Compose file replaces
 */
export function shellForm(
  stage: Stage,
  replaced: { entrypoint: boolean; command: boolean },
): Instruction | undefined {
  if (replaced.entrypoint) return undefined;
  const isShell = (one: Instruction | undefined) =>
    one && execForm(one.rest) === undefined && !/^exec\s/.test(one.rest);
  const entrypoint = lastOf(stage, "ENTRYPOINT");
  if (isShell(entrypoint)) return entrypoint;
  const command = replaced.command ? undefined : commandOf(stage, entrypoint);
  return isShell(command) ? command : undefined;
}

/** The CMD that counts: an ENTRYPOINT takes away that of the stages below. */
function commandOf(stage: Stage, entrypoint: Instruction | undefined) {
  const { instructions } = stage;
  const command = lastOf(stage, "CMD");
  if (!command || !entrypoint) return command;
  const between = instructions.slice(
    instructions.indexOf(command),
    instructions.indexOf(entrypoint),
  );
  return between.some(({ keyword }) => keyword === "FROM")
    ? undefined
    : command;
}

/** Where COPY, ADD and mounts take files from in the build context, such as "." or "src/*"; undefined is anywhere. */
export function contextSources({ built }: Stage): (string | undefined)[] {
  return sourcesIn(built);
}

/** As {@linkcode contextSources}, of those files only that get into a layer of the image: not those of other stages. */
export function imageSources(
  { instructions }: Stage,
): (string | undefined)[] {
  return sourcesIn(instructions.filter(({ keyword }) => keyword !== "RUN"));
}

function sourcesIn(
  instructions: readonly Instruction[],
): (string | undefined)[] {
  return instructions.flatMap((instruction) =>
    instruction.keyword === "RUN"
      ? mountsOf(instruction)
        .filter(({ type, from }) => type === "bind" && from === undefined)
        .map(({ source }) => source)
      : copiedFrom(instruction)
  );
}

/** The sources of a COPY or ADD in the build context; none of any other instruction. */
function copiedFrom(
  { keyword, flags, words }: Instruction,
): (string | undefined)[] {
  if (keyword !== "COPY" && keyword !== "ADD") return [];
  if (flags.some((flag) => flag.startsWith("--from="))) return [];
  return words.slice(0, -1)
    .filter((word) => !/^(\d*<<|[a-z]+:\/\/|git@)/.test(word))
    .map((word) => {
      const path = pathIn(word);
      // Nothing leads out of the context: "../x" is "x".
      return path && (posix.join("/", path).slice(1) || ".");
    });
}

/** A path of COPY or ADD; undefined where only the engine knows it, or where it has a space in quotes. */
function pathIn(word: string): string | undefined {
  const isOpen = (word.match(/["']/g)?.length ?? 0) % 2 === 1;
  return word.includes("$") || isOpen ? undefined : unquoted(word);
}

/** Whether one of the sources may take a file; its path is relative to the context. */
export function takes(
  sources: readonly (string | undefined)[],
  path: string,
): boolean {
  return matchesAny(sources, path, { beyond: false });
}

/** Whether one of the sources may take a file in a folder. */
export function takesWithin(
  sources: readonly (string | undefined)[],
  folder: string,
): boolean {
  return matchesAny(sources, folder, { beyond: true });
}

/** @param options.beyond whether a source that goes on below the path matches */
function matchesAny(
  sources: readonly (string | undefined)[],
  path: string,
  { beyond }: { beyond: boolean },
): boolean {
  const names = path.split("/");
  return sources.some((source) =>
    source === undefined ||
    source.split("/").filter((part) => part !== "" && part !== ".")
      .every((part, i) =>
        i < names.length ? matchesName(part, names[i]!) : beyond
      )
  );
}

/** The keys of the labels that the stage and those that it stands on set themselves, not those of their base image. */
export function labelKeys({ instructions }: Stage): string[] {
  return instructions.filter(({ keyword }) => keyword === "LABEL")
    .flatMap(({ words }) => {
      const pairs = words.filter((word) => word.includes("="));
      // The old form has one key, and a value of several words behind it.
      const keys = pairs.length > 0 ? pairs : words.slice(0, 1);
      return keys.map((word) => unquoted(word).replace(/=.*$/s, ""));
    });
}

function unquoted(word: string): string {
  return word.replace(/\\(.)|["']/gs, "$1");
}

/** A path of the image, and the sources that COPY or ADD has put there. */
export interface Copied {
  /** Absolute path. */
  target: string;
  /** Paths relative to the context; empty for files of other stages and images. */
  sources: readonly string[];
}

/** The working directory of the stage's image; undefined where only the engine knows it. */
export function workingDirOf({ instructions }: Stage): string | undefined {
  return instructions.filter(({ keyword }) => keyword === "WORKDIR")
    .reduce<string | undefined>((at, { rest }) => {
      const path = unquoted(rest);
      if (path.includes("$")) return undefined;
      return path.startsWith("/") || at !== undefined
        ? posix.resolve(at ?? "/", path)
        : undefined;
    }, undefined);
}

/**
 * Where COPY and ADD put files in the image of the stage.
 *
 * @param workingDir of the image, for a WORKDIR that only the engine knows
 */
export function copied(
  { instructions }: Stage,
  workingDir: string,
): Copied[] {
  const isSet = instructions.some(({ keyword }) => keyword === "WORKDIR");
  let at = isSet ? "/" : workingDir;
  return instructions.flatMap((instruction) => {
    const { keyword, words, rest } = instruction;
    if (keyword === "WORKDIR") {
      at = rest.includes("$") ? workingDir : posix.resolve(at, unquoted(rest));
    }
    if (keyword !== "COPY" && keyword !== "ADD") return [];
    const target = pathIn(words.at(-1) ?? "$");
    if (target === undefined) return [];
    return [{
      target: posix.resolve(at, target),
      sources: copiedFrom(instruction).filter((source) => source !== undefined)
        .map((source) => source.replace(/\/$/, "")),
    }];
  });
}
