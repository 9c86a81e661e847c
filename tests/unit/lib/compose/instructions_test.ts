import { assertEquals } from "@std/assert";
import {
  execForm,
  mountsOf,
  readInstructions,
  sourcesOf,
} from "../../../../lib/compose/instructions.ts";

/** A Dockerfile, and its instructions: the line, the keyword, the flags if there are any, the words. */
type Case = [
  name: string,
  text: string,
  expected: readonly string[],
];

/** As https://github.com/moby/buildkit/tree/master/frontend/dockerfile/parser reads them. */
const CASES: readonly Case[] = [
  ["CRLF, a byte order mark, no line end", "\uFEFFFROM a\r\nRUN b \\\r\n c", [
    "1 FROM a",
    "2 RUN b c",
  ]],
  ["any case, space in front", "  from a\n\trun b", ["1 FROM a", "2 RUN b"]],
  ["comments and empty lines", "# FROM b\n\nFROM a\n  # RUN c\n#", [
    "3 FROM a",
  ]],
  [
    "comments and empty lines between continued lines",
    "RUN a \\\n  # b\n\n && c \\\n# d\nUSER e",
    ["1 RUN a && c USER e"],
  ],
  ["a line that only goes on", "\\\nUSER a\nUSER b", ["1 USER a", "3 USER b"]],
  ["space behind the backslash", "RUN a \\ \t\n b\nUSER c", [
    "1 RUN a b",
    "3 USER c",
  ]],
  ["an escaped backslash", "RUN a \\\\\nUSER b", ["1 RUN a \\\\", "2 USER b"]],
  ["a backslash at the end of the file", "USER a\\", ["1 USER a"]],

  ["escape", "# escape=`\nRUN a `\n b\nRUN c:\\\nUSER d", [
    "2 RUN a b",
    "4 RUN c:\\",
    "5 USER d",
  ]],
  ["escape behind syntax, in capitals", "#SYNTAX=a\n# Escape = ` \nRUN a`\nb", [
    "3 RUN ab",
  ]],
  ["escape behind an unknown directive", "# a=b\n# escape=`\nUSER a`\nUSER b", [
    "3 USER a`",
    "4 USER b",
  ]],
  ["escape behind a comment", "# a\n# escape=`\nUSER a`\nUSER b", [
    "3 USER a`",
    "4 USER b",
  ]],
  ["escape behind an empty line", "\n# escape=`\nUSER a`\nUSER b", [
    "3 USER a`",
    "4 USER b",
  ]],

  ["flags", "COPY --from=a --link b c", ["1 COPY [--from=a --link] b c"]],
  ["a quoted flag", "COPY --chown=\"a b\" --from='c' d e", [
    "1 COPY [--chown=a b --from=c] d e",
  ]],
  ["an escaped space in a flag", "COPY --chown=a\\ b c d", [
    "1 COPY [--chown=a b] c d",
  ]],
  ["the end of flags", "COPY --link -- --from=a b", [
    "1 COPY [--link] --from=a b",
  ]],
  ["flags behind words", "RUN a --mount=from=b", ["1 RUN a --mount=from=b"]],
  ["flags in a JSON array", 'COPY ["--from=a", "b c"]', [
    "1 COPY --from=a b c",
  ]],

  ["quoted words of ARG", 'ARG A="b c" D=\'e " f\' G=h\\ i', [
    '1 ARG A="b c" D=\'e " f\' G=h\\ i',
  ]],

  ["ONBUILD", "ONBUILD COPY --from=a b c", ["1 ONBUILD COPY --from=a b c"]],
  ["a here-document behind ONBUILD", "ONBUILD RUN <<E\nUSER a\nE\nUSER b", [
    "1 ONBUILD RUN <<E",
    "4 USER b",
  ]],
  ["no here-document behind ONBUILD", "ONBUILD USER <<E\nUSER a\nE", [
    "1 ONBUILD USER <<E",
    "2 USER a",
    "3 E",
  ]],

  ["a here-document", "RUN <<E\nUSER a\n# E\n E\nE\nUSER b", [
    "1 RUN <<E",
    "6 USER b",
  ]],
  ["here-documents of COPY and ADD", "COPY <<a.txt /\nb\na.txt\nADD <<c /\nc", [
    "1 COPY <<a.txt /",
    "4 ADD <<c /",
  ]],
  ["ENV has none", "ENV A <<E\nUSER a", ["1 ENV A <<E", "2 USER a"]],
  ["several here-documents", "RUN <<A <<B\nB\nA\nA\nB\nUSER c", [
    "1 RUN <<A <<B",
    "6 USER c",
  ]],
  ["a here-document behind flags", "RUN --mount=target=/a <<E b\nUSER a\nE", [
    "1 RUN [--mount=target=/a] <<E b",
  ]],
  ["one with CRLF", "RUN <<E\r\nUSER a\r\nE\r\nUSER b", [
    "1 RUN <<E",
    "4 USER b",
  ]],
  ["one for another descriptor", "RUN 3<<E\nUSER a\nE", ["1 RUN 3<<E"]],
  ["tabs in front of the end", "RUN <<-E\n\tUSER a\n\tE\nUSER b", [
    "1 RUN <<-E",
    "4 USER b",
  ]],
  ["tabs only with a dash", "RUN <<E\n\tE\nE\nUSER b", [
    "1 RUN <<E",
    "4 USER b",
  ]],
  ["a quoted name", "RUN <<\"E\" <<-'F'\nUSER a\nE\n\tF\nUSER b", [
    "1 RUN <<\"E\" <<-'F'",
    "5 USER b",
  ]],
  ["a name with a space", "RUN <<'a b'\nUSER c\na b\nUSER d", [
    "1 RUN <<'a b'",
    "4 USER d",
  ]],
  ["a name in parts", "RUN <<e'o'\\'f\nUSER c\neo'f\nUSER d", [
    "1 RUN <<e'o'\\'f",
    "4 USER d",
  ]],
  ["a name that is a variable", "RUN <<$E\nUSER a\n$E\nUSER b", [
    "1 RUN <<$E",
    "4 USER b",
  ]],
  ["a name with what a shell ends it by", "RUN <<E;\nUSER a\nE;\nUSER b", [
    "1 RUN <<E;",
    "4 USER b",
  ]],
  ["space in front of the name", "RUN << E\nUSER a\nE\nUSER b", [
    "1 RUN << E",
    "4 USER b",
  ]],
  ["a here-document that has no end", "RUN $((1 << 2))\nUSER a", [
    "1 RUN $((1 << 2))",
    "2 USER a",
  ]],
  ["a quoted <<", 'RUN "<<E"\nUSER a\nE', ['1 RUN "<<E"', "2 USER a", "3 E"]],
  ["<< within a word, and <<<", "RUN a<<E <<<E\nUSER a\nE", [
    "1 RUN a<<E <<<E",
    "2 USER a",
    "3 E",
  ]],
  ["<< in a JSON array", 'COPY ["<<E", "/"]\nUSER a\nE', [
    "1 COPY <<E /",
    "2 USER a",
    "3 E",
  ]],
  // Such a line is no sequence of words to BuildKit, so that there is no here-document in it.
  ["<< behind an open quote", "RUN it's <<E\nUSER a\nE", [
    "1 RUN it's <<E",
    "2 USER a",
    "3 E",
  ]],
  ["<< behind an array of Bash", "RUN ${a[0]} <<E\nUSER a\nE", [
    "1 RUN ${a[0]} <<E",
    "2 USER a",
    "3 E",
  ]],
  ["<< behind a variable", 'RUN ${a:-b} "${c}" $d <<E\nUSER a\nE', [
    '1 RUN ${a:-b} "${c}" $d <<E',
  ]],
  [
    "many variables with slashes in a quote that nothing closes",
    `RUN <<E "${"${a//b/c}".repeat(60)}\nE`,
    [`1 RUN <<E "${"${a//b/c}".repeat(60)}`, "2 E"],
  ],
];

