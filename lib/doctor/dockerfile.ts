/**
 * Reads from a Dockerfile how the image of a stage runs: its user, command, health check and ports, and what it takes from
 * the build context.
 *
 * The rules are those of BuildKit: https://docs.docker.com/reference/dockerfile/.
 *
 * @module
 */

import { baseImages, type BaseOptions } from "../compose/dockerfile.ts";

/** An instruction of a Dockerfile. */
export interface Instruction {
  /** In capitals. */
  keyword: string;
  /** The flags behind it, such as `--from=test`. */
  flags: readonly string[];
  /** What follows them: continuation lines joined, here-documents left out. */
  rest: string;
  /** Of the keyword, counted from 1. */
  line: number;
}

/** How the image of a stage is made. */
export interface Stage {
  /** The stage's own FROM. */
  from: Instruction;
  /** Of the stage and those that it stands on, in the order in which they apply, each stage from its FROM on. */
  instructions: readonly Instruction[];
  /** Of all stages that are built for it, itself included. */
  built: readonly Instruction[];
  /** The image that its first stage stands on, `scratch` included; undefined where it cannot be told. */
  base: string | undefined;
  /** All images that its stages stand on; undefined where they cannot be told. */
  images: readonly string[] | undefined;
}

interface OwnStage {
  name: string | undefined;
  from: Instruction;
  own: Instruction[];
}

/** Reads the target stage, the last one by default; undefined where there is none. */
export function readStage(
  text: string,
  options: BaseOptions = {},
): Stage | undefined {
  const instructions = readInstructions(text);
  const first = instructions.findIndex(({ keyword }) => keyword === "FROM");
  const globals = instructions.slice(0, Math.max(first, 0));
  const stages = stagesOf(instructions.slice(globals.length));
  const { target } = options;
  const last = target === undefined
    ? stages.at(-1)
    : stageNamed(target, stages) ?? stages[indexOf(target)];
  if (!last) return undefined;
  const nameOf = (stage: OwnStage) => baseName(stage, globals, options);
  const chain = chainOf(last, stages, { nameOf, options });
  return {
    from: last.from,
    instructions: chain.flatMap(({ from, own }) => [from, ...own]),
    built: builtFor(last, stages, { nameOf, options })
      .flatMap(({ from, own }) => [from, ...own]),
    base: contextImage(nameOf(chain[0]!), options),
    images: baseImages(text, options),
  };
}

/** The last instruction of a kind, which is the one that counts. */
export function lastOf(
  { instructions }: Stage,
  keyword: string,
): Instruction | undefined {
  return instructions.findLast((one) => one.keyword === keyword);
}

/** The words of an instruction in exec form, a JSON array; undefined for the shell form. */
export function execForm(rest: string): readonly string[] | undefined {
  try {
    const words: unknown = JSON.parse(rest);
    return Array.isArray(words) && words.every((one) => typeof one === "string")
      ? words
      : undefined;
  } catch {
    return undefined;
  }
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
  return built.flatMap(({ keyword, flags, rest }) => {
    if (keyword === "RUN") return mountSources(flags);
    if (keyword !== "COPY" && keyword !== "ADD") return [];
    if (flags.some((flag) => flag.startsWith("--from="))) return [];
    const words = execForm(rest) ?? rest.split(/\s+/).filter(Boolean);
    return words.slice(0, -1)
      .filter((word) => !/^(<<|[a-z]+:\/\/|git@)/.test(word))
      .map((word) => word.includes("$") ? undefined : word);
  });
}

/** https://docs.docker.com/reference/dockerfile/#run---mounttypebind */
function mountSources(flags: readonly string[]): string[] {
  return flags.flatMap((flag) => {
    const [, list] = /^--mount=(.*)/.exec(flag) ?? [];
    if (list === undefined) return [];
    const fields = new Map(
      list.split(",").map((field) => field.split("=") as [string, string]),
    );
    const isContext = (fields.get("type") ?? "bind") === "bind" &&
      !fields.has("from");
    return isContext ? [fields.get("source") ?? fields.get("src") ?? "."] : [];
  });
}

function stagesOf(instructions: readonly Instruction[]): OwnStage[] {
  const stages: OwnStage[] = [];
  for (const instruction of instructions) {
    if (instruction.keyword === "FROM") {
      const [, name] = /\sAS\s+(\S+)/i.exec(instruction.rest) ?? [];
      stages.push({
        name: name?.toLowerCase(),
        from: instruction,
        own: [],
      });
    } else stages.at(-1)?.own.push(instruction);
  }
  return stages;
}

function stageNamed(name: string, stages: readonly OwnStage[]) {
  return stages.findLast((stage) => stage.name === name.toLowerCase());
}

function indexOf(name: string): number {
  return /^\d+$/.test(name) ? Number(name) : -1;
}

