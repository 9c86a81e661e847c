/**
 * The stages of a Dockerfile, and the base images of a build.
 *
 * `docker build --pull` resolves the newest base, but leaves an older local tag as it is, and a later build without
 * `--pull` takes that one. Pulled by its name, once, a base is the same for all builds.
 *
 * The rules are those of BuildKit: https://docs.docker.com/reference/dockerfile/.
 *
 * @module
 */

import {
  type Instruction,
  readInstructions,
  sourcesOf,
} from "./instructions.ts";

/** The parts of a build, besides its Dockerfile, that decide which images it needs. */
export interface BaseOptions {
  /** Build arguments. */
  args?: Readonly<Record<string, string>>;
  /** Name of a stage; default: the last one. */
  target?: string | undefined;
  /** Named contexts (Compose: `additional_contexts`), which come before stages and images of exactly that name. */
  contexts?: Readonly<Record<string, string>>;
}

/** A stage of a Dockerfile. */
export interface Stage {
  /** Its place among the stages, counted from 0. */
  index: number;
  /** In lower case. */
  name: string | undefined;
  /** The name behind FROM, its variables replaced; see {@linkcode isKnown}. */
  base: string;
  from: Instruction;
  /** The instructions behind its FROM. */
  own: readonly Instruction[];
}

/** Marks a value that only the engine knows; no name of an image contains it. */
const UNKNOWN = "\0";

/** Arguments that exist without a declaration: https://docs.docker.com/reference/dockerfile/#automatic-platform-args-in-the-global-scope. */
const PLATFORM = /^(TARGET|BUILD)(PLATFORM|OS|OSVERSION|ARCH|VARIANT)$/;

/** Roughly the form of a reference; any other text is an error to the engine, or has unknown parts. */
const REFERENCE = /^[a-zA-Z0-9]([\w.:/@+-]*\w)?$/;

/**
 * Names of the images that the target stage needs, as the Dockerfile writes them, each once. Neither `scratch` is one, nor
 * images that only other stages need, nor the frontend in `# syntax=`.
 *
 * Undefined when there is no such stage, or when a name depends on a value that only the engine knows.
 */
export function baseImages(
  text: string,
  options: BaseOptions = {},
): string[] | undefined {
  const stages = readStages(text, options);
  const last = targetOf(stages, options);
  return last && builtFor(last, stages, options).images;
}

