/**
 * The contenders of a measurement: ways to the same `test`, `release` and `clean` of todobackend.
 *
 * @module
 */

import { runFlags } from "../tools/compile.ts";
import type { Argv } from "./processes.ts";

const BENCH = new URL(".", import.meta.url).pathname;

/** The actions of a contender, in the order of a round. */
export const TARGETS = ["test", "release", "clean"] as const;

/** One of {@linkcode TARGETS}. */
export type Target = typeof TARGETS[number];

/** One way to run the targets. */
export interface Contender {
  /** Part of the Compose project's name. */
  key: string;
  /** As the tables call it. */
  name: string;
  /** The targets that it has; default: all. */
  targets?: readonly Target[];
  /** The line of stdout or stderr that is the verdict of the tests. */
  verdict?: RegExp;
  /** The command line of a target, which runs in the folder of the project. */
  command: (target: Target) => Argv;
}

/** Which todoflow is measured. */
export interface Tool {
  /** The folder of a checkout of this repository, with a slash at the end. */
  root: string;
  /** A compiled todoflow, measured in addition. */
  binary?: string;
}

/** `deno run` with the flags of a task of the checkout. */
export async function toolCommand(
  { root }: Tool,
  task: "release" | "version" = "release",
): Promise<Argv> {
  const { tasks } = JSON.parse(await Deno.readTextFile(`${root}deno.json`));
  const flags = runFlags(tasks[task].command);
  return [Deno.execPath(), "run", ...flags, `${root}mod.ts`];
}

/** The line in which todoflow says how the tests have ended. */
const TOLD = /^run test: ok/m;

/** All contenders, in the order in which they take turns. */
export async function contenders(tool: Tool): Promise<Contender[]> {
  const todoflow = await toolCommand(tool);
  const { binary } = tool;
  return [
    {
      key: "make",
      name: "(a) Makefile",
      command: (target) => ["make", `--file=${BENCH}make/Makefile`, target],
    },
    {
      key: "compose",
      name: "(b) best of plain Compose",
      command: (target) => ["make", `--file=${BENCH}compose/Makefile`, target],
    },
    {
      key: "hand",
      name: "(c) by hand",
      command: (target) => ["bash", `${BENCH}by_hand.sh`, target],
    },
    {
      key: "tool",
      name: "(d) todoflow",
      verdict: TOLD,
      command: (target) => [...todoflow, target],
    },
    {
      key: "plain",
      name: "(e) compose run and down",
      targets: ["test"],
      verdict: /^tested$/m,
      command: () => ["sh", `${BENCH}run_and_down.sh`],
    },
    ...(binary === undefined ? [] : [{
      key: "binary",
      name: "(d) todoflow, compiled",
      verdict: TOLD,
      command: (target: Target): Argv => [binary, target],
    }]),
  ];
}
