/**
 * The speed of `test`, `release` and `clean`: contenders take turns on todobackend, warm, each in a project of its own.
 *
 * @module
 */

import {
  type Contender,
  contenders,
  type Target,
  TARGETS,
  type Tool,
} from "./contenders.ts";
import { goalTable } from "./goals.ts";
import { note, timed } from "./processes.ts";
import { discard, makeProject, type Project, sweep } from "./projects.ts";
import { duration, median, table } from "./stats.ts";

const ROOT = new URL("..", import.meta.url).pathname;

/** The sources of todobackend; the tool is no part of it. */
export const TODOBACKEND = [
  "Dockerfile",
  ".dockerignore",
  "docker-compose.yml",
  "todobackend",
];

/** A contender with its project and the times of its rounds, in milliseconds. */
export interface Entry extends Contender {
  project: Project;
  times: Record<Target, number[]>;
  /** The times (ms) until the verdict of `test` is printed. */
  verdicts: number[];
}

/** Measures `rounds` rounds after one that is not counted; resolves to Markdown. */
export async function measureWorkflow(
  { rounds, tool }: { rounds: number; tool: Tool },
): Promise<string> {
  const entries: Entry[] = [];
  try {
    for (const contender of await contenders(tool)) {
      const project = await makeProject(contender.key, {
        from: ROOT,
        paths: TODOBACKEND,
      });
      const times = { test: [], release: [], clean: [] };
      entries.push({ ...contender, project, times, verdicts: [] });
    }
    // Round 0 fills the build cache of each project.
    for (let round = 0; round <= rounds; round++) {
      for (const entry of entries) await runRound(entry, round);
    }
    return report(entries);
  } finally {
    for (const { project } of entries) await discard(project);
  }
}

async function runRound(
  { name, command, targets = TARGETS, verdict, project, ...entry }: Entry,
  round: number,
) {
  for (const target of targets) {
    const { ms, seen } = await timed(
      command(target),
      project,
      target === "test" ? verdict : undefined,
    );
    if (round > 0) {
      entry.times[target].push(ms);
      if (seen !== undefined) entry.verdicts.push(seen);
    }
    note(`round ${round}: ${target} ${name} ${duration(ms)}`);
  }
  // Not timed: `down -v` leaves containers of profiles and of `run`, which the next round must not meet.
  await sweep(project);
}

function report(entries: readonly Entry[]): string {
  const tables = TARGETS.map((target) => targetTable(target, entries));
  return [...tables, verdictTable(entries), goalTable(entries)].join("\n\n");
}

/** The times until the verdict of the tests is printed, of the contenders that print one. */
function verdictTable(all: readonly Entry[]): string {
  const entries = all.filter(({ verdicts }) => verdicts.length > 0);
  const base = entries.find(({ name }) => name.startsWith("(e)"))!;
  const rows = entries.map(({ name, verdicts }) => [
    name,
    duration(median(verdicts)),
    (median(verdicts) / median(base.verdicts)).toFixed(2),
  ]);
  return table(["`test` until its verdict", "median", "to (e)"], rows);
}

function targetTable(target: Target, all: readonly Entry[]): string {
  const entries = all.filter(({ targets = TARGETS }) =>
    targets.includes(target)
  );
  const medians = entries.map(({ times }) => median(times[target]));
  // Everything is compared with what is not todoflow.
  const bases = entries.map(({ name }) => name).filter((name) =>
    !name.startsWith("(d)")
  );
  const rows = entries.map(({ name, times }, i) => [
    name,
    duration(medians[i]!),
    duration(Math.min(...times[target])),
    ...bases.map((_, base) => (medians[i]! / medians[base]!).toFixed(2)),
  ]);
  const rounds = entries[0]?.times[target].length;
  return table([
    `\`${target}\``,
    `median of ${rounds}`,
    "least",
    ...bases.map((name) => `to ${name.slice(0, 3)}`),
  ], rows);
}
