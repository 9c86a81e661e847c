/**
 * Turns argv into a request, by the same flag tables that help is rendered from.
 *
 * @module
 */

import { TodoflowError } from "./errors.ts";
import { isTag } from "./image_name.ts";
import { type Plan, type Shell, toShell } from "./plan.ts";
import type { Listed, Unreadable } from "./state.ts";
import type { Facts, Workflow } from "./workflow.ts";

/** One flag of a target. */
export interface Flag {
  /** Long name without dashes. */
  name: string;
  /** One letter without a dash. */
  short?: string;
  /** Name of the value in help; a flag without it is a switch. */
  value?: string;
  /** Whether the flag may be given more than once. */
  many?: boolean;
  /** Whether the value must be a legal image tag. */
  isTag?: true;
  /** The only values that there are. */
  choices?: readonly string[];
  /** What it does, in a line of help. */
  summary: string;
}

/** What a target's plan is made from. */
export interface PlanInput {
  /** What the Compose file says. */
  workflow: Workflow;
  /** What is on the engine. */
  facts: Facts;
  /** Makes the commands. */
  $: Shell;
  /** The target's own switches that were given, by long name. */
  flags: ReadonlySet<string>;
  /** The arguments after `--`. */
  args: readonly string[];
}

/** A verb of the CLI. */
export type Target =
  & {
    name: string;
    summary: string;
    /** What the target does, for its help: some full sentences. */
    details: string;
    /** The flags that only this target has. */
    flags: readonly Flag[];
    /** What the arguments after `--` are for; a target without it takes none. */
    args?: string;
    /** One of these must follow the target; a target without them takes no word. */
    words?: readonly string[];
  }
  & (
    /** `plan`: it runs steps. `version` is the only thing it knows otherwise. */
    | {
      kind: "plan";
      plan(input: PlanInput): Plan;
      /** Whether the plan needs nothing but the project's name and containers, so that nothing else is asked for. */
      removes?: true;
      /** Whether what the plan leaves was accepted, and gets a receipt. */
      accepts?: true;
      /** Whether it publishes what was accepted. */
      publishes?: true;
    }
    | { kind: "answer"; answer(facts: Pick<Facts, "version">): string }
    /** `completions`: it tells what the command line can be, for the shell that its word names. */
    | { kind: "completions" }
    /** `diagnosis`: it tells what is wrong, and needs nothing to be right. */
    | { kind: "diagnosis" }
    /** `records`: it tells what is known of the projects of this machine. */
    | {
      kind: "records";
      /** @param options.now milliseconds since 1970 */
      answer(
        records: readonly Listed[],
        options: {
          flags: ReadonlySet<string>;
          now: number;
          /** Those that this version cannot read. */
          unreadable?: readonly Unreadable[];
        },
      ): string;
    }
  );

/** What the command line asks for. */
export type Request =
  | { kind: "help"; target?: Target }
  | { kind: "tool-version" }
  | {
    kind: "run";
    target: Target;
    /** Whether no target was given, so that this is the default one. */
    bare: boolean;
    directory?: string;
    files: readonly string[];
    project?: string;
    dryRun: boolean;
    color?: "auto" | "always" | "never";
    flags: ReadonlySet<string>;
    /** The values of flags that have one, by long name. */
    values: ReadonlyMap<string, readonly string[]>;
    /** The one of the target's words that was given. */
    word?: string;
    args: readonly string[];
  };

const HELP: Flag = { name: "help", short: "h", summary: "Show this help" };
const DIRECTORY: Flag = {
  name: "directory",
  short: "C",
  value: "DIR",
  summary: "Run as if started in DIR",
};
const TOOL_VERSION: Flag = {
  name: "version",
  short: "V",
  summary: "Show the version of todoflow itself",
};
/** For every target, so that one alias or script variable serves all; `version` has no use for them. */
const COMPOSE_FLAGS: readonly Flag[] = [
  {
    name: "file",
    short: "f",
    value: "FILE",
    many: true,
    summary: "Compose file; may be given several times",
  },
  {
    name: "project-name",
    short: "p",
    value: "NAME",
    summary: "Compose project name",
  },
];
const COLOR: Flag = {
  name: "color",
  value: "WHEN",
  choices: ["auto", "always", "never"],
  summary: "auto, always or never",
};
const OUTPUT_FLAGS: readonly Flag[] = [
  { name: "json", summary: "Print events as JSON lines on stdout" },
  { name: "quiet", short: "q", summary: "Show failures and the result only" },
  { name: "verbose", short: "v", summary: "Show all that docker writes" },
  COLOR,
];
const DRY_RUN: Flag = {
  name: "dry-run",
  short: "n",
  summary: "Print the steps as shell, run nothing",
};

