import { assertEquals } from "@std/assert";
import {
  contextSources,
  execForm,
  lastOf,
  readInstructions,
  readStage,
  shellForm,
} from "../../../../lib/doctor/dockerfile.ts";

Deno.test("an instruction has the line of its keyword, whatever it goes on over", () => {
  const text = `\uFEFF# syntax=docker/dockerfile:1
from debian AS base

RUN apt-get update \\
    # a comment in between

 && apt-get install --yes curl
COPY --from=x --chown=a:b "a b" /
`;
  assertEquals(
    readInstructions(text).map(({ keyword, line, rest }) => [
      line,
      keyword,
      rest.replace(/\s+/g, " "),
    ]),
    [
      [2, "FROM", "debian AS base"],
      [4, "RUN", "apt-get update && apt-get install --yes curl"],
      [8, "COPY", '"a b" /'],
    ],
  );
});

Deno.test("a here-document holds no instructions", () => {
  const text = `FROM debian
RUN <<EOF cat > a && <<-"END" cat > b
USER root
EOF
	CMD nothing
	END
RUN echo "<<no" $((1<<2)) <<<word
USER app
`;
  assertEquals(
    readInstructions(text).map(({ keyword, line }) => [keyword, line]),
    [["FROM", 1], ["RUN", 2], ["RUN", 7], ["USER", 8]],
  );
});

Deno.test("the escape directive ends continuation by a backslash", () => {
  const text = "# escape=`\nFROM a\nRUN a `\n  b\nRUN c:\\\nUSER d\n";
  assertEquals(
    readInstructions(text).map(({ keyword }) => keyword),
    ["FROM", "RUN", "RUN", "USER"],
  );
});

const STAGES = `ARG BASE=debian:12
FROM \${BASE} AS base
USER app
CMD serve
FROM base AS tools
COPY tools/ /
FROM base AS release
ENTRYPOINT ["./entry"]
COPY --from=tools /a /
RUN --mount=type=bind,source=src,target=/src --mount=type=cache,target=/c build
FROM alpine AS unused
COPY . .
FROM release
HEALTHCHECK NONE
`;

Deno.test("a stage has what those below it say", () => {
  const stage = readStage(STAGES)!;
  assertEquals(lastOf(stage, "USER")?.rest, "app");
  assertEquals(lastOf(stage, "HEALTHCHECK")?.rest, "NONE");
  assertEquals(stage.base, "debian:12");
  assertEquals(stage.from.line, 13);
  assertEquals(stage.images, ["debian:12"]);
});

Deno.test("the base follows build arguments and named contexts", () => {
  const base = (options: Parameters<typeof readStage>[1]) =>
    readStage(STAGES, options)?.base;
  assertEquals(base({ args: { BASE: "ubuntu:24.04" } }), "ubuntu:24.04");
  assertEquals(
    base({ contexts: { "debian:12": "docker-image://mine:1" } }),
    "mine:1",
  );
  assertEquals(base({ contexts: { "debian:12": "../mine" } }), undefined);
  assertEquals(base({ target: "unused" }), "alpine");
  assertEquals(readStage("FROM scratch\n")?.base, "scratch");
});

Deno.test("a stage that is a named context is not the one of the Dockerfile", () => {
  const stage = readStage(STAGES, {
    target: "release",
    contexts: { base: "docker-image://mine:1" },
  });
  assertEquals(stage?.base, "mine:1");
  assertEquals(lastOf(stage!, "USER"), undefined);
});

Deno.test("a target is a name or a number; there may be none", () => {
  assertEquals(readStage(STAGES, { target: "TOOLS" })?.from.line, 5);
  assertEquals(readStage(STAGES, { target: "0" })?.from.line, 2);
  assertEquals(readStage(STAGES, { target: "nobody" }), undefined);
  assertEquals(readStage("# nothing\n"), undefined);
});

Deno.test("what is taken from the context is that of all stages that are built, and of no other", () => {
  assertEquals(contextSources(readStage(STAGES)!).toSorted(), [
    "src",
    "tools/",
  ]);
  const text = `FROM a
COPY ["with space", "b", "/"]
ADD https://example.com/x git@example.com:a/b.git $FILES /
COPY <<EOF /conf
x
EOF
COPY --from=a /x /
RUN --mount=target=/all --mount=type=bind,from=a,target=/x make
`;
  assertEquals(
    contextSources(readStage(text)!),
    ["with space", "b", undefined, "."],
  );
});

Deno.test("the exec form is a JSON array of strings", () => {
  assertEquals(execForm('["a", "b c"]'), ["a", "b c"]);
  assertEquals(execForm("['a']"), undefined);
  assertEquals(execForm("[1]"), undefined);
  assertEquals(execForm("a b"), undefined);
});

/** Instructions after `FROM a`, and the keyword of the one that makes a shell the first process. */
const FORMS: [string, { entrypoint?: boolean; command?: boolean }, string?][] =
  [
    ["CMD serve", {}, "CMD"],
    ["CMD serve", { command: true }],
    ["CMD serve", { entrypoint: true }],
    ["CMD exec serve", {}],
    ['CMD ["serve"]', {}],
    ["ENTRYPOINT serve", { command: true }, "ENTRYPOINT"],
    ['ENTRYPOINT ["./entry"]\nCMD serve', {}, "CMD"],
    ['ENTRYPOINT ["./entry"]\nCMD serve', { command: true }],
    ["CMD serve\nCMD []", {}],
    // An entrypoint takes away the command of the stage below.
    ['CMD serve\nFROM one\nENTRYPOINT ["./entry"]', {}],
    ["CMD serve\nFROM one", {}, "CMD"],
  ];

for (const [text, given, expected] of FORMS) {
  Deno.test(
    `${JSON.stringify(text)}, replaced: ${Object.keys(given)}, is ${
      expected ? "" : "not "
    }run by a shell`,
    () => {
      const stage = readStage(`FROM a AS one\n${text}\n`)!;
      const replaced = { entrypoint: false, command: false, ...given };
      assertEquals(shellForm(stage, replaced)?.keyword, expected);
    },
  );
}
