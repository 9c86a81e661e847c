import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { nodeStart } from "../../../../lib/init/node.ts";
import {
  commandOf,
  isGood,
  lackOf,
  linesOf,
  recipeOf,
  sourceOf,
} from "./sources.ts";

const LISTENS = "require('http').createServer().listen(3000)";

/** A `package.json`, and a server. */
function app(
  own: Record<string, unknown>,
  files: Record<string, string> = {},
) {
  return nodeStart(sourceOf({
    "package.json": JSON.stringify({
      scripts: { start: "node server.js" },
      ...own,
    }),
    "server.js": LISTENS,
    ...files,
  }));
}

Deno.test("an application of npm has cached packages, tests, a user, a port and a check of it", async () => {
  const recipe = recipeOf(
    await app({
      scripts: { start: "node server.js", test: "node --test" },
      dependencies: { express: "5" },
      devDependencies: { c8: "10" },
    }, { "package-lock.json": "{}" }),
  );
  assert(isGood(recipe), recipe.dockerfile);
  assertEquals(
    recipe.dockerfile,
    `FROM node:24-bookworm-slim AS base
WORKDIR /app

# Only a change of the files that are copied here installs the packages again.
FROM base AS dependencies
COPY package.json package-lock.json ./
RUN --mount=type=cache,target=/root/.npm \\
  npm ci

FROM dependencies AS build
COPY . .

FROM build AS test
CMD ["npm", "test"]

# Without the packages that only tests and builds need.
FROM build AS production
RUN npm prune --omit=dev --ignore-scripts

FROM base AS release
ENV NODE_ENV=production
COPY --from=production /app ./
USER node
EXPOSE 3000
HEALTHCHECK --interval=3s --timeout=5s --retries=20 \\
  CMD ["node", "-e", "fetch('http://127.0.0.1:3000/', { redirect: 'manual' }).then((r) => process.exit(r.status < 500 ? 0 : 1), () => process.exit(1))"]
CMD ["node", "server.js"]
`,
  );
  assertEquals([recipe.port, recipe.notes], [3000, []]);
});

Deno.test("TypeScript is built before it is tested, and the compiler stays out of the release", async () => {
  const recipe = recipeOf(
    await app({
      scripts: { build: "tsc", start: "node dist/server.js", test: "vitest" },
      devDependencies: { typescript: "5", vitest: "3" },
    }, {
      "src/server.ts":
        "createServer().listen(Number(process.env.PORT) || 4000)",
      "server.js": "",
      "package-lock.json": "{}",
    }),
  );
  assertEquals(linesOf(recipe, "RUN").slice(1), [
    "RUN npm run build",
    "RUN npm prune --omit=dev --ignore-scripts",
  ]);
  assertEquals([recipe.port, commandOf(recipe)], [4000, [
    "node",
    "dist/server.js",
  ]]);
});

Deno.test("a start by a package for development keeps these packages", async () => {
  const recipe = recipeOf(
    await app({
      scripts: { start: "tsx src/server.ts" },
      devDependencies: { tsx: "4" },
    }),
  );
  assertEquals(linesOf(recipe, "COPY").at(-1), "COPY --from=build /app ./");
  assertEquals(commandOf(recipe), ["npm", "start"]);
});

Deno.test("words of a start that may be secret or need a shell are not copied", async () => {
  for (
    const start of [
      "TOKEN=abc node server.js",
      "node server.js --token=abc",
      "node $(cat x)",
      "node ../outside.js",
    ]
  ) {
    const recipe = recipeOf(
      await app({ scripts: { start } }, {
        "../outside.js": "",
        "$(cat": "",
      }),
    );
    assertEquals(commandOf(recipe), ["npm", "start"]);
    assertEquals(recipe.dockerfile.includes("abc"), false);
  }
});

Deno.test("without a script, the file that listens is started, and no other one", async () => {
  const named = recipeOf(
    await app({ scripts: {}, main: "./lib/web.js" }, {
      "lib/web.js": "app.listen(3000)",
    }),
  );
  assertEquals(commandOf(named), ["node", "lib/web.js"]);
  const library = lackOf(await app({ scripts: {} }, { "server.js": "" }));
  assertEquals(library.next, "npm pkg set 'scripts.start=node server.js'");
  const empty = sourceOf({ "package.json": "{}", "lib/x.js": "" });
  const { next } = lackOf(await nodeStart(empty));
  assertEquals(next, "add a script `start` to package.json");
});

Deno.test("a start of a file that no script builds is no start", async () => {
  const lack = lackOf(
    await app({
      scripts: { start: "node dist/server.js" },
      devDependencies: { typescript: "5" },
    }),
  );
  assertEquals(lack.next, "npm pkg set scripts.build=tsc");
});

Deno.test("a port is taken from the source only if there is one", async () => {
  const ports: [string, number | undefined][] = [
    [LISTENS, 3000],
    ["app.listen({ host: '0.0.0.0', port: 5000 })", 5000],
    ["const PORT = process.env.PORT ?? '7000'; app.listen(PORT)", 7000],
    ["const port = process.env['PORT'] || 7001; app.listen(port)", 7001],
    ["app.listen(process.env.PORT)", 8080],
    ["app.listen(3000); admin.listen(3001)", undefined],
    ["app.listen(config.port)", undefined],
    ["app.listen(99999)", undefined],
  ];
  for (const [text, port] of ports) {
    const recipe = recipeOf(await app({}, { "server.js": text }));
    assertEquals([text, recipe.port], [text, port]);
    assertEquals(linesOf(recipe, "EXPOSE").length, port === undefined ? 0 : 1);
    assertEquals(
      linesOf(recipe, "HEALTHCHECK").length,
      port === undefined ? 0 : 1,
    );
    assertEquals(recipe.dockerfile.includes("ENV PORT=8080"), port === 8080);
  }
});

