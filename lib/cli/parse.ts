/**
 * Turns argv into a request, by the same flag tables as help.
 *
 * @module
 */

import { TodoflowError } from "../errors/todoflow_error.ts";
import { isTag } from "../image_name.ts";
import type { Flag, Target } from "../target.ts";
import { isProjectName, legalName } from "../text/project_name.ts";
import { type Bare, typingOf } from "./command_line.ts";
import { flagsOf, TOOL_VERSION, WHEN } from "./flags.ts";
import { type Found, type Part, partsOf } from "./parts.ts";
import type { Request } from "./request.ts";
import type { Behind } from "./unknown_flag.ts";

/**
 * Reads the command line. The target is the first word that is no flag; without such a word it is the first of `targets`,
 * as with `make`. A flag for help wins over everything else.
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
  const args = end < 0 ? [] : argv.slice(end + 1);
  const isRight = async (argv: readonly string[]) =>
    await parse(argv, targets).then(() => true, () => false);
  const { word, rest } = splitTarget(own, targets);
  if (word === "help" && !targets.some(({ name }) => name === word)) {
    return await parse([...rest, "--help"], targets);
  }
  const bare = word === undefined;
  const target = bare ? first : targets.find(({ name }) => name === word);
  if (!target) {
    const { unknownTarget } = await import("./unknown_target.ts");
    throw await unknownTarget(word!, rest, { targets, args, isRight });
  }
  const table = bare ? [...flagsOf(first), ...TOOL_VERSIONS] : flagsOf(target);
  const parts = partsOf(rest, table);
  if (hasFlag(parts, "help")) {
    return bare ? { kind: "help" } : { kind: "help", target };
  }
  // Behind a target it is a flag of that target.
  if (bare && hasFlag(parts, "version")) return { kind: "tool-version" };
  const behind = { ...{ target, bare, targets, parts, args, isRight } };
  const request = await requestOf(behind, table);
  const typing = typingOf(request, targets);
  const { project } = request;
  if (project !== undefined && !isProjectName(project)) {
    throw new TodoflowError({
      kind: "flag-value",
      ...{ flag: "--project-name", problem: `"${project}" is ${NO_PROJECT}` },
      next: typing.again({ project: legalName(project) }),
    });
  }
  return { ...request, typing };
}

/** The flag for todoflow's version, and its other letter. */
const TOOL_VERSIONS = [TOOL_VERSION, { ...TOOL_VERSION, short: "v" }];

async function requestOf(
  behind: Behind,
  table: readonly Flag[],
): Promise<Bare> {
  const { target, bare, args } = behind;
  const values = await readFlags(behind, table);
  const [given, ...others] = values.words;
  const chosen = wordOf(target, given);
  const [extra = target.args ? undefined : args[0]] = takesWord(target)
    ? others
    : values.words;
  if (extra !== undefined) {
    const { unexpectedWord } = await import("./unknown_flag.ts");
    throw unexpectedWord(extra, behind);
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
  const parts = partsOf(argv, targets.flatMap(flagsOf));
  const found = parts.find(({ kind }) => kind === "word");
  return {
    word: found?.typed[0],
    rest: parts.filter((part) => part !== found)
      .flatMap(({ typed }) => typed),
  };
}

function foundIn(parts: readonly Part[]): Found[] {
  return parts.flatMap((part) => part.kind === "flags" ? part.found : []);
}

function hasFlag(parts: readonly Part[], name: string): boolean {
  return foundIn(parts).some(({ flag }) => flag.name === name);
}

/** The flags by their long names, in the order of the table, and the words. */
async function readFlags(behind: Behind, table: readonly Flag[]) {
  const { parts, target } = behind;
  const unknown = parts.find((part) => part.kind === "unknown");
  if (unknown) {
    const { unknownFlag } = await import("./unknown_flag.ts");
    throw await unknownFlag(unknown, behind);
  }
  const wrong = parts.find((part) => part.kind === "no-value");
  const refuse = (flag: string, problem: string) =>
    new TodoflowError({
      kind: "flag-value",
      ...{ flag, problem, next: `todoflow ${target.name} --help` },
    });
  if (wrong) throw refuse(wrong.name, "it takes no value");
  const found = foundIn(parts);
  const valued = table.filter(({ value }) => value);
  for (const flag of valued) {
    const own = found.filter((one) => one.flag === flag);
    const problem = valueProblem(flag, own);
    if (problem !== undefined) throw refuse(`--${flag.name}`, problem);
  }
  const words = parts.filter(({ kind }) => kind === "word")
    .flatMap(({ typed }) => typed);
  return { ...await valuesOf(found, { table, valued }), words };
}

/** The values and the switches, by the long names of their flags. */
async function valuesOf(
  found: readonly Found[],
  { table, valued }: { table: readonly Flag[]; valued: readonly Flag[] },
) {
  const given = new Map<string, string[]>();
  const switches = new Set<string>();
  // Without flags there is nothing to parse, and loading the parser would cost `version` three milliseconds.
  if (found.length === 0) return { given, switches };
  const { parseArgs } = await import("@std/cli/parse-args");
  const names = (flags: readonly Flag[]) => flags.map(({ name }) => name);
  // In their long form: a short flag and its value in one word, as in -fFILE, is several flags for the parser.
  const parsed: Record<string, unknown> = parseArgs(
    found.map(({ flag, value }) =>
      `--${flag.name}` + (value === undefined ? "" : `=${value}`)
    ),
    {
      boolean: names(table.filter(({ value }) => !value)),
      string: names(valued),
      collect: names(valued),
    },
  );
  for (const { name, value } of table) {
    const own = parsed[name];
    if (value && (own as string[]).length > 0) {
      given.set(name, own as string[]);
    } else if (own === true) switches.add(name);
  }
  return { given, switches };
}

/** Why the values of a flag are wrong; undefined if they are not. */
function valueProblem(
  { many, choices, isTag: mustBeTag, value }: Flag,
  found: readonly Found[],
): string | undefined {
  const values = found.map(({ value }) => value);
  if (values.includes(undefined)) return "a value is missing";
  if (values.includes("")) return "its value is empty";
  if (values.length > 1 && !many) return "given twice";
  if (value === "FILE" && values.includes("-")) return NO_FILE;
  const wrong = values.find((value = "") =>
    choices ? !choices.includes(value) : mustBeTag && !isTag(value)
  );
  if (wrong === undefined) return undefined;
  return choices
    ? `expected ${oneOf(choices)}, got "${wrong}"`
    : `"${wrong}" is ${NO_TAG}`;
}

/** Such as "auto, always or never". */
function oneOf(words: readonly string[]): string {
  return [words.slice(0, -1).join(", "), ...words.slice(-1)]
    .filter(Boolean).join(" or ");
}

const NO_FILE = "it is read several times, and standard input only once";

const NO_TAG =
  "no legal image tag: at most 128 letters, digits, '_', '.' and '-', the first neither '.' nor '-'";

const NO_PROJECT =
  "no name of a project: lower-case letters, digits, '_' and '-', the first a letter or digit";