/** For every target with a plan, so that one alias or script variable serves all; `clean` has no use for it. */
const REPORTS: Flag = {
  name: "reports",
  value: "DIR",
  summary: "Folder of reports and logs; default: reports",
};

/** The flags that work without a target, in help order. */
export const TOOL_FLAGS: readonly Flag[] = [
  ...COMPOSE_FLAGS,
  DIRECTORY,
  HELP,
  TOOL_VERSION,
];

/** Every flag that a target accepts, in help order. */
export function flagsOf(target: Target): readonly Flag[] {
  const plan = target.kind === "plan"
    ? [DRY_RUN, ...OUTPUT_FLAGS, REPORTS]
    : target.kind === "diagnosis"
    ? [COLOR]
    : [];
  return [...target.flags, ...plan, ...COMPOSE_FLAGS, DIRECTORY, HELP];
}

/**
 * Reads the command line. The first word that is no flag is the target; without one it is the first of `targets`, as
 * with `make`.
 *
 * @throws {TodoflowError} for an unknown target or flag, a flag without its value, or an argument that nothing takes.
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
  if (values.switches.has("version")) return { kind: "tool-version" };
  const args = end < 0 ? [] : argv.slice(end + 1);
  const [given, ...others] = values.words;
  const chosen = wordOf(target, given);
  const [extra = target.args ? undefined : args[0]] = target.words
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
  const color = colorOf(values.given.get("color")?.[0]);
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

/** The target and the flags of its own that were given, as words. */
export function ownWords(
  { target, flags, values }: Pick<
    Extract<Request, { kind: "run" }>,
    "target" | "flags" | "values"
  >,
): string[] {
  return [
    target.name,
    ...target.flags.flatMap(({ name, value }) =>
      value
        ? (values.get(name) ?? []).flatMap((given) => [`--${name}`, given])
        : flags.has(name)
        ? [`--${name}`]
        : []
    ),
  ];
}

/** The word that a target takes, if it takes one. */
function wordOf({ name, words }: Target, word: string | undefined) {
  if (!words) return undefined;
  if (word !== undefined && words.includes(word)) return word;
  throw new TodoflowError({
    kind: "argument",
    target: name,
    ...(word !== undefined && { word }),
    expected: words,
  });
}

/** What a person would type to run a target, given as words, where a request was meant to run. */
export function commandLine(
  words: readonly string[],
  { directory, files, project, values, args }: Extract<
    Request,
    { kind: "run" }
  >,
): string {
  return toShell([
    "todoflow",
    ...words,
    ...(directory === undefined ? [] : ["-C", directory]),
    ...files.flatMap((file) => ["-f", file]),
    ...(project === undefined ? [] : ["-p", project]),
    ...(values.get(REPORTS.name) ?? []).flatMap((folder) => [
      `--${REPORTS.name}`,
      folder,
    ]),
    ...(args.length === 0 ? [] : ["--", ...args]),
  ]);
}

function colorOf(when: string | undefined) {
  if (when === undefined) return undefined;
  const known = (["auto", "always", "never"] as const)
    .find((word) => word === when);
  if (known) return known;
  throw flagValue("color", `expected auto, always or never, got "${when}"`);
}

/**
 * Finds the target among words and flags, such as `-C dir test -n`; the value of a flag before it is not the target.
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
  // A bare target has nothing to be parsed: loading the parser costs `version` three milliseconds.
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
  for (const { name, many, isTag: mustBeTag } of valued) {
    const values = parsed[name] as string[];
    if (values.length > 0) given.set(name, values);
    if (values.includes("")) throw flagValue(name, "a value is missing");
    if (values.length > 1 && !many) throw flagValue(name, "given twice");
    const illegal = mustBeTag && values.find((value) => !isTag(value));
    if (illegal) throw flagValue(name, `"${illegal}" is ${NO_TAG}`);
  }
  const switches = new Set(
    table.filter(({ name, value }) => !value && parsed[name] === true)
      .map(({ name }) => name),
  );
  return { given, switches, words: parsed._ };
}

const NO_TAG =
  "no legal image tag: at most 128 letters, digits, '_', '.' and '-', the first neither '.' nor '-'";

function flagValue(name: string, problem: string): TodoflowError {
  return new TodoflowError({ kind: "flag-value", flag: `--${name}`, problem });
}

/** The most edits between a word and one that is suggested instead: further away, another word is meant. */
const NEAR = 2;

/** The word that was probably meant, if there is one. Loaded only for a mistake: it costs `version` a millisecond. */
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
