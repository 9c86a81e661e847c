/**
 * `deno task bench`: measures every figure in the README. Times of one machine say little: the figures are ratios within
 * one run, whose programs take turns so that noise meets all of them.
 *
 * @module
 */

import { runFlags } from "../tools/compile.ts";
import config from "../deno.json" with { type: "json" };

const ROOT = new URL("..", import.meta.url).pathname;
const ROUNDS = 31;

/** A program to measure: a name for the table, and the arguments of `deno`. */
interface Subject {
  name: string;
  args: readonly string[];
}

const SUBJECTS: readonly Subject[] = [
  {
    name: "Deno program that only runs git rev-parse",
    args: ["run", "--allow-run=git", "bench/rev_parse.ts"],
  },
  {
    name: "todoflow version",
    args: [
      "run",
      ...runFlags(config.tasks.version.command),
      "mod.ts",
      "version",
    ],
  },
];

async function milliseconds({ args }: Subject): Promise<number> {
  const started = performance.now();
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: ROOT,
  }).output();
  if (!success) throw new Error(`failed: deno ${args.join(" ")}`);
  return performance.now() - started;
}

/** The middle one of the sorted values. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

if (import.meta.main) {
  const times = SUBJECTS.map((): number[] => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, subject] of SUBJECTS.entries()) {
      times[i]!.push(await milliseconds(subject));
    }
  }
  const base = median(times[0]!);
  const rows = SUBJECTS.map(({ name }, i) => {
    const time = median(times[i]!);
    return `| ${name} | ${time.toFixed(1)} ms | ${(time / base).toFixed(2)} |`;
  });
  const table = [
    `| program | median of ${ROUNDS} | ratio |`,
    "| --- | --- | --- |",
    ...rows,
  ].join("\n");
  await Deno.stdout.write(new TextEncoder().encode(table + "\n"));
}
