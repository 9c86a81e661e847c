/**
 * The size of the binary and the time until it answers, next to the least that `deno compile` makes with the same Deno.
 *
 * @module
 */

import { compiler } from "../tests/lab/compiler.ts";
import type { Tool } from "./contenders.ts";
import { type Argv, note, timed } from "./processes.ts";
import { median, table } from "./stats.ts";

const BENCH = new URL(".", import.meta.url).pathname;

/** Compiles what is measured, then takes `rounds` turns of each; resolves to Markdown. */
export async function measureBinary(
  { rounds, tool }: { rounds: number; tool: Tool },
): Promise<string> {
  const folder = await Deno.makeTempDir();
  try {
    const [least, git, todoflow] = await binaries(folder, tool);
    const programs: [string, Argv][] = [
      ["Deno program that does nothing, compiled", [least!]],
      ["todoflow --version", [todoflow!, "--version"]],
      ["todoflow --help", [todoflow!, "--help"]],
      ["todoflow completions bash", [todoflow!, "completions", "bash"]],
      ["Deno program that only runs `git rev-parse`, compiled", [git!]],
      ["todoflow version", [todoflow!, "version"]],
    ];
    const times = programs.map((): number[] => []);
    for (let round = 0; round < rounds; round++) {
      for (const [i, [, argv]] of programs.entries()) {
        times[i]!.push((await timed(argv, { cwd: BENCH })).ms);
      }
    }
    const base = median(times[0]!);
    const rows = await Promise.all(programs.map(async ([name, [path]], i) => {
      const time = median(times[i]!);
      const { size } = await Deno.stat(path!);
      return [
        name,
        `${time.toFixed(1)} ms`,
        (time / base).toFixed(2),
        `${(size / 1e6).toFixed(1)} MB`,
      ];
    }));
    return table(["program", `median of ${rounds}`, "ratio", "size"], rows);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The paths of the three binaries. */
async function binaries(folder: string, { root, binary }: Tool) {
  const { command: [program, ...own], env } = await compiler(folder);
  const compile = async (...args: string[]) => {
    const { success, stderr } = await new Deno.Command(program, {
      args: [...own, ...args],
      cwd: folder,
      env,
    }).output();
    if (!success) throw new Error(new TextDecoder().decode(stderr));
  };
  note("Compiling");
  // Without the configuration of this repository, whose packages would be in them, too.
  const least = ["compile", "--no-config", "--output"];
  await compile(...least, `${folder}/least`, `${BENCH}least.ts`);
  await compile(
    ...[...least, `${folder}/git`, "--allow-run=git"],
    `${BENCH}rev_parse.ts`,
  );
  const todoflow = binary ?? `${folder}/todoflow`;
  if (!binary) {
    const tool = `${root}tools/compile.ts`;
    await compile("run", "-A", tool, "--output", todoflow);
  }
  return [`${folder}/least`, `${folder}/git`, todoflow];
}
