/**
 * The promises of todoflow about its speed, and whether it keeps them: losses stand in the table, too.
 *
 * @module
 */

import type { Target } from "./contenders.ts";
import { median, table } from "./stats.ts";

/** The most that todoflow may take of another contender's time. */
interface Goal {
  target: Target;
  /** How the other contender's name begins. */
  base: string;
  most: number;
}

const GOALS: readonly Goal[] = [
  { target: "release", base: "(a)", most: 0.45 },
  { target: "release", base: "(b)", most: 1 },
  { target: "release", base: "(c)", most: 0.92 },
  { target: "test", base: "(a)", most: 0.95 },
  { target: "test", base: "(e)", most: 1.05 },
  { target: "clean", base: "(a)", most: 0.75 },
];

/** A contender's times in milliseconds. */
interface Measured {
  name: string;
  times: Readonly<Record<Target, readonly number[]>>;
}

/** The goals and what was measured, as Markdown, for each todoflow there is. */
export function goalTable(measured: readonly Measured[]): string {
  const tools = measured.filter(({ name }) => name.startsWith("(d)"));
  const rows = tools.flatMap((tool) =>
    GOALS.map((goal) => goalRow(goal, tool, measured))
  );
  return table(["goal", "at most", "measured", "kept"], rows);
}

function goalRow(
  { target, base, most }: Goal,
  tool: Measured,
  measured: readonly Measured[],
): string[] {
  const other = measured.find(({ name }) => name.startsWith(base))!;
  const ratio = median(tool.times[target]) / median(other.times[target]);
  return [
    `\`${target}\`: ${tool.name} to ${base}`,
    most.toFixed(2),
    ratio.toFixed(3),
    ratio <= most ? "yes" : "no",
  ];
}
