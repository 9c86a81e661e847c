/**
 * The cost of `version`, next to the least that a Deno program that runs git can cost.
 *
 * @module
 */

import { type Tool, toolCommand } from "./contenders.ts";
import { type Argv, timed } from "./processes.ts";
import { median, table } from "./stats.ts";

const BENCH = new URL(".", import.meta.url).pathname;

/** Measures `rounds` turns of each program; resolves to Markdown. */
export async function measureVersion(
  { rounds, tool }: { rounds: number; tool: Tool },
): Promise<string> {
  const programs = await subjects(tool);
  const times = programs.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, [, argv]] of programs.entries()) {
      times[i]!.push((await timed(argv, { cwd: BENCH })).ms);
    }
  }
  const base = median(times[0]!);
  const rows = programs.map(([name], i) => {
    const time = median(times[i]!);
    return [name, `${time.toFixed(1)} ms`, (time / base).toFixed(2)];
  });
  return table(["program", `median of ${rounds}`, "ratio"], rows);
}

async function subjects(tool: Tool): Promise<[string, Argv][]> {
  const deno = Deno.execPath();
  const program: Argv = [deno, "run", "--allow-run=git", "rev_parse.ts"];
  const found: [string, Argv][] = [
    ["Deno program that only runs git rev-parse", program],
    ["todoflow version", [...await toolCommand(tool, "version"), "version"]],
  ];
  if (tool.binary) {
    found.push(["todoflow version, compiled", [tool.binary, "version"]]);
  }
  return found;
}
