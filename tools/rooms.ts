/**
 * The rooms of the tool and who may import whom: data for the lint plugin and for the test that looks for circles.
 *
 * @module
 */

/** A room, and the modules of the repository that it may import besides its own. Types count. */
export interface Room {
  /** A folder or a file. */
  room: string;
  /** Folders and files; a folder does not stand for those in it. */
  may: readonly string[];
  /** Rooms that may be imported as types, and by `import()`, which loads them only where they are needed. */
  lazily?: readonly string[];
}

/** The rooms that every room may import. */
const GROUND = [
  "lib/child.ts",
  "lib/errors",
  "lib/image_name.ts",
  "lib/pause.ts",
  "lib/text",
  "lib/world.ts",
];

/** The version stands once, in deno.json. */
const VERSION = "deno.json";

/** The rooms, from the outside to the ground: each imports only what is listed below it. */
export const ROOMS: readonly Room[] = [
  {
    room: "mod.ts",
    may: [
      ...["lib/main.ts", "tasks", "lib/target.ts", "lib/world.ts"],
      // The types of its public API.
      ...["lib/child.ts", "lib/compose", "lib/errors", "lib/plan"],
      ...["lib/publish", "lib/state", "lib/test_results"],
    ],
  },
  {
    room: "lib/main.ts",
    may: [...GROUND, "lib/cli", "lib/plan", "lib/target.ts"],
    lazily: ["lib/reporters", "lib/run", "lib/secrets"],
  },
  {
    room: "tasks",
    may: [...GROUND, "lib/cli", "lib/compose", "lib/plan", "lib/target.ts"],
    lazily: [
      ...["lib/cli/completions", "lib/doctor", "lib/git", "lib/init"],
      ...["lib/show", "lib/state", "lib/verify"],
    ],
  },
  {
    room: "lib/run",
    may: [
      ...[...GROUND, VERSION, "lib/artifacts", "lib/cli", "lib/compose"],
      ...["lib/causes", "lib/engine", "lib/git", "lib/plan", "lib/publish"],
      ...["lib/reporters", "lib/reports", "lib/secrets", "lib/state"],
      "lib/target.ts",
      "lib/changes",
    ],
  },
  {
    room: "lib/changes",
    may: [
      ...[...GROUND, "lib/compose", "lib/git", "lib/publish", "lib/secrets"],
      "lib/state",
    ],
  },
  {
    room: "lib/show",
    may: [
      ...[...GROUND, "lib/compose", "lib/plan", "lib/reporters"],
      ...["lib/reports", "lib/target.ts"],
    ],
  },
  {
    room: "lib/verify",
    may: [...GROUND, "lib/publish", "lib/target.ts"],
  },
  {
    room: "lib/init",
    may: [
      ...[...GROUND, VERSION, "lib/compose", "lib/doctor", "lib/doctor/checks"],
      ...["lib/doctor/project", "lib/engine", "lib/git", "lib/plan"],
      "lib/target.ts",
    ],
  },
  {
    room: "lib/doctor",
    may: [
      ...[...GROUND, "lib/compose", "lib/doctor/checks", "lib/doctor/project"],
      ...["lib/engine", "lib/git", "lib/plan", "lib/secrets", "lib/state"],
      "lib/target.ts",
    ],
  },
  {
    room: "lib/doctor/checks",
    may: ["lib/compose", "lib/doctor/project", "lib/image_name.ts"],
  },
  {
    room: "lib/doctor/project",
    may: [...GROUND, "lib/compose", "lib/engine", "lib/plan"],
  },
  {
    room: "lib/artifacts",
    may: [
      ...[...GROUND, "lib/engine", "lib/evidence", "lib/page", "lib/plan"],
      ...["lib/reports", "lib/secrets", "lib/state", "lib/test_results"],
      "lib/test_results/console",
    ],
  },
  { room: "lib/cli/completions", may: ["lib/cli", "lib/target.ts"] },
  {
    room: "lib/cli",
    may: [...GROUND, VERSION, "lib/git", "lib/target.ts"],
  },
  {
    room: "lib/target.ts",
    may: [
      ...["lib/child.ts", "lib/compose", "lib/errors", "lib/plan"],
      ...["lib/publish", "lib/state", "lib/world.ts"],
    ],
  },
  {
    room: "lib/publish",
    may: [
      ...[...GROUND, VERSION, "lib/compose", "lib/engine", "lib/git"],
      ...["lib/plan", "lib/reports", "lib/test_results"],
    ],
  },
  { room: "lib/reports", may: [...GROUND, "lib/git", "lib/state"] },
  { room: "lib/state", may: [...GROUND, "lib/engine", "lib/plan"] },
  { room: "lib/secrets", may: [...GROUND, "lib/compose", "lib/plan"] },
  {
    room: "lib/compose",
    may: [...GROUND, "lib/engine", "lib/git", "lib/plan"],
  },
  {
    room: "lib/page",
    may: ["lib/errors", "lib/text", "lib/plan", "lib/test_results"],
  },
  {
    room: "lib/reporters",
    may: [
      ...["lib/errors", "lib/image_name.ts", "lib/text", "lib/world.ts"],
      ...["lib/plan", "lib/test_results"],
    ],
  },
  {
    room: "lib/engine",
    may: [...GROUND, "lib/causes", "lib/evidence", "lib/plan"],
  },
  { room: "lib/git", may: GROUND },
  {
    room: "lib/plan",
    may: [
      ...["lib/causes", "lib/errors", "lib/evidence", "lib/image_name.ts"],
      ...["lib/pause.ts", "lib/text", "lib/test_results"],
    ],
  },
  { room: "lib/causes", may: ["lib/errors", "lib/text"] },
  { room: "lib/evidence", may: ["lib/text"] },
  {
    room: "lib/test_results/console",
    may: ["lib/test_results", "lib/text"],
  },
  { room: "lib/test_results", may: ["lib/text"] },
  { room: "lib/child.ts", may: ["lib/pause.ts"] },
  { room: "lib/errors", may: ["lib/text"] },
  { room: "lib/text", may: [] },
  { room: "lib/world.ts", may: [] },
  { room: "lib/image_name.ts", may: [] },
  { room: "lib/pause.ts", may: [] },
];

/** The room that a file of the tool is in: the row of its own, or of its folder; undefined where there is none. */
export function roomOf(path: string): Room | undefined {
  const folder = path.slice(0, Math.max(0, path.lastIndexOf("/")));
  return ROOMS.find(({ room }) => room === path) ??
    ROOMS.find(({ room }) => room === folder);
}

/** The circles of a graph, each with all that are in it: https://doi.org/10.1137/0201010 (Tarjan). */
export function circles(
  graph: ReadonlyMap<string, Iterable<string>>,
): string[][] {
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const open: string[] = [];
  const found: string[][] = [];
  const visit = (node: string) => {
    const at = order.size;
    order.set(node, at);
    lowest.set(node, at);
    open.push(node);
    for (const next of graph.get(node) ?? []) {
      if (!order.has(next)) visit(next);
      if (!open.includes(next)) continue;
      lowest.set(node, Math.min(lowest.get(node)!, lowest.get(next)!));
    }
    if (lowest.get(node) !== at) return;
    const circle = open.splice(open.indexOf(node));
    if (circle.length > 1) found.push(circle.toSorted());
  };
  for (const node of graph.keys()) if (!order.has(node)) visit(node);
  return found;
}