Deno.test("ports of tests and settings are none of the application", async () => {
  const recipe = recipeOf(
    await app({}, {
      "test/server.test.js": "app.listen(1234)",
      "vite.config.js": "const port = 5173",
    }),
  );
  assertEquals(recipe.port, 3000);
});

Deno.test("a server on the loopback is told", async () => {
  for (
    const [own, text] of [
      [{}, 'app.listen(3000, "127.0.0.1")'],
      [{ dependencies: { fastify: "5" } }, "app.listen({ port: 3000 })"],
    ] as const
  ) {
    const { notes } = recipeOf(await app(own, { "server.js": text }));
    assertStringIncludes(notes.join("\n"), "0.0.0.0");
  }
});

Deno.test("packages are installed as the lock file says", async () => {
  const commands: [
    Record<string, string>,
    Record<string, unknown>,
    string[],
  ][] = [
    [{ "package-lock.json": "" }, {}, ["npm ci"]],
    [{}, {}, ["npm install"]],
    [{ "yarn.lock": "# yarn lockfile v1" }, {}, [
      "npm install --global --force yarn@1.22.22",
      "yarn install --frozen-lockfile",
    ]],
    [{ "pnpm-lock.yaml": "lockfileVersion: '6.0'" }, {}, [
      "npm install --global pnpm@8.15.9",
      "pnpm install --frozen-lockfile",
    ]],
    [{ "pnpm-lock.yaml": "lockfileVersion: '9.0'" }, {
      packageManager: "pnpm@10.1.0+sha512.abc",
    }, [
      "npm install --global pnpm@10.1.0",
      "pnpm install --frozen-lockfile",
    ]],
  ];
  for (const [files, own, expected] of commands) {
    const recipe = recipeOf(
      await app({ dependencies: { a: "1" }, ...own }, files),
    );
    const found = linesOf(recipe, "RUN").map((line) =>
      line.replace(/^RUN (--mount=\S+ )?/, "")
    );
    assertEquals(found, expected);
  }
});

Deno.test("without a lock file, init says how to have one", async () => {
  const { notes } = recipeOf(await app({ dependencies: { a: "1" } }));
  assertStringIncludes(notes.join("\n"), "npm install --package-lock-only");
  // No package needs no lock, and no installation.
  const none = recipeOf(await app({}));
  assertEquals([none.notes.length, linesOf(none, "RUN")], [1, []]);
});

Deno.test("scripts of the installation find the source", async () => {
  const recipe = recipeOf(
    await app({
      scripts: { start: "node server.js", postinstall: "prisma generate" },
      dependencies: { prisma: "6" },
    }, { "package-lock.json": "{}" }),
  );
  assertEquals(linesOf(recipe, "COPY")[0], "COPY . .");
});

Deno.test("an .npmrc is copied, and one with a token is kept out of the context", async () => {
  const lock = { "package-lock.json": "{}" };
  const open = recipeOf(
    await app({}, { ...lock, ".npmrc": "save-exact=true" }),
  );
  assertStringIncludes(
    open.dockerfile,
    "COPY package.json package-lock.json .npmrc ./",
  );
  const secret = recipeOf(
    await app({}, { ...lock, ".npmrc": "//r/:_authToken=x" }),
  );
  assertEquals(secret.dockerfile.includes(".npmrc"), false);
  assertEquals(secret.ignored.includes("**/.npmrc"), true);
});

Deno.test("roots of several packages, Yarn 2, Bun and broken files are refused", async () => {
  const cases: [Record<string, unknown>, Record<string, string>][] = [
    [{ workspaces: ["packages/*"] }, {}],
    [{}, { "pnpm-workspace.yaml": "packages:\n  - a" }],
    [{}, { "yarn.lock": "__metadata:\n  version: 8" }],
    [{}, { "bun.lock": "{}" }],
    [{}, { "package.json": "{" }],
  ];
  for (const [own, files] of cases) lackOf(await app(own, files));
  assertEquals(await nodeStart(sourceOf({ "go.mod": "" })), undefined);
});

Deno.test("the base is the version that the project asks for", async () => {
  const tags: [Record<string, unknown>, Record<string, string>, string][] = [
    [{}, {}, "24"],
    [{ engines: { node: ">=18" } }, {}, "24"],
    [{ engines: { node: "^20.1" } }, {}, "20"],
    [{ engines: { node: "22.x" } }, {}, "22"],
    [{ engines: { node: "12" } }, {}, "24"],
    [{}, { ".nvmrc": "v22.11.0\r\n" }, "22.11.0"],
    [{}, { ".node-version": "20" }, "20"],
    [{}, { ".nvmrc": "lts/* $(x)" }, "24"],
  ];
  for (const [own, files, tag] of tags) {
    const recipe = recipeOf(await app(own, files));
    assertEquals(
      linesOf(recipe, "FROM")[0],
      `FROM node:${tag}-bookworm-slim AS base`,
    );
  }
});

Deno.test("a package.json with Windows line ends and a byte order mark is read", async () => {
  const text =
    '\uFEFF{\r\n  "scripts": {\r\n    "start": "node server.js"\r\n  }\r\n}\r\n';
  const recipe = recipeOf(await app({}, { "package.json": text }));
  assertEquals(recipe.dockerfile.includes("\r"), false);
});
