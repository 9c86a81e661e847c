import { assert, assertEquals } from "@std/assert";
import {
  MAX_LINE,
  plainLine,
  plainLines,
} from "../../../../lib/text/plain_line.ts";

const plain = (text: string) => plainLine(text, { color: false });
const colored = (text: string) => plainLine(text, { color: true });

Deno.test("colors stay where they are wanted, and end with the line", () => {
  assertEquals(plain("\x1b[1;31mred\x1b[0m \x1b[38:5:245mx"), "red x");
  assertEquals(colored("\x1b[1;31mred"), "\x1b[1;31mred\x1b[0m");
});

Deno.test("the last text of an overwritten line is shown", () => {
  assertEquals(plain("10 %\r50 %\r100 %"), "100 %");
  assertEquals(plain("done\r"), "done");
  assertEquals(plain("done\r\n"), "done");
  assertEquals(plain("harmless\r::error::x"), ": :error::x");
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
