import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { cells, cut, pad, rows, wrap } from "../../../../lib/text/width.ts";

const TEXT = fc.array(
  fc.constantFrom("a", "b", " ", "é", "日", "한", "👍", "e\u0301", "…", "ｗ"),
  { maxLength: 30 },
).map((chars) => chars.join(""));
const WIDTH = fc.integer({ min: 2, max: 20 });

function property(check: (text: string, width: number) => void) {
  fc.assert(fc.property(TEXT, WIDTH, check), { seed: 20240607 });
}

Deno.test("a character counts as many cells as terminals give it, and none too few", () => {
  assertEquals(cells("abc é…"), 6);
  assertEquals(cells("日本語"), 6);
  assertEquals(cells("e\u0301"), 1);
  assertEquals(cells("👍"), 2);
  assertEquals(cells("a\u200bb"), 2);
  assertEquals(cells("❤\ufe0f"), 2);
});

Deno.test("a cut text fits, and is unchanged if it fits already", () =>
  property((text, width) => {
    const short = cut(text, width);
    assert(cells(short) <= width);
    assertEquals(short === text, cells(text) <= width);
    assert(short === text || text.startsWith(short.slice(0, -1)));
  }));

Deno.test("a wide character that does not fit into the last cell is left out", () => {
  assertEquals(cut("a日本", 3), "a…");
  assertEquals(cut("abc", 1), "…");
  assertEquals(cut("abc", 0), "");
});

Deno.test("rows fit and are the whole text", () =>
  property((text, width) => {
    const found = rows(text, width);
    assertEquals(found.join(""), text);
    assert(found.every((row) => cells(row) <= width));
  }));

Deno.test("wrapped prose fits and has all words", () =>
  property((text, width) => {
    const found = wrap(text, width);
    assert(found.every((row) => cells(row) <= width));
    assertEquals(found.join("").replaceAll(" ", ""), text.replaceAll(" ", ""));
  }));

Deno.test("prose breaks at spaces, a word that is too long within", () => {
  assertEquals(wrap("to be or not", 5), ["to be", "or", "not"]);
  assertEquals(wrap("a http://x/y b", 6), ["a", "http:/", "/x/y b"]);
  assertEquals(wrap("a b", Infinity), ["a b"]);
});

Deno.test("padding counts cells", () => {
  assertEquals([pad("日", 4), pad("long", 2)], ["日  ", "long"]);
});
