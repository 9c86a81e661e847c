import { assert, assertEquals } from "@std/assert";
import { DENO_VERSION, denoStart } from "../../../../lib/init/deno.ts";
import { DENO_VERSION as LAB_VERSION } from "../../../lab/images/deno/programs.ts";
import {
  commandOf,
  isGood,
  lackOf,
  linesOf,
  recipeOf,
  sourceOf,
} from "./sources.ts";

const SERVES = "Deno.serve(() => new Response())";

function app(settings: unknown, files: Record<string, string> = {}) {
  return denoStart(sourceOf({
    "deno.json": JSON.stringify(settings),
    "main.ts": SERVES,
    ...files,
  }));
}

Deno.test("an application has cached packages, tests, a user, a port and a check of it", async () => {
  const recipe = recipeOf(
    await app({ tasks: { start: "deno run --allow-net main.ts" } }, {
      "deno.lock": "{}",
      "main_test.ts": "",
    }),
  );
  assert(isGood(recipe), recipe.dockerfile);
  assertEquals(
    recipe.dockerfile,
    `FROM denoland/deno:debian-${DENO_VERSION} AS base
WORKDIR /app

# Only a change of the files that are copied here fetches the packages again.
FROM base AS dependencies
COPY deno.json deno.lock ./
RUN deno install --frozen

FROM dependencies AS build
COPY . .
RUN deno cache --frozen main.ts

FROM build AS test
CMD ["deno", "test", "--allow-all"]

FROM base AS release
COPY --from=build /app ./
COPY --from=build --chown=deno:deno /deno-dir /deno-dir
USER deno
EXPOSE 8000
HEALTHCHECK --interval=3s --timeout=5s --retries=20 \\
  CMD ["deno", "eval", "const { status } = await fetch('http://127.0.0.1:8000/', { redirect: 'manual' }); Deno.exit(status < 500 ? 0 : 1)"]
CMD ["deno", "run", "--allow-net", "main.ts"]
`,
  );
  assertEquals([recipe.port, recipe.notes, recipe.isInit], [8000, [], true]);
});

Deno.test("the base is the image that this repository tests with", () => {
  assertEquals(DENO_VERSION, LAB_VERSION);
});

Deno.test("a task that does more than run a module is started as a task", async () => {
  for (
    const start of [
      "TOKEN=abc deno run main.ts",
      "deno run main.ts --token=abc",
      "deno run -A missing.ts",
      "deno run -A main.ts && rm x",
    ]
  ) {
    const recipe = recipeOf(await app({ tasks: { start } }));
    assertEquals(commandOf(recipe), ["deno", "task", "start"]);
    assertEquals(recipe.dockerfile.includes("abc"), false);
  }
  const described = recipeOf(
    await app({ tasks: { start: { command: "deno serve -A main.ts" } } }),
  );
  assertEquals(commandOf(described), ["deno", "serve", "-A", "main.ts"]);
});

Deno.test("without a task, the module that serves is started, and no other one", async () => {
  const recipe = recipeOf(await app({ lint: {} }));
  assertEquals(commandOf(recipe).at(-1), "main.ts");
  lackOf(await app({ lint: {} }, { "main.ts": "export const x = 1" }));
});

Deno.test("a port is taken from the source only if there is one", async () => {
  const start = "deno run -N main.ts";
  const ports: [string, string, number | undefined][] = [
    [start, SERVES, 8000],
    [start, "Deno.serve({ port: 3000 }, handler)", 3000],
    [start, 'const port = Number(Deno.env.get("PORT") ?? "7000")', 7000],
    [start, "app.listen({ port: 5000 })", 5000],
    [start, "Deno.serve({ port: settings.port }, handler)", undefined],
    ["deno serve main.ts", "export default { fetch }", 8000],
    ["deno serve --port=9000 main.ts", "export default { fetch }", 9000],
    ["deno serve --port 9001 main.ts", "export default { fetch }", 9001],
  ];
  for (const [start, text, port] of ports) {
    const recipe = recipeOf(
      await app({ tasks: { start } }, { "main.ts": text }),
    );
    assertEquals([text, recipe.port], [text, port]);
    assertEquals(linesOf(recipe, "EXPOSE").length, port === undefined ? 0 : 1);
  }
});

Deno.test("a deno.jsonc has comments, a workspace is refused", async () => {
  const recipe = recipeOf(
    await denoStart(sourceOf({
      "deno.jsonc": '{ // it\r\n "tasks": { "start": "deno run main.ts", } }',
      "main.ts": SERVES,
    })),
  );
  assertEquals(linesOf(recipe, "COPY")[0], "COPY deno.jsonc ./");
  lackOf(await app({ workspace: ["./a"] }));
  lackOf(await app({}, { "deno.json": "{" }));
  assertEquals(await denoStart(sourceOf({ "main.ts": SERVES })), undefined);
});