for (const [name, text, expected] of CASES) {
  Deno.test(`the instructions of a Dockerfile: ${name}`, () => {
    const shown = readInstructions(text)
      .map(({ keyword, flags, words, line }) =>
        [
          line,
          keyword,
          ...(flags.length > 0 ? [`[${flags.join(" ")}]`] : []),
          ...words,
        ].join(" ")
      );
    assertEquals(shown, expected);
  });
}

Deno.test("the exec form is a JSON array of strings", () => {
  assertEquals(execForm('["a", "b c"]'), ["a", "b c"]);
  assertEquals(execForm("['a']"), undefined);
  assertEquals(execForm("[1]"), undefined);
  assertEquals(execForm("a b"), undefined);
});

Deno.test("the text of an instruction stays as it is written", () => {
  const [run] = readInstructions("RUN  a  'b  c' \\\n  && d ");
  assertEquals(run?.rest, "a  'b  c'   && d");
});

Deno.test("files come from the stages and images that COPY and the mounts of RUN name", () => {
  const sources = (text: string) => readInstructions(text).flatMap(sourcesOf);
  assertEquals(sources("COPY --link --from=a b c"), ["a"]);
  assertEquals(sources("COPY --from= b c"), []);
  assertEquals(
    sources("RUN --mount=target=/a,FROM=b --mount=type=cache --mount=from=c d"),
    ["b", "c"],
  );
  assertEquals(sources("RUN echo --mount=from=a"), []);
  assertEquals(sources("ADD a b\nONBUILD COPY --from=c d e"), []);
});

Deno.test("a mount takes all of the build context, unless it says something else", () => {
  const mounts = (text: string) => readInstructions(text).flatMap(mountsOf);
  const bind = { type: "bind", from: undefined };
  assertEquals(mounts("RUN --mount=target=/a b"), [{ ...bind, source: "." }]);
  assertEquals(
    mounts("RUN --mount=src=a,ro,target=/a --mount=type=Cache,target=/b c"),
    [{ ...bind, source: "a" }, { ...bind, type: "cache", source: "." }],
  );
});
