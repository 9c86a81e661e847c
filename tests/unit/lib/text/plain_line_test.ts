import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  MAX_LINE,
  plainLine,
  plainLines,
} from "../../../../lib/text/plain_line.ts";
import { uncolored } from "../reporters/fakes.ts";

const SEED = 20240607;

const plain = (text: string) => plainLine(text, { color: false });
const colored = (text: string) => plainLine(text, { color: true });

/** What terminals and CI systems obey, in pieces, so that their combinations are tried. */
const PIECES = fc.array(
  fc.oneof(
    fc.constantFrom(
      ..."\x1b [ ] 0 1 ; m A J K H ? 2026 h P \\ \x07 \x9b \x9d \x9c \r \n \r\n \t \b \0 \x7f \x85 \u2028 \u202e \u2066 # ## ##[ vso[ :: section_ start: end: 日 e\u0301 \ud800"
        .split(" "),
      " ",
      "\x1b[31m",
      "\x1b]0;title\x07",
    ),
    fc.string({ unit: "binary", maxLength: 3 }),
  ),
  { maxLength: 30 },
).map((pieces) => pieces.join(""));

function property(check: (text: string) => void) {
  fc.assert(fc.property(PIECES, check), { seed: SEED, numRuns: 3_000 });
}

Deno.test("whatever a line is, without colors it has no control character but tabs", () =>
  property((text) => assert(!/(?!\t)\p{Cc}/u.test(plain(text)))));

Deno.test("whatever a line is, with colors it has no escape but those of colors, and ends without one", () =>
  property((text) => {
    const line = colored(text);
    assert(!/(?!\t)\p{Cc}/u.test(uncolored(line)));
    assert(!line.includes("\x1b") || line.endsWith("\x1b[0m"));
  }));

Deno.test("whatever a line is, nothing in it is obeyed by a CI system or reorders text", () =>
  property((text) => {
    for (const line of [plain(text), colored(text)]) {
      assert(
        !/#{2}\w*\[|section_(start|end):|[\u2028-\u202e\u2066-\u2069]/.test(
          line,
        ),
      );
    }
  }));

Deno.test("a line that is fit to be shown is shown as it is, and again", () =>
  property((text) => {
    const line = plain(text);
    assertEquals(plain(line), line);
    const again = colored(text);
    assertEquals(uncolored(colored(again)), uncolored(again));
  }));

Deno.test("text stays, whatever language it is in", () => {
  const text = "\tdéjà vu — 日本語 עברית 👩‍👩‍👧 ### a::b [x] section 1";
  assertEquals([plain(text), colored(text)], [text, text]);
});

Deno.test("colors stay where they are wanted, and end with the line", () => {
  assertEquals(plain("\x1b[1;31mred\x1b[0m \x1b[38:5:245mx"), "red x");
  assertEquals(colored("\x1b[1;31mred"), "\x1b[1;31mred\x1b[0m");
});

Deno.test("the cursor, titles, links and the clipboard are out of reach", () => {
  const hostile = [
    "\x1b[2J\x1b[1;1Hx",
    "\x9b2Jx",
    "\x1b]0;title\x07x",
    "\x1b]8;;http://evil\x1b\\x",
    "\x1b]52;c;ZXZpbA==\x9cx",
    "\x1bP1;2qdata\x1b\\x",
    "\x1bcx",
    "\x1b(Bx",
    "\x1b[?1049h\x1b[?25lx",
    "\x1b\x1b[31m\x1b[mx",
  ];
  for (const text of hostile) {
    assertEquals([plain(text), uncolored(colored(text))], ["x", "x"]);
  }
});

Deno.test("of a line that was overwritten the last text is shown", () => {
  assertEquals(plain("10 %\r50 %\r100 %"), "100 %");
  assertEquals(plain("done\r"), "done");
  assertEquals(plain("done\r\n"), "done");
  assertEquals(plain("harmless\r::error::x"), "::error::x");
});

Deno.test("commands of CI systems that are obeyed anywhere in a line are broken up", () => {
  assertEquals(plain("a ##[add-mask]x"), "a # #[add-mask]x");
  assertEquals(plain("##vso[task.setvariable]x"), "# #vso[task.setvariable]x");
  assertEquals(plain("###[x]"), "## #[x]");
  assertEquals(plain("section_start:1:x"), "section start:1:x");
});

Deno.test("characters that reorder text become visible", () => {
  assertEquals(plain("a\u202eb\u2066c"), "a<U+202e>b<U+2066>c");
});

Deno.test("a long line is cut, and says so; half a character is none", () => {
  const line = plain("x".repeat(MAX_LINE + 12));
  assertEquals(line, `${"x".repeat(MAX_LINE)} … (12 more characters)`);
  const pair = plain("x".repeat(MAX_LINE - 1) + "👍👍");
  assert(pair.isWellFormed());
});

Deno.test("a text of several lines becomes lines, or one", () => {
  assertEquals(plain("a\nb"), "a b");
  assertEquals(plainLines("a\r\nb\x1b[1m\nc\n"), ["a", "b", "c", ""]);
});
