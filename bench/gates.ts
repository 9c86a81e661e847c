/**
 * How late gates open: servers record the moment at which they are ready, todoflow's stderr says when it knew. Both read
 * the clock of this machine.
 *
 * @module
 */

import { twinOf } from "../tests/e2e/harness.ts";
import { type Tool, toolCommand } from "./contenders.ts";
import { type Argv, note, output } from "./processes.ts";
import { discard, makeProject, type Project, sweep } from "./projects.ts";
import { duration, median, table } from "./stats.ts";

const GATES = new URL("gates", import.meta.url).pathname;

/** The services of `gates/docker-compose.yml`, in the order in which they start. */
const SERVICES = ["store", "app"] as const;

/** The most that a gate may be late on an idle engine, in milliseconds. */
const MOST = 300;

/** A line of text and when it arrived, in milliseconds since 1970. */
export interface Line {
  at: number;
  text: string;
}

/** Measures `rounds` releases after one that is not counted; resolves to Markdown. */
export async function measureGates(
  { rounds, tool }: { rounds: number; tool: Tool },
): Promise<string> {
  const commands: [string, Argv][] = [["todoflow", await toolCommand(tool)]];
  if (tool.binary) commands.push(["todoflow, compiled", [tool.binary]]);
  const project = await makeProject("gates", { from: GATES });
  const late = commands.map((): number[] => []);
  try {
    for (let round = 0; round <= rounds; round++) {
      for (const [i, [name, command]] of commands.entries()) {
        const found = await lateness([...command, "release"], project);
        note(`round ${round}: ${name} ${found.map(duration).join(", ")}`);
        if (round > 0) late[i]!.push(...found);
      }
    }
  } finally {
    await discard(project);
  }
  return gateTable(commands.map(([name], i) => [name, late[i]!]));
}

function gateTable(
  measured: readonly (readonly [string, readonly number[]])[],
): string {
  const rows = measured.map(([name, late]) => {
    const most = Math.max(...late);
    return [
      name,
      String(late.length),
      duration(median(late)),
      duration(most),
      most <= MOST ? "yes" : "no",
    ];
  });
  const kept = `at most ${MOST} ms`;
  return table(["gates", "opened", "late, median", "late, most", kept], rows);
}

/** One release; how late (ms) the gate of each service opened. */
async function lateness(command: Argv, project: Project): Promise<number[]> {
  // Another delay each time, or all moments of one schedule of probes would fit, or fail, alike.
  const delay = 1000 + Math.round(2000 * Math.random());
  const env = { ...project.env, GATE_DELAY_MS: `${delay}`, NO_COLOR: "1" };
  const lines = await stderrLines(command, { ...project, env });
  const late: number[] = [];
  for (const service of SERVICES) {
    const ready = await readyAt(`${twinOf(project.name)}-${service}-1`);
    late.push(openedAt(service, lines) - ready);
  }
  await sweep(project);
  return late;
}

/** When the gate of a service opened: "ready NAME: ok" says so, or, of a tool without that step, "start NAME: ok". */
export function openedAt(service: string, lines: readonly Line[]): number {
  for (const verb of ["ready", "start"]) {
    const line = lines.find(({ text }) =>
      text.includes(`${verb} ${service}: ok`)
    );
    if (line) return line.at;
  }
  throw new Error(`Nothing on stderr says that "${service}" is ready`);
}

async function readyAt(container: string): Promise<number> {
  const log = await output(["docker", "logs", container]);
  return Number(/ready at (\d+)/.exec(log)?.[1]);
}

/** Runs a program, which must succeed, and notes when each line of its stderr arrives. */
async function stderrLines(
  [program, ...args]: Argv,
  { cwd, env }: Project,
): Promise<Line[]> {
  const child = new Deno.Command(program, {
    args,
    cwd,
    env,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const lines: Line[] = [];
  let rest = "";
  for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + text).split("\n");
    rest = parts.pop()!;
    lines.push(...parts.map((text) => ({ at: Date.now(), text })));
  }
  const { code } = await child.status;
  if (code === 0) return lines;
  const text = lines.map(({ text }) => text).join("\n");
  throw new Error(`Exit code ${code}: ${program} ${args.join(" ")}\n${text}`);
}
