/**
 * The cost of a container that writes as fast as the engine takes it: the tool's memory, and whether its log file has
 * every line.
 *
 * @module
 */

import { type Tool, toolCommand } from "./contenders.ts";
import { note } from "./processes.ts";
import { discard, makeProject } from "./projects.ts";
import { table } from "./stats.ts";

const LINES = 1_000_000;

/** The most memory that the tool may have at any time, in MB. */
const MOST = 150;

const LOGS = new URL("logs", import.meta.url).pathname;

/** Measures `rounds` runs; resolves to Markdown. */
export async function measureLogs(
  { rounds, tool }: { rounds: number; tool: Tool },
): Promise<string> {
  const commands = [
    ["todoflow", await toolCommand(tool)],
    ...(tool.binary ? [["todoflow, compiled", [tool.binary]]] : []),
  ] as [string, string[]][];
  const project = await makeProject("logs", { from: LOGS });
  const rows: string[][] = [];
  try {
    for (let round = 1; round <= rounds; round++) {
      for (const [name, command] of commands) {
        const argv = [...command, "test"];
        const { megabytes } = await peak(argv, project.cwd, {
          ...project.env,
          LINES: String(LINES),
        });
        const log = await Deno.readTextFile(
          `${project.cwd}/reports/test/logs/test.log`,
        );
        const lines = log.trimEnd().split("\n");
        const times = [lines[0]!, lines.at(-1)!].map((line) =>
          Date.parse(line.split(" ")[0]!)
        );
        const seconds = (times[1]! - times[0]!) / 1000;
        note(`round ${round}: ${name} ${megabytes} MB`);
        rows.push([
          name,
          `${Math.round(lines.length / seconds / 1000)} 000`,
          String(LINES - lines.length),
          `${megabytes} MB`,
          megabytes <= MOST ? "yes" : "no",
        ]);
      }
    }
  } finally {
    await discard(project);
  }
  const header = ["`test`", "lines a second", "lost lines", "memory, most"];
  return table([...header, `at most ${MOST} MB`], rows);
}

/** Runs a program; resolves to the most memory that it had, as the kernel counts it (VmHWM), in MB. */
async function peak(
  [program, ...args]: readonly string[],
  cwd: string,
  env: Record<string, string>,
): Promise<{ megabytes: number }> {
  const child = new Deno.Command(program!, {
    args,
    cwd,
    env,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  let megabytes = 0;
  const timer = setInterval(() => {
    try {
      const status = Deno.readTextFileSync(`/proc/${child.pid}/status`);
      const [, kilobytes] = /VmHWM:\s+(\d+)/.exec(status) ?? [];
      megabytes = Math.round(Number(kilobytes ?? 0) / 1000) || megabytes;
    } catch {
      // It has ended.
    }
  }, 50);
  // Read as a build agent does, and forgotten.
  await child.stderr.pipeTo(new WritableStream());
  const { code } = await child.status;
  clearInterval(timer);
  if (code !== 0) throw new Error(`Exit code ${code}`);
  return { megabytes };
}
