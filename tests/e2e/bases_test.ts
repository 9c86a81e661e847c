import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { ALL, leftovers, output, withCheckout } from "./harness.ts";
import { type Registry, withRegistry } from "./registry.ts";

/** A project whose test prints the words of its base and fails on an old one. */
function project(base: string) {
  return {
    Dockerfile: `FROM ${base}\n`,
    "compose.yaml": `
services:
  test: { build: ., command: [grep, new, /words] }
  app: { build: { context: ., args: { APP: 1 } }, command: [sleep, "60"] }
`,
  };
}

/** Makes an image with these words, under this name. */
async function build(name: string, words: string) {
  const folder = await Deno.makeTempDir();
  const dockerfile = `FROM denoland/deno:debian-2.9.6
RUN echo ${words} ${crypto.randomUUID()} > /words
`;
  await Deno.writeTextFile(`${folder}/Dockerfile`, dockerfile);
  await output(["docker", "build", "--quiet", "--tag", name, folder]);
  await Deno.remove(folder, { recursive: true });
}

/** Removes the images that have lost the last tag of a repository: what was pushed or pulled keeps its digest as a name. */
async function removeUntagged(repository: string) {
  const found = await output([
    ...["docker", "images", "--no-trunc", "--filter"] as const,
    ...["dangling=true", "--format", "{{.ID}}", repository],
  ]);
  const ids = [...new Set(found.split("\n").filter(Boolean))];
  if (ids.length > 0) await output(["docker", "rmi", "--force", ...ids]);
}

/** Gives the test a registry with the base that is on this engine, and a function that moves it in the registry alone. */
async function withBase(
  test: (
    base: string,
    tools: { moves: () => Promise<void>; registry: Registry },
  ) => Promise<void>,
  words = "old",
) {
  await withRegistry(async (registry) => {
    const base = `${registry.host}/team/base:1`;
    const kept = `kept-${crypto.randomUUID()}`;
    try {
      await build(base, words);
      await output(["docker", "push", "--quiet", base]);
      const moves = async () => {
        await output(["docker", "tag", base, kept]);
        await build(base, "new");
        await output(["docker", "push", "--quiet", base]);
        await output(["docker", "tag", kept, base]);
        await output(["docker", "rmi", kept]);
      };
      await test(base, { moves, registry });
    } finally {
      await output(["docker", "rmi", "--force", base]);
      await removeUntagged(base.replace(/:\w+$/, ""));
    }
  });
}

Deno.test("a base that has moved is told, built on and tested again: the verdict is about the new one", () =>
  withBase((base, { moves }) =>
    withCheckout(async ({ todoflow, directory, project }) => {
      const before = await todoflow("test");
      assertEquals(before.code, 1, before.stderr);
      await moves();
      const { code, stdout, stderr } = await todoflow("test", "--json");
      assertEquals(code, 0, stdout + stderr);
      const events = stdout.trim().split("\n").map((line) => JSON.parse(line));
      const kinds = events.map(({ kind }) => kind);
      assertEquals(kinds.filter((kind) => kind === "run-start").length, 2);
      assertEquals(kinds.filter((kind) => kind === "run-end").length, 1);
      assertEquals(kinds.includes("failure"), false);
      assertStringIncludes(stdout, `${base} has moved from `);
      const kept = await Deno.readTextFile(
        `${directory}/reports/test/events.jsonl`,
      );
      // The folder is the last round's.
      assertEquals(kept.match(/"run-start"/g)?.length, 1);
      const log = await Deno.readTextFile(
        `${directory}/reports/test/logs/test.log`,
      );
      assertMatch(log, /new/);
      const again = await todoflow("test");
      assertEquals(again.code, 0, again.stderr);
      assertEquals(again.stderr.includes("moved"), false);
      assertEquals(await leftovers(project), []);
    }, { files: project(base) })
  ));

Deno.test(
  "the end of the run tells of the base that has moved, and of this round's steps only",
  {
    ignore: !ALL,
  },
  () =>
    withBase((base, { moves }) =>
      withCheckout(async ({ todoflow }) => {
        await moves();
        const { code, stderr } = await todoflow("test");
        assertEquals(code, 0, stderr);
        const [, end = ""] = stderr.split(/^\s*Step /m);
        assertStringIncludes(
          stderr,
          `${base} has moved in its registry: the images were built and tested again`,
        );
        assertEquals(end.includes("pull"), false, stderr);
      }, { files: project(base) })
    ),
);

Deno.test("a registry that does not answer fails no test whose base is there, and is told", () =>
  withBase((base) => {
    const gone = base.replace(/:\d+\//, ":1/");
    return withCheckout(async ({ todoflow }) => {
      await output(["docker", "tag", base, gone]);
      try {
        const { code, stderr } = await todoflow("test");
        assertEquals(code, 0, stderr);
        assertMatch(
          stderr,
          /127\.0\.0\.1:1\/team\/base:1 was not compared with its registry: .*refused/,
        );
      } finally {
        await output(["docker", "rmi", gone]);
      }
    }, { files: project(gone) });
  }, "new"));
