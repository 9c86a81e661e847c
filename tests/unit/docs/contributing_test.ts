/**
 * CONTRIBUTING.md describes the rooms that there are, and names files that there are.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { ROOMS } from "../../../tools/rooms.ts";
import { ROOT } from "./markdown.ts";

const TEXT = await Deno.readTextFile(new URL("CONTRIBUTING.md", ROOT));

/** The rows of the table of rooms: room, purpose, importers. */
const ROWS = TEXT.split("\n## The rooms\n")[1]!.split("\n## ")[0]!
  .split("\n").filter((line) => line.startsWith("| "))
  .map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()))
  .slice(2);

function quoted(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name);
}

/** The rooms that may import a room. */
function importersOf(room: string): string[] {
  return ROOMS.filter(({ may, lazily = [] }) =>
    [...may, ...lazily].includes(room)
  ).map(({ room }) => room);
}

Deno.test("CONTRIBUTING.md has each room of tools/rooms.ts, in its order", () => {
  assertEquals(
    ROWS.map(([room = ""]) => quoted(room)[0]),
    ROOMS.map(({ room }) => room),
  );
});

Deno.test("CONTRIBUTING.md says of each room who may import it", () => {
  const above = new Set<string>();
  for (const [first = "", , importers = ""] of ROWS) {
    const [room = ""] = quoted(first);
    const named = quoted(importers);
    const expected = importersOf(room);
    if (importers.startsWith("all rooms above, but ")) {
      assertEquals([...above].filter((one) => !named.includes(one)), expected);
    } else if (importers.startsWith("ground: ")) {
      assert(expected.length > 12, room);
    } else assertEquals(named, expected, room);
    const lazily = [...importers.matchAll(/`([^`]+)` \(lazily\)/g)]
      .map(([, name]) => name);
    assertEquals(
      lazily,
      ROOMS.filter(({ lazily = [] }) => lazily.includes(room))
        .map(({ room }) => room),
      room,
    );
    above.add(room);
  }
});

Deno.test("each path that CONTRIBUTING.md names is there", async () => {
  const paths = quoted(TEXT.replaceAll(/\s+/g, " ")).filter((span) =>
    /^(?:bench|docs|examples|lib|tasks|tests|todobackend|tools|types|\.github)(?:\/[\w./-]*)?$|^deno\.json$|^[\w-]+\.(?:md|sh|ts)$/
      .test(span)
  );
  assert(paths.length > 60, `${paths.length} paths`);
  const missing: string[] = [];
  for (const path of new Set(paths)) {
    await Deno.stat(new URL(path, ROOT)).catch(() => missing.push(path));
  }
  assertEquals(missing, []);
});