/** The name behind FROM, its variables replaced; undefined where that cannot be told. */
function baseName(
  { from }: OwnStage,
  globals: readonly Instruction[],
  { args = {} }: BaseOptions,
): string | undefined {
  const [word = ""] = from.rest.split(/\s+/);
  if (word.toLowerCase() === "scratch") return "scratch";
  const lines = globals.filter(({ keyword }) => keyword === "ARG")
    .map(({ rest }) => `ARG ${rest}`);
  return baseImages([...lines, `FROM ${word}`].join("\n"), { args })?.[0];
}

/** What a named context puts in place of an image; undefined where it is no image. */
function contextImage(
  name: string | undefined,
  { contexts = {} }: BaseOptions,
): string | undefined {
  if (name === undefined || !Object.hasOwn(contexts, name)) return name;
  return /^docker-image:\/\/(.*)/.exec(contexts[name]!)?.[1];
}

interface Names {
  nameOf: (stage: OwnStage) => string | undefined;
  options: BaseOptions;
}

/** The stage that a stage stands on: one above it, unless a named context is meant. */
function parentOf(
  stage: OwnStage,
  stages: readonly OwnStage[],
  { nameOf, options: { contexts = {} } }: Names,
): OwnStage | undefined {
  const name = nameOf(stage);
  return name === undefined || Object.hasOwn(contexts, name)
    ? undefined
    : stageNamed(name, stages.slice(0, stages.indexOf(stage)));
}

/** The stages that a stage stands on, the first one first, and itself. */
function chainOf(
  stage: OwnStage,
  stages: readonly OwnStage[],
  names: Names,
): OwnStage[] {
  const parent = parentOf(stage, stages, names);
  return parent ? [...chainOf(parent, stages, names), stage] : [stage];
}

function builtFor(
  last: OwnStage,
  stages: readonly OwnStage[],
  names: Names,
): OwnStage[] {
  const built = new Set<OwnStage>();
  const visit = (stage: OwnStage | undefined) => {
    if (!stage || built.has(stage)) return;
    built.add(stage);
    visit(parentOf(stage, stages, names));
    for (const { flags } of stage.own) {
      for (const flag of flags) {
        const [, name] = /^--(?:from=|mount=(?:.*,)?from=)([^,]+)/.exec(flag) ??
          [];
        if (name !== undefined) {
          visit(stages[indexOf(name)] ?? stageNamed(name, stages));
        }
      }
    }
  };
  visit(last);
  return [...built];
}

/** Reads the instructions; comments, empty lines and here-documents are none. */
export function readInstructions(text: string): Instruction[] {
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  const continued = /^\s*#\s*escape\s*=\s*`\s*$/im.test(directivesOf(lines))
    ? /(?<!`)`[ \t]*$/
    : /(?<!\\)\\[ \t]*$/;
  const found: Instruction[] = [];
  for (let at = 0; at < lines.length;) {
    if (/^\s*(#|$)/.test(lines[at]!)) {
      at++;
      continue;
    }
    const line = at + 1;
    let joined = "";
    for (let open = true; open && at < lines.length; at++) {
      // Comments and empty lines do not end an instruction that goes on.
      if (/^\s*(#|$)/.test(lines[at]!)) continue;
      const part = lines[at]!.replace(continued, "");
      open = part !== lines[at];
      joined += part;
    }
    const instruction = instructionOf(joined, line);
    found.push(instruction);
    for (const { name, tabs } of heredocsOf(instruction)) {
      const ends = (line: string) =>
        (tabs ? line.replace(/^\t+/, "") : line) === name;
      while (at < lines.length && !ends(lines[at++]!));
    }
  }
  return found;
}

/** The comments above everything else, which may be directives. */
function directivesOf(lines: readonly string[]): string {
  const end = lines.findIndex((line) => !/^\s*#\s*\w+\s*=/.test(line));
  return lines.slice(0, end < 0 ? lines.length : end).join("\n");
}

function instructionOf(text: string, line: number): Instruction {
  const [, keyword = "", all = ""] = /^\s*(\S+)\s*(.*)$/s.exec(text) ?? [];
  const [flags = ""] = /^(--\S+\s*)*/.exec(all) ?? [];
  return {
    keyword: keyword.toUpperCase(),
    flags: flags.split(/\s+/).filter(Boolean)
      .map((flag) => flag.replace(/["']/g, "")),
    rest: all.slice(flags.length).trim(),
    line,
  };
}

function heredocsOf({ keyword, rest }: Instruction) {
  if (!/^(RUN|COPY|ADD|ONBUILD)$/.test(keyword)) return [];
  return [...rest.matchAll(/(?<=^|\s)\d*<<(-?)(["']?)(\w[\w.-]*)\2(?=\s|$)/g)]
    .map(([, dash, , name]) => ({ name: name!, tabs: dash === "-" }));
}
