import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { matchesName, readIgnore } from "../../../../lib/compose/ignore.ts";

/** A `.dockerignore`, what it keeps out, and what it does not. `tests/e2e/doctor_test.ts` asks BuildKit the same. */
const CASES: [string, readonly string[], readonly string[]][] = [
  ["# a comment\n\n  \n", [], ["# a comment", "a"]],
  ["\uFEFFa\r\nb\r\n", ["a", "b", "b/c"], ["c"]],
  ["*.md", ["README.md"], ["docs/README.md"]],
  ["**/*.md", ["README.md", "docs/a/README.md"], ["README.md.txt"]],
  ["**.md", ["README.md", "docs/README.md"], ["md"]],
  ["docs/**", ["docs/a", "docs/a/b"], ["docs", "docs2/a"]],
  ["**/docs", ["docs", "a/docs", "a/docs/b"], ["mydocs"]],
  ["a/**/b", ["a/b", "a/x/b", "a/x/y/b/c"], ["b", "a/xb"]],
  ["/a/", ["a", "a/b"], ["b/a"]],
  ["./a", ["a"], ["b"]],
  ["a/../b", ["b"], ["a"]],
  ["?", ["a", "b/c"], ["ab"]],
  ["[ab]*", ["a", "bc"], ["c"]],
  ["[^a]", ["b"], ["a"]],
  ["\\#a\n\\!b", ["#a", "!b"], ["a", "b"]],
  ["a b", ["a b"], ["a"]],
  ["*\n!src", ["a", "src2/a"], ["src", "src/a"]],
  ["*\n!src\n**/.env", ["src/.env", "src/a/.env"], ["src/a"]],
  ["! a\na", ["a"], []],
  ["a\n! a", [], ["a"]],
  ["src\n!src/keep", ["src", "src/a"], ["src/keep", "src/keep/a"]],
  ["src/*\n!src/keep", ["src/a"], ["src/keep/a", "src"]],
  // A pattern is not tried on what is kept out by then, nor an exception on what is not: below, they count as not met.
  ["a\n!*/*\na", ["a"], ["a/b"]],
  ["a/b\n!a", ["a/b", "a/b/c"], ["a"]],
  ["a.c", ["a.c"], ["abc"]],
  ["a(b", ["a(b"], []],
  ["[", [], ["a"]],
];

for (const [text, kept, taken] of CASES) {
  Deno.test(`.dockerignore ${JSON.stringify(text)}`, () => {
    const { ignores } = readIgnore(text);
    assertEquals(kept.filter((path) => !ignores(path)), []);
    assertEquals(taken.filter(ignores), []);
  });
}

const name = fc.constantFrom("a", "b", "ab", "a.md", ".env");
const path = fc.array(name, { minLength: 1, maxLength: 4 })
  .map((names) => names.join("/"));
const part = fc.oneof(name, fc.constantFrom("*", "**", "?", "*.md", "[ab]*"));
const pattern = fc.tuple(
  fc.constantFrom("", "!", "/", "!/"),
  fc.array(part, { minLength: 1, maxLength: 3 }),
).map(([start, parts]) => start + parts.join("/"));
const file = fc.array(pattern, { maxLength: 5 })
  .map((lines) => lines.join("\n"));

Deno.test("nothing in a folder that is passed over is taken", () =>
  fc.assert(fc.property(file, path, name, (text, folder, name) => {
    const { ignores, ignoresAll } = readIgnore(text);
    if (ignoresAll(folder)) assert(ignores(`${folder}/${name}`));
  })));

Deno.test("a last line with a path decides for it, where no exception came before", () =>
  fc.assert(fc.property(file, path, name, (text, path, name) => {
    const lines = text.split("\n").filter((line) => !line.startsWith("!"));
    const kept = readIgnore([...lines, path].join("\n"));
    assert(kept.ignores(path) && kept.ignores(`${path}/${name}`));
    const taken = readIgnore([...lines, `!${path}`].join("\n"));
    assert(!taken.ignores(path));
  })));

Deno.test("comments and empty lines mean nothing", () =>
  fc.assert(fc.property(file, path, (text, path) => {
    const more = text.replaceAll("\n", "\n# *\n\n  \n");
    assertEquals(
      readIgnore(more).ignores(path),
      readIgnore(text).ignores(path),
    );
  })));

Deno.test("a name is matched by a pattern as a whole", () => {
  assert(matchesName("*.json", "deno.json"));
  assert(!matchesName("*.json", "deno.jsonc"));
  assert(matchesName("src", "src"));
});
