/**
 * Eight releases of todobackend on one engine: in parallel, and one after the other.
 *
 * @module
 */

import { type Tool, toolCommand } from "./contenders.ts";
import { type Argv, note, timed } from "./processes.ts";
import { discard, makeProject, type Project } from "./projects.ts";
import { duration, median, table } from "./stats.ts";
import { TODOBACKEND } from "./workflow.ts";

const ROOT = new URL("..", import.meta.url).pathname;

/** How many releases. */
const RELEASES = 8;

/** How often (ms) to look at the memory of the processes. */
const LOOK_EVERY = 200;

/** Measures `rounds` rounds after one that fills the caches and is not counted; resolves to Markdown. */
export async function measureEight(
  { rounds, tool }: { rounds: number; tool: Tool },
): Promise<string> {
  const command = await toolCommand(tool);
  const projects: Project[] = [];
  const sequential: number[] = [];
  const parallel: number[] = [];
  const memory: number[] = [];
  try {
    for (let i = 0; i < RELEASES; i++) {
      projects.push(
        await makeProject(`eight${i}`, { from: ROOT, paths: TODOBACKEND }),
      );
    }
    for (let round = 0; round <= rounds; round++) {
      const one = await inTurn([...command, "release"], projects);
      await inTurn([...command, "clean"], projects);
      const all = await atOnce([...command, "release"], projects);
      await inTurn([...command, "clean"], projects);
      note(`round ${round}: ${duration(one)} and ${duration(all.ms)}`);
      if (round === 0) continue;
      sequential.push(one);
      parallel.push(all.ms);
      memory.push(all.most);
    }
  } finally {
    for (const project of projects) await discard(project);
  }
  const [one, all] = [median(sequential), median(parallel)];
  const most = Math.max(...memory) / 1e6;
  return table(
    [`${RELEASES} releases`, `median of ${rounds}`, "ratio", "memory, most"],
    [
      ["one after the other", duration(one), "1.00", ""],
      [
        "in parallel",
        duration(all),
        (all / one).toFixed(2),
        `${most.toFixed(0)} MB`,
      ],
    ],
  );
}

/** Milliseconds that the command takes in all projects, one after the other. */
async function inTurn(
  command: Argv,
  projects: readonly Project[],
): Promise<number> {
  let sum = 0;
  for (const project of projects) sum += (await timed(command, project)).ms;
  return sum;
}

/** Milliseconds that the command takes in all projects in parallel, and the most memory (bytes) of all processes together. */
async function atOnce(
  [program, ...args]: Argv,
  projects: readonly Project[],
): Promise<{ ms: number; most: number }> {
  const started = performance.now();
  const children = projects.map(({ cwd, env }) =>
    new Deno.Command(program, {
      ...{ args, cwd, env },
      ...{ stdin: "null", stdout: "null", stderr: "null" },
    }).spawn()
  );
  let most = 0;
  const timer = setInterval(() => {
    const all = children.map(({ pid }) => memoryOf(pid));
    most = Math.max(most, all.reduce((sum, one) => sum + one, 0));
  }, LOOK_EVERY);
  const ends = await Promise.all(children.map(({ status }) => status));
  clearInterval(timer);
  const failed = ends.find(({ success }) => !success);
  if (failed) throw new Error(`Exit code ${failed.code}: ${program}`);
  return { ms: performance.now() - started, most };
}

/** The memory (bytes) of a process, with its part of what processes share; 0 when it has ended. */
function memoryOf(pid: number): number {
  try {
    const text = Deno.readTextFileSync(`/proc/${pid}/smaps_rollup`);
    return Number(/^Pss:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
