/**
 * `deno task bench [NAME…] [--rounds N] [--tool FOLDER] [--binary FILE]`: measures every figure in bench/README.md and in
 * todobackend/README.md, or those that are named (see `MEASUREMENTS`). Times of one machine say little: the figures are
 * ratios within one run, whose programs take turns so that noise meets all of them.
 *
 * `--tool` measures the todoflow of another checkout, `--binary` a compiled one in addition.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { measureBinary } from "./binary.ts";
import { measureEight } from "./eight.ts";
import type { Tool } from "./contenders.ts";
import { measureGates } from "./gates.ts";
import { note } from "./processes.ts";
import { measurePage } from "./page.ts";
import { measureLoad } from "./load.ts";
import { measureLogs } from "./logs.ts";
import { measureVersion } from "./version.ts";
import { measureWorkflow } from "./workflow.ts";

/** A measurement: how many rounds it has by default, and the function that resolves to its tables. */
interface Measurement {
  rounds: number;
  measure: (options: { rounds: number; tool: Tool }) => Promise<string>;
}

const MEASUREMENTS: Readonly<Record<string, Measurement>> = {
  version: { rounds: 31, measure: measureVersion },
  binary: { rounds: 31, measure: measureBinary },
  release: { rounds: 7, measure: measureWorkflow },
  eight: { rounds: 3, measure: measureEight },
  gates: { rounds: 7, measure: measureGates },
  logs: { rounds: 3, measure: measureLogs },
  load: { rounds: 3, measure: measureLoad },
  page: { rounds: 7, measure: measurePage },
};

/** The request of the command line. */
interface Request {
  names: string[];
  rounds?: number;
  tool: Tool;
}

/** Reads the command line. */
export function request(argv: readonly string[]): Request {
  const args = parseArgs([...argv], {
    string: ["_", "rounds", "tool", "binary"],
    unknown: (argument, name) => {
      if (name || !MEASUREMENTS[argument]) {
        throw new Error(`Unknown argument "${argument}"`);
      }
    },
  }) as { _: string[]; rounds?: string; tool?: string; binary?: string };
  const { _: names, rounds, tool, binary } = args;
  if (rounds !== undefined && !/^[1-9]\d*$/.test(rounds)) {
    throw new Error(`Cannot use "${rounds}": --rounds is a number above 0`);
  }
  const root = tool === undefined
    ? new URL("..", import.meta.url).pathname
    : `${Deno.realPathSync(tool)}/`;
  return {
    names: names.length > 0 ? names : Object.keys(MEASUREMENTS),
    ...(rounds && { rounds: Number(rounds) }),
    tool: { root, ...(binary && { binary: Deno.realPathSync(binary) }) },
  };
}

const USAGE = `Usage: deno task bench [${Object.keys(MEASUREMENTS).join("|")}]…
         [--rounds N] [--tool FOLDER] [--binary FILE]
`;

/** The request; undefined if the help was printed instead, with exit code 2 for a wrong command line. */
function requestOrUsage(argv: readonly string[]): Request | undefined {
  const encoder = new TextEncoder();
  if (argv.includes("--help")) {
    Deno.stdout.writeSync(encoder.encode(USAGE));
    return undefined;
  }
  try {
    return request(argv);
  } catch (error) {
    note(`${(error as Error).message}\n${USAGE}`);
    Deno.exitCode = 2;
    return undefined;
  }
}

async function measureAll({ names, rounds, tool }: Request): Promise<void> {
  // Ctrl-C reaches the program that is measured, too: it fails, and what it made is removed.
  Deno.addSignalListener("SIGINT", () => note("Stopping"));
  note(
    `${navigator.hardwareConcurrency} CPUs, load ${
      Deno.loadavg()[0]!.toFixed(1)
    }`,
  );
  for (const name of names) {
    const { measure, rounds: usual } = MEASUREMENTS[name]!;
    const tables = await measure({ rounds: rounds ?? usual, tool });
    await Deno.stdout.write(new TextEncoder().encode(`${tables}\n\n`));
  }
}

if (import.meta.main) {
  const request = requestOrUsage(Deno.args);
  if (request) await measureAll(request);
}
