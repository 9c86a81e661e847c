/**
 * Finds cycles among things that wait for each other.
 *
 * @module
 */

import { TodoflowError } from "../errors/todoflow_error.ts";

/** Something that waits for others. */
interface Waiting {
  name: string;
  /** The names that it waits for. */
  after: readonly string[];
}

/**
 * Checks that the steps of a plan do not wait for each other. Compose refuses such services, so only the order of
 * one-shots, app and acceptance remains, which `x-todoflow` or convention sets.
 *
 * @throws {TodoflowError} which names the cycle.
 */
export function checkOrder(steps: readonly Waiting[]): void {
  const cycle = cycleIn(steps);
  if (!cycle) return;
  throw new TodoflowError({
    kind: "invalid-config",
    path: ["x-todoflow", "release", "setup"],
    problem: cycleText(cycle),
  });
}

/** The names of a cycle: each waits for the next one, and the last for the first. */
export function cycleIn(
  all: readonly Waiting[],
): readonly string[] | undefined {
  const waits = new Map(all.map(({ name, after }) => [name, after]));
  const done = new Set<string>();
  const from = (
    name: string,
    path: readonly string[],
  ): readonly string[] | undefined => {
    if (path.includes(name)) return path.slice(path.indexOf(name));
    if (done.has(name)) return undefined;
    for (const next of waits.get(name) ?? []) {
      const cycle = from(next, [...path, name]);
      if (cycle) return cycle;
    }
    done.add(name);
    return undefined;
  };
  for (const { name } of all) {
    const cycle = from(name, []);
    if (cycle) return cycle;
  }
  return undefined;
}

export function cycleText([first, ...rest]: readonly string[]): string {
  return rest.length === 0
    ? `"${first}" waits for itself`
    : `"${first}" waits for ` +
      [...rest, first].map((name) => `"${name}"`).join(", which waits for ");
}
