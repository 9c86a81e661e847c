/**
 * Renders help from the tables of targets and flags.
 *
 * @module
 */

import { flagsOf, TOOL_FLAGS } from "./flags.ts";
import type { Flag, Target } from "../target.ts";

/** The lines of help that list the targets. */
export function targetList(targets: readonly Target[]): string {
  return table(targets.map(({ name, summary }) => [name, summary]));
}

/** The help text of the tool, or of one target. */
export function help(targets: readonly Target[], target?: Target): string {
  return target ? targetHelp(target) : toolHelp(targets);
}

function toolHelp(targets: readonly Target[]): string {
  const [first] = targets;
  return [
    "One workflow for any repository with a Dockerfile and a Compose file.",
    "",
    "Usage: todoflow [TARGET] [FLAGS]",
    "",
    `Targets (without one: ${first?.name}):`,
    targetList(targets),
    "",
    "Flags:",
    table(TOOL_FLAGS.map(flagRow)),
    "",
    "More about a target: todoflow TARGET --help",
  ].join("\n") + "\n";
}

function targetHelp(target: Target): string {
  const words = target.words
    ? ` ${target.words.join("|")}`
    : target.operand
    ? ` [${target.operand}]`
    : "";
  const args = target.args ? " [-- ARGS]" : "";
  return [
    target.summary + ".",
    "",
    `Usage: todoflow ${target.name}${words} [FLAGS]${args}`,
    "",
    target.details,
    ...(target.args ? ["", `ARGS: ${target.args}.`] : []),
    "",
    "Flags:",
    table(flagsOf(target).map(flagRow)),
  ].join("\n") + "\n";
}

function flagRow({ name, short, value, summary }: Flag): [string, string] {
  const names = (short ? `-${short}, ` : "    ") + `--${name}`;
  return [value ? `${names} ${value}` : names, summary];
}

/** The cells of the left column; a longer flag moves its own summary only. */
const WIDEST = 27;

function table(rows: readonly (readonly [string, string])[]): string {
  const widths = rows.map(([left]) => left.length);
  const width = Math.max(...widths.filter((one) => one <= WIDEST));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`)
    .join("\n");
}
