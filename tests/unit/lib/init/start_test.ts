import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { parse } from "@std/yaml";
import { exitCode } from "../../../../lib/errors/exit_code.ts";
import { TodoflowError } from "../../../../lib/errors/todoflow_error.ts";
import { readIgnore } from "../../../../lib/compose/ignore.ts";
import type { Missing } from "../../../../lib/init/missing.ts";
import { sourceIn } from "../../../../lib/init/source.ts";
import { startOf } from "../../../../lib/init/start.ts";
import { sourceOf, treeOf } from "./sources.ts";

/** The text of a file that is missing. */
function textOf({ files }: Missing, name: string): string {
  const found = files.find(({ path }) => path === `/app/${name}`);
  if (!found) throw new Error(`${name} is not missing`);
  return found.text;
}

const NODE = {
  "package.json":
    '{"scripts": {"start": "node server.js", "test": "node --test"}}',
  "server.js": "createServer().listen(3000)",
};

Deno.test("a folder of source lacks a Dockerfile, a .dockerignore and a Compose file", async () => {
  const missing = await startOf(sourceOf(NODE));
  assertEquals(missing.files.map(({ path }) => path), [
    "/app/Dockerfile",
    "/app/.dockerignore",
    "/app/compose.yaml",
  ]);
  assertEquals(parse(textOf(missing, "compose.yaml")), {
    services: {
      app: {
        build: { context: ".", target: "release" },
        init: true,
        ports: ["127.0.0.1::3000"],
      },
      test: { build: { context: ".", target: "test" }, profiles: ["test"] },
    },
  });
});

Deno.test("a .dockerignore that is there is not missing", async () => {
  const { files } = await startOf(sourceOf({ ...NODE, ".dockerignore": "" }));
  assertEquals(files.map(({ path }) => path), [
    "/app/Dockerfile",
    "/app/compose.yaml",
  ]);
});

Deno.test("secrets, history and packages stay out of the context, the source stays in", async () => {
  const ignore = readIgnore(
    textOf(await startOf(sourceOf(NODE)), ".dockerignore"),
  );
  const out = [
    ".env",
    "api/.env.production",
    ".git/config",
    "tls/a.key",
    "node_modules/a/b.js",
  ];
  assertEquals(out.filter((path) => !ignore.ignores(path)), []);
  assertEquals(Object.keys(NODE).filter((path) => ignore.ignores(path)), []);
});

Deno.test("a folder named reports that todoflow has not made is source", async () => {
  const own = { ...NODE, "reports/sales.js": "" };
  const left = {
    ...NODE,
    "reports/test/.todoflow": "",
    "reports/test/run.html": "",
  };
  const [source, made] = await Promise.all(
    [own, left].map(async (files) =>
      textOf(await startOf(sourceOf(files)), ".dockerignore")
    ),
  );
  assertEquals([source, made].map((text) => text!.includes("\nreports\n")), [
    false,
    true,
  ]);
});

Deno.test("a Dockerfile that is there gets a Compose file for its port and its tests", async () => {
  const plain = await startOf(sourceOf({
    "Dockerfile": "FROM golang:1.25 AS app\nCOPY . .\nEXPOSE 80/tcp\n",
    "go.mod": "",
  }));
  assertEquals(parse(textOf(plain, "compose.yaml")), {
    "x-todoflow": { test: { run: ["go", "test", "./..."] } },
    services: { app: { build: ".", ports: ["127.0.0.1::80"] } },
  });
  const staged = await startOf(sourceOf({
    "Dockerfile.web": "FROM a AS release\nEXPOSE 80 81\nFROM a AS test\n",
  }));
  const build = { context: ".", dockerfile: "Dockerfile.web" };
  assertEquals(parse(textOf(staged, "compose.yaml")), {
    services: {
      app: { build: { ...build, target: "release" } },
      test: { build: { ...build, target: "test" }, profiles: ["test"] },
    },
  });
  assertStringIncludes(staged.notes.join(), "no port, or several");
});

Deno.test("what a Dockerfile copies by name, or asks git for, stays in its context", async () => {
  const missing = await startOf(sourceOf({
    "Dockerfile":
      "FROM a\nCOPY .env.example ca.pem ./\nCOPY . .\nRUN git describe\n",
  }));
  const lines = textOf(missing, ".dockerignore").split("\n");
  const kept = [".git", "**/.env.*", "**/*.pem"];
  assertEquals(lines.filter((line) => kept.includes(line)), []);
  assertEquals(lines.includes("**/*.key"), true);
});

Deno.test("a language that init does not know, none, and two are refused with exit code 3", async () => {
  const cases: [Record<string, string>, string][] = [
    [{ "go.mod": "" }, "Cannot start a Dockerfile for Go in /app"],
    [{}, "Cannot start a Dockerfile in /app"],
    [
      { ...NODE, "deno.json": '{"tasks": {"start": "deno run main.ts"}}' },
      "Cannot start a Dockerfile in /app",
    ],
    [{ "package.json": "{}" }, "Cannot start a Dockerfile for Node in /app"],
  ];
  for (const [files, headline] of cases) {
    const error = await assertRejects(
      () => startOf(sourceOf(files)),
      TodoflowError,
    );
    assertEquals([error.message, exitCode(error.failure)], [headline, 3]);
  }
});

Deno.test("a folder of several projects says where init can start", async () => {
  const error = await assertRejects(
    () => startOf(sourceOf({ "README.md": "", "api/package.json": "{}" })),
    TodoflowError,
  );
  assertEquals(
    error.failure.kind === "no-start" && error.failure.next.split("   ")[0],
    "todoflow init -C /app/api",
  );
});

Deno.test("packages and links are no source", async () => {
  const tree = treeOf({
    "/app/a.js": "",
    "/app/node_modules/b/index.js": "",
    "/app/lib/c.js": "",
  });
  const linked = {
    ...tree,
    list: async (folder: string) => [
      ...await tree.list(folder),
      ...(folder === "/app" ? [{ name: "link", kind: "other" as const }] : []),
    ],
  };
  assertEquals((await sourceIn("/app", linked)).paths, ["a.js", "lib/c.js"]);
});
