import { assertEquals } from "@std/assert";
import {
  contextSources,
  copied,
  labelKeys,
  lastOf,
  readStage,
  shellForm,
} from "../../../../lib/compose/stage.ts";

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

Deno.test("a stage has the instructions of the stages below it", () => {
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

Deno.test("a target is a name; there may be none", () => {
  assertEquals(readStage(STAGES, { target: "TOOLS" })?.from.line, 5);
  // BuildKit looks for no stage of that number.
  assertEquals(readStage(STAGES, { target: "0" }), undefined);
  assertEquals(readStage(STAGES, { target: "nobody" }), undefined);
  assertEquals(readStage("# nothing\n"), undefined);
});

Deno.test("the files from the context are those of all stages that are built, and of no other", () => {
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

const labels = (text: string) => labelKeys(readStage(text)!);

Deno.test("the labels that a Dockerfile sets are those of its stages, not of its base image", () => {
  assertEquals(
    labels(`FROM a AS base
LABEL one=1 "two"="a b" \\
  three='x y=z'
FROM b AS other
LABEL not=1
FROM base
LABEL old form of=it
LABEL four five
ONBUILD LABEL not=1
`),
    ["one", "two", "three", "of", "four"],
  );
});

const copies = (text: string, workingDir = "/unknown") =>
  copied(readStage(text)!, workingDir)
    .map(({ target, sources }) => `${sources.join(",")}>${target}`);

Deno.test("COPY and ADD put files relative to the WORKDIR at that point", () => {
  assertEquals(
    copies(`FROM a AS base
WORKDIR /srv
COPY one two/ ./
FROM base
WORKDIR app
COPY . .
COPY --from=x /a b
ADD ["c d", "/e/"]
COPY $X /f
COPY g /$X
`),
    ["one,two>/srv", ".>/srv/app", ">/srv/app/b", "c d>/e", ">/f"],
  );
});

Deno.test("a WORKDIR that only the engine knows is that of the image", () => {
  assertEquals(copies("FROM a\nWORKDIR $HOME\nCOPY src .", "/root"), [
    "src>/root",
  ]);
});
