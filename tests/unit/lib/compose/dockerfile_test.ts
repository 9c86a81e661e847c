import { assertEquals } from "@std/assert";
import {
  baseImages,
  type BaseOptions,
} from "../../../../lib/compose/dockerfile.ts";

/** A case: its name, the Dockerfile, the expected images, and the settings of the build. */
type Case = [
  name: string,
  text: string,
  expected: string[] | undefined,
  options?: BaseOptions,
];

const STAGES = `
FROM one AS test
FROM two AS Tools
FROM test AS release
COPY --from=tools /a /a
FROM three AS docs
`;

const CASES: readonly Case[] = [
  ["one stage", "FROM debian:bookworm-slim\n", ["debian:bookworm-slim"]],
  ["no line end, CRLF and a BOM", "\uFEFFFROM a\r\nRUN b\r\nFROM c", ["c"]],
  ["a digest and a registry with a port", "FROM localhost:5000/a/b@sha256:0f", [
    "localhost:5000/a/b@sha256:0f",
  ]],
  ["any case and a platform", "from --platform=$BUILDPLATFORM a as B", ["a"]],
  ["continuation lines", "FROM \\\n# a comment\n\n  a \\  \n AS b", ["a"]],
  ["an escaped backslash ends the line", "FROM a\nRUN b \\\\\nFROM c", ["c"]],
  ["escape=`", "# escape=`\nFROM `\n a\nRUN b \\\nCOPY --from=c d e", [
    "a",
    "c",
  ]],
  [
    "a directive below a comment is a comment",
    "# hello\n# escape=`\nFROM \\\n a",
    ["a"],
  ],
  ["a comment that names an image", "# FROM a\nFROM b\n  # FROM c", ["b"]],
  ["scratch", "FROM scratch\nCOPY --from=scratch a b", []],
  ["no stage", "# nothing\n", undefined],

  ["a target needs what its stages need", STAGES, ["one", "two"], {
    target: "Release",
  }],
  ["the last stage without a target", STAGES, ["three"]],
  ["no such target", STAGES, undefined, { target: "nope" }],
  ["COPY by number", "FROM a\nFROM b\nFROM c\nCOPY --from=0 x y", ["c", "a"]],
  ["no such number", "FROM a\nCOPY --from=7 x y", undefined],
  ["no mount by number", "FROM a\nFROM b\nRUN --mount=from=0 x", ["b", "0"]],
  ["COPY from an image", "FROM a\nCOPY --link --from=b:1 x y", ["a", "b:1"]],
  ["COPY without --from", 'FROM a\nCOPY ["--from=b", "c"]', ["a"]],
  [
    "mounts",
    "FROM a AS s\nFROM b\nRUN --network=none --mount=type=bind,from=s,target=/x " +
    "--mount=target=/y,from=c:2 echo --mount=from=d",
    ["b", "a", "c:2"],
  ],
  ["a FROM sees no later stage", "FROM b AS s\nFROM a AS b", ["b"], {
    target: "s",
  }],
  ["of two stages with a name the last", "FROM a AS s\nFROM b AS s\nFROM s", [
    "b",
  ]],
  ["a stage named as its image", "FROM a AS a\nFROM a", ["a"]],
  ["each image once", "FROM a AS s\nFROM a\nCOPY --from=s b c", ["a"]],
  ["stages in a circle end", "FROM a AS s\nCOPY --from=t b c\nFROM s AS t", [
    "a",
  ]],
  ["ONBUILD is for others", "FROM a\nONBUILD COPY --from=b c d", ["a"]],

  [
    "heredocs",
    "FROM a\nRUN <<EOF cat <<-'END' # x\nFROM b\nEOF\nFROM c\n\tEND\nCOPY --from=d e f",
    [
      "a",
      "d",
    ],
  ],
  ["a heredoc in COPY", 'FROM a\nCOPY <<"E" /x\nFROM b\nE\n', ["a"]],
  ["a quoted << is no heredoc", 'FROM a\nRUN echo "x <<EOF"\nFROM b', ["b"]],
  ["an ENV is no heredoc", "FROM a\nENV X <<EOF\nFROM b", ["b"]],
  ["arithmetic is no heredoc", "FROM a\nRUN echo $((1 << 2))\nFROM b", ["b"]],

  ["a default", "ARG V=1 W=2\nFROM a:$V-${W}", ["a:1-2"]],
  ["a quoted default", "ARG V=\"1\"\nARG W='2'\nFROM a:$V-$W", ["a:1-2"]],
  ["a default of a default", "ARG V=1\nARG W=${V}.2\nFROM a:$W", ["a:1.2"]],
  ["a build argument", "ARG V=1\nARG W\nFROM a:$V$W", ["a:23"], {
    args: { V: "2", W: "3" },
  }],
  ["a second default", "ARG V=1\nARG V=2\nFROM a$V", ["a2"]],
  ["an undeclared build argument", "FROM a$V", ["a"], { args: { V: "2" } }],
  ["an argument of a stage", "FROM b\nARG V=1\nFROM a$V", ["a"]],
  ["a default that is taken back", "ARG V=1\nARG V\nFROM a$V", ["a"]],
  ["an argument without a value", "ARG V\nFROM a:$V", undefined],
  [
    "operators",
    "ARG E=\nARG S=s\nFROM a:${S:-x}${U:-x}${E:-x}${E-x}${S:+y}${E:+y}${E+y}${U+y}",
    ["a:sxxyy"],
  ],
  ["a required argument", "ARG S=s\nFROM a:${S:?}", ["a:s"]],
  ["a missing required argument", "FROM a${U:?no}", undefined],
  ["a nested default", "ARG B=b\nFROM a:${A:-${C:-$B}}", ["a:b"]],
  ["a value with a variable is no variable", "ARG A\nFROM a$A", undefined, {
    args: { A: "$A" },
  }],
  ["single quotes", "ARG B=b\nARG A='$B'\nFROM a$A", undefined],
  ["an operator of later versions", "ARG A=x\nFROM a:${A#x}", undefined],
  ["a platform in the name", "FROM a-$TARGETARCH", undefined],
  ["a platform behind an argument", "ARG A=a-$TARGETARCH\nFROM $A", undefined],
  [
    "a platform where it is not needed",
    "ARG A=a-$TARGETARCH\nFROM $A\nFROM b",
    ["b"],
  ],
  ["a variable in --from", "FROM a\nCOPY --from=$X b c", undefined],

  ["contexts", "FROM a AS s\nFROM b\nCOPY --from=s c d\nCOPY --from=e f g", [
    "x:1",
  ], { contexts: { s: "./s", b: "docker-image://x:1", e: "service:e" } }],
];

for (const [name, text, expected, options] of CASES) {
  Deno.test(`the images of a build: ${name}`, () => {
    assertEquals(baseImages(text, options), expected);
  });
}

Deno.test("variables in each other's defaults are followed some levels, and a million of them cost no time", () => {
  const nested = (levels: number) =>
    `FROM ${"${A:-".repeat(levels)}a${"}".repeat(levels)}`;
  assertEquals(baseImages(nested(20)), ["a"]);
  // Without a bound, each level would be a pass over all of it: hours.
  assertEquals(baseImages(nested(1_000_000)), undefined);
});
