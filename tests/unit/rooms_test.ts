/**
 * No circle among the files of the tool, nor among its rooms, whose table is true.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { circles, roomOf, ROOMS } from "../../tools/rooms.ts";

const ROOT = new URL("../..", import.meta.url);

interface Module {
  specifier: string;
  dependencies?: readonly {
    code?: { specifier: string };
    type?: { specifier: string };
  }[];
}

/** The graph of the tool's modules as Deno sees it, with types and `import()`; paths are those in the repository. */
async function modules(): Promise<Map<string, string[]>> {
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--quiet", "--json", "mod.ts"],
    cwd: ROOT,
  }).output();
  assertEquals(code, 0);
  const graph: { modules: Module[] } = JSON.parse(
    new TextDecoder().decode(stdout),
  );
  const pathOf = (specifier = "") =>
    specifier.startsWith(ROOT.href) ? [specifier.slice(ROOT.href.length)] : [];
  return new Map(
    graph.modules.flatMap(({ specifier, dependencies = [] }) =>
      pathOf(specifier).map((path) => [
        path,
        dependencies.flatMap(({ code, type }) => [
          ...pathOf(code?.specifier),
          ...pathOf(type?.specifier),
        ]),
      ])
    ),
  );
}

/** The graph of what a file is part of. */
function grouped(
  graph: ReadonlyMap<string, readonly string[]>,
  nameOf: (path: string) => string,
): Map<string, Set<string>> {
  const groups = new Map<string, Set<string>>();
  for (const [path, imports] of graph) {
    const name = nameOf(path);
    const group = groups.get(name) ?? new Set();
    for (const other of imports.map(nameOf)) {
      if (other !== name) group.add(other);
    }
    groups.set(name, group);
  }
  return groups;
}

const graph = await modules();

Deno.test("all files of the tool are in the graph", async () => {
  const files: string[] = [];
  const list = async (folder: string) => {
    for await (
      const { name, isDirectory } of Deno.readDir(new URL(folder, ROOT))
    ) {
      if (isDirectory) await list(`${folder}${name}/`);
      else if (name.endsWith(".ts")) files.push(`${folder}${name}`);
    }
  };
  await list("lib/");
  await list("tasks/");
  assertEquals(files.filter((file) => !graph.has(file)), []);
});

Deno.test("no circle among files", () => {
  assertEquals(circles(graph), []);
});

Deno.test("no circle among rooms, each of which is one folder or one file", () => {
  const rooms = grouped(graph, (path) => roomOf(path)?.room ?? path);
  assertEquals(circles(rooms), []);
});

Deno.test("a room imports only what is listed below it", () => {
  const names = ROOMS.map(({ room }) => room);
  for (const [i, { room, may, lazily = [] }] of ROOMS.entries()) {
    const above = [...may, ...lazily].filter((other) =>
      names.slice(0, i + 1).includes(other)
    );
    assertEquals(above, [], room);
  }
});

Deno.test("each room that the table lets a room import, it imports", () => {
  const used = grouped(graph, (path) => roomOf(path)?.room ?? path);
  const ground = ["lib/child.ts", "lib/errors", "lib/image_name.ts"];
  ground.push("lib/pause.ts", "lib/text", "lib/world.ts");
  for (const { room, may, lazily = [] } of ROOMS) {
    const unused = [...may, ...lazily]
      .filter((other) =>
        !ground.includes(other) && !used.get(room)?.has(other)
      );
    assertEquals(unused, [], room);
  }
});

Deno.test("few files are in no room", () => {
  const loose = [...graph.keys()].filter((path) => /^lib\/[^/]*$/.test(path));
  assertEquals(loose.length <= 8, true, loose.join(" "));
});

Deno.test("a circle is found, through types and several modules, too", () => {
  const of = (edges: Record<string, string[]>) =>
    circles(new Map(Object.entries(edges)));
  assertEquals(of({ a: ["b"], b: ["c"], c: [] }), []);
  assertEquals(of({ a: ["b"], b: ["c"], c: ["a"], d: ["a"] }), [
    ["a", "b", "c"],
  ]);
  assertEquals(of({ a: ["b", "c"], b: ["d"], c: ["d"], d: ["b"] }), [
    ["b", "d"],
  ]);
});
