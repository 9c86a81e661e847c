import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  noCommand,
  plainLine,
  plainLines,
} from "../../../../lib/text/plain_line.ts";
import {
  jsonText,
  plainText,
  visibleText,
} from "../../../../lib/text/untrusted.ts";
import { uncolored } from "../reporters/fakes.ts";

const terminal = (text: string) => plainLine(text, { color: false });

/** Dangerous text, and how a terminal, XML and a page get it. */
const DANGEROUS: Readonly<Record<string, [string, string, string, string]>> = {
  "a color": ["a\x1b[1;31mb", "ab", "ab", "ab"],
  "a color with colons": ["a\x1b[38:5:245mb", "ab", "ab", "ab"],
  "a sequence that moves the cursor": ["a\x1b[2;1Hb", "ab", "ab", "ab"],
  "a private sequence": ["a\x1b[?1049hb", "ab", "ab", "ab"],
  "a sequence of one control character": ["a\x9b2Jb", "ab", "ab", "ab"],
  "a title": ["a\x1b]0;t\x07b", "ab", "ab", "ab"],
  "a title of one control character": ["a\x9d0;t\x9cb", "ab", "ab", "ab"],
  "a link": ["a\x1b]8;;http://e\x1b\\b", "ab", "ab", "ab"],
  "the clipboard": ["a\x1b]52;c;ZQ==\x07b", "ab", "ab", "ab"],
  "a device control string": ["a\x1bP1;2qd\x1b\\b", "ab", "ab", "ab"],
  "a short escape": ["a\x1b(Bb", "ab", "ab", "ab"],
  "a reset": ["a\x1bcb", "ab", "ab", "ab"],
  "a string that never ends": ["a\x1b]b", "a]b", "a\uFFFD]b", "a\u241b]b"],
  "a zero": ["a\0b", "ab", "a\uFFFDb", "a\u2400b"],
  "a bell": ["a\x07b", "ab", "a\uFFFDb", "a\u2407b"],
  "a backspace": ["a\bb", "ab", "a\uFFFDb", "a\u2408b"],
  "a delete": ["a\x7fb", "ab", "a\uFFFDb", "a\u2421b"],
  "a C1 control": ["a\x85b", "ab", "a\uFFFDb", "a\uFFFDb"],
  "half a character": ["a\ud800b", "a\uFFFDb", "a\uFFFDb", "a\uFFFDb"],
  "a carriage return": ["a\rb", "b", "a\rb", "a\u240db"],
  "a command of GitHub": [
    "::error::b",
    ": :error::b",
    "::error::b",
    "::error::b",
  ],
  "a command within a line": [
    "a ::set-env name=b::c",
    "a : :set-env name=b::c",
    "a ::set-env name=b::c",
    "a ::set-env name=b::c",
  ],
  "an old command of GitHub": ["a##[x]", "a# #[x]", "a##[x]", "a##[x]"],
  "a command of Azure": ["##vso[x]", "# #vso[x]", "##vso[x]", "##vso[x]"],
  "a section of GitLab": [
    "section_start:1:x",
    "section start:1:x",
    "section_start:1:x",
    "section_start:1:x",
  ],
};

for (const [what, [text, ...expected]] of Object.entries(DANGEROUS)) {
  Deno.test(`${what} is shown to a terminal, in XML and on a page without its effect`, () => {
    assertEquals(
      [terminal(text), plainText(text), visibleText(text)],
      expected,
    );
  });
}

for (
  const code of [
    ...[0x61c, 0x200e, 0x200f, 0x2028, 0x2029, 0x202a, 0x202b, 0x202c],
    ...[0x202d, 0x202e, 0x2066, 0x2067, 0x2068, 0x2069],
  ]
) {
  const name = code.toString(16).padStart(4, "0");
  Deno.test(`U+${name} is visible wherever it is shown`, () => {
    const text = `a${String.fromCodePoint(code)}b`;
    assertEquals(terminal(text), `a<U+${name}>b`);
    assertEquals(plainText(text), "a\uFFFDb");
    assertEquals(visibleText(text), "a\uFFFDb");
  });
}

Deno.test("XML gets U+FFFD for what only XML forbids", () => {
  assertEquals(plainText("a\uFFFEb\uFFFF"), "a\uFFFDb\uFFFD");
});

