/**
 * The errors for flags and words that a target does not have, with what the caller probably means. Loaded only for such an
 * error.
 *
 * @module
 */

import type { Failure } from "../errors/failure.ts";
import { TodoflowError } from "../errors/todoflow_error.ts";
import type { Target } from "../target.ts";
import { nearestOf } from "../text/nearest.ts";
import { toShell } from "../text/shell.ts";
import { flagsOf, PLACES, TOOL_VERSION } from "./flags.ts";
import type { Part } from "./parts.ts";
import { lookUp, named, withArgs, type Wrong } from "./wrong.ts";

/** The flags by the words that other tools have for them. */
const MEANT_FLAGS: Readonly<Record<string, string>> = {
  ...named("verbose", "debug"),
  ...named("quiet", "silent"),
  ...named("directory", "cwd chdir project-directory"),
  ...named("file", "compose-file"),
  ...named("project-name", "project"),
};

/** The target of a wrong command line, and the parts behind it. */
export interface Behind extends Wrong {
  target: Target;
  /** Whether the command line names no target. */
  bare: boolean;
  parts: readonly Part[];
}

/** The error for a flag that a target does not have. */
export async function unknownFlag(
  part: Extract<Part, { kind: "unknown" }>,
  behind: Behind,
): Promise<TodoflowError> {
  const { target, bare, isRight } = behind;
  const { name: flag } = part;
  const common = { flag, ...(!bare && { target: target.name }) };
  if (!bare && isOf(flag, [TOOL_VERSION])) {
    return new TodoflowError({
      kind: "misplaced-flag",
      ...{ ...common, reason: "it stands alone", of: [] },
      next: "todoflow --version",
    });
  }
  const forArgs = argsOf(behind);
  const misplaced = forArgs === undefined
    ? await misplacedFlag(flag, behind)
    : undefined;
  if (misplaced) return new TodoflowError(misplaced);
  const nearest = await nearestFlag(flag, target);
  const corrected = nearest === undefined
    ? undefined
    : replaced(part, { ...behind, nearest });
  if (nearest !== undefined) {
    const isGood = corrected !== undefined && await isRight(corrected);
    return new TodoflowError({
      kind: "unknown-flag",
      ...{ ...common, nearest },
      ...(forArgs !== undefined && { forArgs }),
      ...(isGood && {
        next: toShell(["todoflow", ...corrected, ...withArgs(behind.args)]),
      }),
    });
  }
  return new TodoflowError({
    kind: "unknown-flag",
    ...common,
    ...(forArgs !== undefined && { forArgs }),
  });
}

/** The flag that is probably meant, with its dashes. */
async function nearestFlag(
  flag: string,
  target: Target,
): Promise<string | undefined> {
  if (!flag.startsWith("--")) return undefined;
  const word = flag.slice(2);
  const names = flagsOf(target).map(({ name }) => name);
  const meant = lookUp(MEANT_FLAGS, word);
  const nearest = meant !== undefined && names.includes(meant)
    ? meant
    : await nearestOf(word, names);
  return nearest === undefined ? undefined : `--${nearest}`;
}

/** The command line with the flag that is meant. */
function replaced(
  part: Part,
  { bare, target, parts, nearest }: Behind & { nearest: string },
): string[] {
  const typed = parts.flatMap((one) =>
    one === part ? [one.typed[0]!.replace(/^--[^=]*/, nearest)] : [...one.typed]
  );
  return bare ? typed : [target.name, ...typed];
}

/** Why the flags that say where a target works mean nothing to it. */
const LACKS: Readonly<Record<string, string>> = {
  "file": "it reads no Compose file",
  "project-name": "it works in no project",
  "directory": "it looks at no folder",
  "reports": "it has no reports",
};

/** The failure about a flag of other targets; undefined if no target has it. */
async function misplacedFlag(
  flag: string,
  { target, bare, targets, parts, args, isRight }: Behind,
): Promise<Failure | undefined> {
  const takers = targets.flatMap((one) => {
    const found = flagsOf(one).find((its) => isOf(flag, [its]));
    return found ? [{ name: one.name, long: found.name }] : [];
  });
  const [first] = takers;
  if (!first) return undefined;
  const of = takers.map(({ name }) => name);
  const common = { kind: "misplaced-flag", flag, of } as const;
  if (bare) return { ...common, next: "todoflow --help" };
  const lack = lookUp(LACKS, first.long);
  const left = [target.name, ...withoutPlace(parts)];
  const isGood = lack !== undefined && await isRight(left);
  return {
    ...{ ...common, target: target.name },
    ...(lack !== undefined && { reason: lack }),
    next: isGood
      ? toShell(["todoflow", ...left, ...withArgs(args)])
      : `todoflow ${target.name} --help`,
  };
}

/** The words of a command line without the flags of a place that its target lacks, and their values. */
function withoutPlace(parts: readonly Part[]): string[] {
  const isPlace = (part: Part | undefined) =>
    part?.kind === "unknown" && isOf(part.name, PLACES);
  // The value of an unknown flag is a word of its own.
  return parts.filter((part, i) =>
    !isPlace(part) &&
    !(part.kind === "word" && isAlone(parts[i - 1]) && isPlace(parts[i - 1]))
  ).flatMap(({ typed }) => typed);
}

/** Whether a part is one flag without a value. */
function isAlone(part: Part | undefined): boolean {
  return part?.typed.length === 1 && /^(--[^=]+|-[^-])$/.test(part.typed[0]!);
}

function isOf(
  name: string,
  flags: readonly { name: string; short?: string }[],
): boolean {
  return flags.some((flag) =>
    name === `--${flag.name}` ||
    flag.short !== undefined && name === `-${flag.short}`
  );
}

/** The error for a word that a target does not take. */
export function unexpectedWord(word: string, behind: Behind): TodoflowError {
  const { target, targets, parts } = behind;
  const forArgs = argsOf(behind);
  const others = parts.filter(({ kind }) => kind === "word")
    .flatMap(({ typed }) => typed);
  const areTargets = others.length > 0 &&
    others.every((one) => targets.some(({ name }) => name === one));
  const next = areTargets
    ? [target.name, ...others].map((one) => `todoflow ${one}`).join(" && ")
    : undefined;
  return new TodoflowError({
    kind: "unexpected-argument",
    ...{ word, target: target.name },
    ...(forArgs !== undefined && !areTargets && { forArgs }),
    ...(next !== undefined && { next }),
  });
}

/**
 * The command line in which everything that todoflow does not know goes to the target's arguments, after `--`: unknown
 * flags, words, and a switch directly before a word, such as `-k` in `-k name`. Undefined for a target without arguments.
 */
function argsOf(
  { target, bare, parts, args }: Behind,
): string | undefined {
  if (bare || !target.args) return undefined;
  const isStrange = ({ kind }: Part) => kind !== "flags";
  const isLetter = ({ typed }: Part) => /^-[^-]$/.test(typed.join(" "));
  const goes = parts.map((part, i) =>
    isStrange(part) || isLetter(part) && parts[i + 1]?.kind === "word"
  );
  const typedOf = (isGoing: boolean) =>
    parts.flatMap(({ typed }, i) => goes[i] === isGoing ? typed : []);
  return toShell([
    ...["todoflow", target.name, ...typedOf(false)],
    ...["--", ...typedOf(true), ...args],
  ]);
}
