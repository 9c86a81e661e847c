import { assertEquals } from "@std/assert";
import { nearestOf } from "../../../../lib/text/nearest.ts";

const NAMES = ["version", "test", "release", "clean", "ls", "compose.yml"];

Deno.test("a misspelled word has the nearest one", async () => {
  for (
    const [word, nearest] of [
      ["relase", "release"],
      ["Version", "version"],
      ["tset", "test"],
      ["clen", "clean"],
      ["lss", "ls"],
      ["compose.yaml", "compose.yml"],
    ] as const
  ) {
    assertEquals(await nearestOf(word, NAMES), nearest);
  }
});

Deno.test("a word that only looks alike has none", async () => {
  for (const word of ["up", "logs", "port", "keep", "relax", "", "compose"]) {
    assertEquals(await nearestOf(word, NAMES), undefined, word);
  }
  assertEquals(await nearestOf("x", []), undefined);
});

Deno.test("neither a long word nor many words take long", async () => {
  const long = "x".repeat(1_000_000);
  assertEquals(await nearestOf(long, [`${long}y`]), undefined);
  const many = Array.from({ length: 100_000 }, (_, i) => `name-${i}`);
  assertEquals(await nearestOf("name-1", many), "name-1");
});