for (
  const text of [
    "\tdéjà vu — 日本語 ｗｉｄｅ ### [x] section 1 #[derive] C# [y]",
    "עברית العربية \u{1e900}",
    "👩‍👩‍👧 ❤\ufe0f 🏳️‍🌈 e\u0301",
    "Foo::bar::baz std::vec::Vec<u8>::new::<T>() a::b",
    "::1 is the loopback",
    "[::1]:80 and fe80::1 are addresses",
    "x :: Int -> y :: Int, a[::2], b[::3]",
    "error: ::std::vector<int>, use ::foo::bar; class ::A::B",
    "SELECT '2020'::date AND x::text, \"x\"::text::int, 'a'::character varying, 'b'::text",
    "Société::total::x λ::a::b é::warning::x 日本::error::x",
  ]
) {
  Deno.test(`ordinary text stays: ${text}`, () => {
    const shown = [terminal(text), plainText(text), visibleText(text)];
    assertEquals(shown, [text, text, text]);
  });
}

Deno.test("lines that were put together are no command", () => {
  assertEquals(noCommand("::error  ::x"), ": :error  ::x");
  assertEquals(noCommand(": :error::x"), ": :error::x");
});

/** Everything that is dangerous, in pieces, so that pieces which only together are dangerous meet. */
const PIECES = fc.array(
  fc.oneof(
    fc.constantFrom(
      ..."\x1b [ ] ( 0 1 ; : m A J H ? P X ^ _ \\ \x07 \x9b \x9d \x9c \x90 \t \b \0 \x7f \x85"
        .split(" "),
      ..."\u061c \u200e \u200f \u2028 \u2029 \u202a \u202e \u2066 \u2069"
        .split(" "),
      ...": :: # ## ##[ vso[ error name= section section_ start: end: _ a"
        .split(" "),
      ...[" ", "\r", "\n", "\r\n", "\x1b[31m", "\x1b[0m", "\x1b]0;title\x07"],
    ),
    fc.string({ unit: "binary", maxLength: 3 }),
  ),
  { maxLength: 30 },
).map((pieces) => pieces.join(""));

function property(check: (text: string) => void) {
  fc.assert(fc.property(PIECES, check), { seed: 20240607, numRuns: 10_000 });
}

const MARK = /[\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;
const COMMAND = [
  // As `ActionCommand.TryParseV2` reads it, and commands that the runner knows after any prefix.
  /^\s*::[a-z][\w-]*( .*)?::/i,
  /\s::(error|group|add-mask|set-output)( .*)?::/i,
  /##\w*\[/,
  /section_(start|end):/,
];

Deno.test("no line of any text for a terminal has anything dangerous", () =>
  property((text) => {
    for (const line of [terminal(text), ...plainLines(text)]) {
      assert(!/(?!\t)\p{Cc}/u.test(line), "a control character");
      assert(!MARK.test(line), "a mark");
      assert(line.isWellFormed(), "half a character");
      for (const command of COMMAND) assert(!command.test(line), `${command}`);
    }
  }));

Deno.test("a colored line of any text has nothing dangerous but sequences that set colors", () =>
  property((text) => {
    const line = plainLine(text, { color: true });
    assert(!/(?!\t)\p{Cc}/u.test(uncolored(line)), "a control character");
    assert(!MARK.test(line), "a mark");
    assert(!line.includes("\x1b") || line.endsWith("\x1b[0m"), "no reset");
    for (const command of COMMAND) assert(!command.test(line), `${command}`);
  }));

Deno.test("XML and the page get no dangerous character of any text", () =>
  property((text) => {
    assert(!/(?![\t\r\n])\p{Cc}/u.test(plainText(text)));
    assert(!/(?![\t\n])\p{Cc}/u.test(visibleText(text)));
    for (const shown of [plainText(text), visibleText(text)]) {
      assert(!MARK.test(shown) && shown.isWellFormed());
    }
  }));

Deno.test("JSON of any text has nothing dangerous, and is read back unchanged", () =>
  property((text) => {
    const value = { [text]: [text] };
    for (const json of [jsonText(value), jsonText(value, 2)]) {
      assertEquals(JSON.parse(json), value);
      assert(!/(?!\n)\p{Cc}/u.test(json) && !MARK.test(json));
      for (const command of COMMAND) assert(!command.test(json), `${command}`);
    }
  }));

Deno.test("text that was made harmless stays as it is", () =>
  property((text) => {
    for (const show of [terminal, plainText, visibleText]) {
      assertEquals(show(show(text)), show(text));
    }
    const colored = plainLine(text, { color: true });
    const again = plainLine(colored, { color: true });
    assertEquals(uncolored(again), uncolored(colored));
  }));

Deno.test("a long hostile text is shown in linear time", () => {
  for (const piece of ["\x1b]", "\x9d", "\x1b[", "\x1b[1;", "\x1b ", "::a "]) {
    const text = piece.repeat(200_000);
    const begun = performance.now();
    plainText(text);
    visibleText(text);
    terminal(text);
    assert(performance.now() - begun < 5_000, JSON.stringify(piece));
  }
});
