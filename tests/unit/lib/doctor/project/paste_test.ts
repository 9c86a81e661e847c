import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { parse } from "yaml";
import { indented, yamlList } from "../../../../../lib/doctor/project/paste.ts";

Deno.test("words are easy to read where they can be", () => {
  assertEquals(
    yamlList(["CMD", "-h", "127.0.0.1", "no", "a b", "$X", "--a=b", "80"]),
    '[CMD, -h, "127.0.0.1", "no", "a b", "$$X", --a=b, "80"]',
  );
});

const word = fc.oneof(
  fc.string(),
  fc.constantFrom(
    "yes",
    "Null",
    "1e3",
    "E0",
    "-e+5",
    "0x1f",
    "~",
    "-",
    "--",
    ".5",
    "1_000",
  ),
  fc.constantFrom("{}", "a: b", "#", "a #b", "$", "$$", "*a", "&a", "!a", "@"),
);

for (const version of ["1.1", "1.2"] as const) {
  Deno.test(`a list of words is read as the same words by YAML ${version}, dollars apart`, () =>
    fc.assert(fc.property(fc.array(word), (words) => {
      const read = parse(yamlList(words), { version }) as string[];
      // As Compose does.
      const given = read.map((word) => word.replaceAll("$$", "$"));
      assertEquals(given, words);
    })));
}

Deno.test("lines are set further in, but empty ones are left empty", () => {
  assertEquals(indented("a\n\n  b"), "  a\n\n    b");
});
