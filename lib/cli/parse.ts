/**
 * Turns argv into a request, by the same flag tables as help.
 *
 * @module
 */

import { TodoflowError } from "../errors/todoflow_error.ts";
import { flagsOf, TOOL_VERSION, WHEN } from "./flags.ts";
import type { Request } from "./request.ts";
import { isTag } from "../image_name.ts";
import type { Flag, Target } from "../target.ts";

/**
 * Reads the command line. The target is the first word that is no flag; without such a word it is the first of `targets`,
 * as with `make`.
 *
 * @throws {TodoflowError} for an unknown target or flag, for a flag without value or with an illegal one, and for an
 * argument that the target does not accept.
 */
export async function parse(
  argv: readonly string[],
  targets: readonly Target[],
): Promise<Request> {
  const [first = targets[0]!] = targets;
  const end = argv.indexOf("--");
  const own = end < 0 ? argv : argv.slice(0, end);
  const { word, rest } = splitTarget(own, targets);
  if (word === "help" && !targets.some(({ name }) => name === word)) {
    return await parse([...rest, "--help"], targets);
  }
  const target = word === undefined
    ? first
    : targets.find(({ name }) => name === word);
  if (!target) throw await unknownTarget(word!, targets);
  const bare = word === undefined;
  const table = bare ? [...flagsOf(first), TOOL_VERSION] : flagsOf(target);
  const values = await readFlags(rest, target, table);
  if (values.switches.has("help")) {
    return bare ? { kind: "help" } : { kind: "help", target };
  }
  // Behind a target it is a flag of that target.
  if (bare && values.switches.has("version")) return { kind: "tool-version" };
  const args = end < 0 ? [] : argv.slice(end + 1);
  const [given, ...others] = values.words;
  const chosen = wordOf(target, given);
  const [extra = target.args ? undefined : args[0]] = takesWord(target)
    ? others
    : values.words;
  if (extra !== undefined) {
    throw new TodoflowError({
      kind: "unexpected-argument",
      word: extra,
      target: target.name,
    });
  }
  const [directory] = values.given.get("directory") ?? [];
  const [project] = values.given.get("project-name") ?? [];
  const color = WHEN.find((when) => when === values.given.get("color")?.[0]);
  return {
    kind: "run",
    target,
    bare,
    ...(directory !== undefined && { directory }),
    ...(project !== undefined && { project }),
    files: values.given.get("file") ?? [],
    dryRun: values.switches.has("dry-run"),
    ...(color && { color }),
    flags: values.switches,
    values: values.given,
    ...(chosen !== undefined && { word: chosen }),
    args,
  };
}

function takesWord({ words, operand }: Target): boolean {
  return words !== undefined || operand !== undefined;
}

/** The word after a target that takes one. */
function wordOf({ name, words, operand }: Target, word: string | undefined) {
  if (!words) return operand === undefined ? undefined : word;
  if (word !== undefined && words.includes(word)) return word;
  throw new TodoflowError({
    kind: "argument",
    target: name,
    ...(word !== undefined && { word }),
    expected: words,
  });
}

/**
 * Finds the target among words and flags, such as `-C dir test -n`. The value of a flag is not the target.
 */
function splitTarget(argv: readonly string[], targets: readonly Target[]) {
  const takesValue = new Set(
    targets.flatMap(flagsOf).filter(({ value }) => value)
      .flatMap(({ name, short }) => [
        `--${name}`,
        ...(short === undefined ? [] : [`-${short}`]),
      ]),
  );
  const at = argv.findIndex((word, i) =>
    (!word.startsWith("-") || word === "-") &&
    !takesValue.has(argv[i - 1] ?? "")
  );
  return at < 0
    ? { word: undefined, rest: argv }
    : { word: argv[at]!, rest: argv.toSpliced(at, 1) };
}

async function readFlags(
  argv: readonly string[],
  target: Target,
  table: readonly Flag[],
) {
  // Without flags there is nothing to parse, and loading the parser would cost `version` three milliseconds.
  if (argv.length === 0) {
    return {
      given: new Map<string, string[]>(),
      switches: new Set<string>(),
      words: [],
    };
  }
  const { parseArgs } = await import("@std/cli/parse-args");
  const valued = table.filter(({ value }) => value);
  const unknown: string[] = [];
  const parsed = parseArgs(argv, {
    boolean: table.filter(({ value }) => !value).map(({ name }) => name),
    // "_" keeps words such as 1.10 from becoming numbers.
    string: ["_", ...valued.map(({ name }) => name)],
    collect: valued.map(({ name }) => name),
    alias: Object.fromEntries(
      table.flatMap(({ name, short }) => short ? [[short, name]] : []),
    ),
    unknown: (arg: string, key?: string) => {
      if (key !== undefined) unknown.push(arg);
      return key === undefined;
    },
  });
  const [flag] = unknown;
  if (flag !== undefined) throw await unknownFlag(flag, target, table);
  const given = new Map<string, string[]>();
  for (const { name, many, choices, isTag: mustBeTag } of valued) {
    const values = parsed[name] as string[];
    if (values.length > 0) given.set(name, values);
    if (values.includes("")) throw flagValue(name, "a value is missing");
    if (values.length > 1 && !many) throw flagValue(name, "given twice");
    const other = values.find((value) => !(choices?.includes(value) ?? true));
    if (choices && other !== undefined) {
      throw flagValue(name, `expected ${oneOf(choices)}, got "${other}"`);
    }
    const illegal = mustBeTag && values.find((value) => !isTag(value));
    if (illegal) throw flagValue(name, `"${illegal}" is ${NO_TAG}`);
  }
  const switches = new Set(
    table.filter(({ name, value }) => !value && parsed[name] === true)
      .map(({ name }) => name),
  );
  return { given, switches, words: parsed._ };
}

/** Such as "auto, always or never". */
function oneOf(words: readonly string[]): string {
  return [words.slice(0, -1).join(", "), ...words.slice(-1)]
    .filter(Boolean).join(" or ");
}

const NO_TAG =
  "no legal image tag: at most 128 letters, digits, '_', '.' and '-', the first neither '.' nor '-'";

function flagValue(name: string, problem: string): TodoflowError {
  return new TodoflowError({ kind: "flag-value", flag: `--${name}`, problem });
}

/** A suggestion differs from the word by at most so many edits: beyond that, the user probably means another word. */
const NEAR = 2;

/** The word that the user probably means, if there is one. Loads its packages late: they would cost `version` a millisecond. */
async function nearestOf(word: string, words: readonly string[]) {
  const [{ closestString }, { levenshteinDistance }] = await Promise.all([
    import("@std/text/closest-string"),
    import("@std/text/levenshtein-distance"),
  ]);
  const nearest = closestString(word, words);
  const edits = levenshteinDistance(word.toLowerCase(), nearest.toLowerCase());
  return edits <= NEAR ? nearest : undefined;
}

async function unknownTarget(word: string, targets: readonly Target[]) {
  const names = targets.map(({ name }) => name);
  const nearest = await nearestOf(word, names);
  return new TodoflowError({
    kind: "unknown-target",
    word,
    ...(nearest && { nearest }),
  });
}

async function unknownFlag(
  flag: string,
  { name }: Target,
  table: readonly Flag[],
) {
  const word = flag.split("=")[0]!;
  const nearest = word.startsWith("--")
    ? await nearestOf(word, table.map(({ name }) => `--${name}`))
    : undefined;
  return new TodoflowError({
    kind: "unknown-flag",
    flag: word,
    target: name,
    ...(nearest && { nearest }),
  });
}