/** The defaults of the build arguments that a Dockerfile declares, as far as they hold no variables. */
export function argumentDefaults(
  text: string,
): [name: string, value: string][] {
  return readInstructions(text).filter(({ keyword }) => keyword === "ARG")
    .flatMap(({ words }) => words)
    .flatMap((word): [string, string][] => {
      const [, name, value] = /^(\w+)=([^$]+)$/s.exec(word) ?? [];
      if (name === undefined || value === undefined) return [];
      return [[name, value.replace(/\\(.)|["']/gs, "$1")]];
    });
}

/** Reads the stages; the instructions above the first FROM belong to none. */
export function readStages(text: string, { args = {} }: BaseOptions): Stage[] {
  const stages: (Stage & { own: Instruction[] })[] = [];
  const globals = new Map<string, string>();
  for (const instruction of readInstructions(text)) {
    const { keyword, words } = instruction;
    const stage = stages.at(-1);
    if (keyword === "FROM") {
      const [image = "", as, name] = words;
      stages.push({
        index: stages.length,
        name: as?.toLowerCase() === "as" ? name?.toLowerCase() : undefined,
        base: expand(image, globals),
        from: instruction,
        own: [],
      });
    } else if (stage) stage.own.push(instruction);
    else if (keyword === "ARG") declare(words, globals, args);
  }
  return stages;
}

/** The stage that is built, the last one by default; undefined where there is none. */
export function targetOf(
  stages: readonly Stage[],
  { target }: BaseOptions,
): Stage | undefined {
  return target === undefined ? stages.at(-1) : stageNamed(target, stages);
}

/** Of stages with the same name the last one counts; capitals do not. */
function stageNamed(
  name: string,
  stages: readonly Stage[],
): Stage | undefined {
  return stages.findLast((stage) => stage.name === name.toLowerCase());
}

/** The stage that a stage stands on: one above it, unless a named context is meant. */
export function parentOf(
  { base, index }: Stage,
  stages: readonly Stage[],
  { contexts = {} }: BaseOptions,
): Stage | undefined {
  // FROM sees the stages above it only, and no numbers.
  return Object.hasOwn(contexts, base)
    ? undefined
    : stageNamed(base, stages.slice(0, index));
}

/** The stages and images that a stage needs. */
interface Built {
  /** The stage itself, and every stage that it needs. */
  stages: readonly Stage[];
  /** Each once, without `scratch`; undefined where the name of one is unknown. */
  images: string[] | undefined;
}

/** Finds the stages and images that a stage needs. */
export function builtFor(
  last: Stage,
  stages: readonly Stage[],
  options: BaseOptions,
): Built {
  const built = new Set<Stage>();
  const images = new Set<string>();
  const visit = (needed: Stage | string) => {
    if (typeof needed === "string") images.add(needed);
    else if (!built.has(needed)) {
      built.add(needed);
      neededBy(needed, stages, options).forEach(visit);
    }
  };
  visit(last);
  images.delete("scratch");
  const all = [...images];
  return {
    stages: [...built],
    images: all.every(isKnown) ? all : undefined,
  };
}

/** The stages and images that a stage stands on or takes files from. */
function neededBy(
  stage: Stage,
  stages: readonly Stage[],
  options: BaseOptions,
): (Stage | string)[] {
  const { contexts = {} } = options;
  const sources = stage.own.flatMap((instruction) =>
    sourcesOf(instruction).flatMap((name) =>
      Object.hasOwn(contexts, name)
        ? contextImage(name, options) ?? []
        : sourceOf(name, instruction, stages)
    )
  );
  const base = parentOf(stage, stages, options) ??
    contextImage(stage.base, options) ?? [];
  return [base, ...sources].flat();
}

/** The stage or image that an instruction takes files from; only COPY knows stages by their numbers. */
function sourceOf(
  name: string,
  { keyword }: Instruction,
  stages: readonly Stage[],
): Stage | string {
  return keyword === "COPY" && /^\d+$/.test(name)
    ? stages[Number(name)] ?? UNKNOWN
    : stageNamed(name, stages) ?? name;
}

/** The image that a name means; undefined where a named context puts something else in its place. */
export function contextImage(
  name: string,
  { contexts = {} }: BaseOptions,
): string | undefined {
  if (!Object.hasOwn(contexts, name)) return name;
  return /^docker-image:\/\/(.*)/.exec(contexts[name]!)?.[1];
}

/** Whether a name is complete: it depends on no value that only the engine knows. */
export function isKnown(image: string): boolean {
  return REFERENCE.test(image);
}

/** FROM knows only the arguments that are declared above the first FROM. */
function declare(
  words: readonly string[],
  globals: Map<string, string>,
  args: Readonly<Record<string, string>>,
) {
  for (const word of words) {
    const [, name = "", fallback] = /^([^=]*)(?:=(.*))?$/s.exec(word)!;
    const value = args[name] ?? (fallback && expand(fallback, globals));
    // A declaration without a value cancels an earlier default of the same name.
    if (value === undefined) globals.delete(name);
    else globals.set(name, value);
  }
}

/** How deep variables may stand in each other's defaults: each level is another pass over the text. */
const DEEPEST = 64;

/** Replaces variables, the innermost first, and removes quotes. */
function expand(text: string, globals: ReadonlyMap<string, string>): string {
  const literal = (value: string) => value.replaceAll("$", UNKNOWN);
  const variable =
    /\$(?:([a-zA-Z_]\w*)|\{([a-zA-Z_]\w*)(?:(:?[-+?])([^${}]*))?\})/g;
  let result = text
    .replace(/'([^']*)'/g, (_, quoted) => literal(quoted))
    .replaceAll('"', "");
  for (let before = "", level = 0; before !== result; level++) {
    if (level > DEEPEST) return UNKNOWN;
    before = result;
    result = before.replace(
      variable,
      (_, plain, braced, operator = "", word = "") => {
        const name = plain ?? braced;
        const value = globals.get(name) ??
          (PLATFORM.test(name) ? UNKNOWN : undefined);
        return substitute(value && literal(value), operator, word);
      },
    );
  }
  return result;
}

/** With a colon, an empty value counts as none, as in a POSIX shell. */
function substitute(
  value: string | undefined,
  operator: string,
  word: string,
): string {
  const isSet = operator.startsWith(":") ? !!value : value !== undefined;
  if (operator.endsWith("-")) return isSet ? value! : word;
  if (operator.endsWith("+")) return isSet ? word : "";
  if (operator.endsWith("?")) return isSet ? value! : UNKNOWN;
  return value ?? "";
}
