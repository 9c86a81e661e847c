import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { resolve } from "node:path";
import { identify } from "../../../../lib/compose/project.ts";
import { TodoflowError } from "../../../../lib/errors/todoflow_error.ts";
import { examine } from "../../../../lib/init/compose.ts";
import type { Missing } from "../../../../lib/init/missing.ts";
import { filesOf, shellOf } from "../doctor/situation.ts";
import { treeOf } from "./sources.ts";

/** What a project lacks whose Compose file is written, and resolved, like this. */
async function lacking(
  { text, model = text, files = {} }: {
    text: string;
    model?: string;
    files?: Record<string, string>;
  },
): Promise<{ missing: Missing; image: string | undefined }> {
  const all = Object.fromEntries(
    Object.entries({ "compose.yaml": text, ...files })
      .map(([name, text]) => [resolve("/project", name), text]),
  );
  const memory = filesOf(all);
  return await examine({
    $: shellOf({ model: `name: project\n${model}` }),
    identity: await identify({
      directory: "/project",
      env: {},
      readTextFile: memory.readTextFile,
    }),
    files: memory,
    tree: treeOf(all),
    caller: "/project",
    top: "/project",
  });
}

const IMAGE = "image: debian:bookworm-slim";

Deno.test("a project that has all roles and checks lacks nothing", async () => {
  const { missing } = await lacking({
    text: `services:
  app:
    ${IMAGE}
    depends_on: { db: { condition: service_healthy, required: true } }
  test:
    ${IMAGE}
  db:
    image: postgres:15
    healthcheck: { test: [CMD, pg_isready] }
`,
  });
  assertEquals(missing, { files: [], blocks: [], notes: [] });
});

Deno.test("only roles that no rule derives get a line, at the top of the file", async () => {
  const { missing } = await lacking({
    text: `services:
  east:
    build: ./east
    ports: ["1:1"]
  west:
    build: ./west
    ports: ["2:2"]
  test:
    ${IMAGE}
`,
    model: `services:
  east:
    build: { context: /project/east, dockerfile: Dockerfile }
    ports: [{ target: 1, published: "1", protocol: tcp }]
  west:
    build: { context: /project/west, dockerfile: Dockerfile }
    ports: [{ target: 2, published: "2", protocol: tcp }]
  test:
    ${IMAGE}
`,
    files: {
      ...{ "east/Dockerfile": "FROM a:1", "west/Dockerfile": "FROM a:1" },
      ...{ "east/.dockerignore": "", "west/.dockerignore": "" },
    },
  });
  assertEquals(missing.blocks.map(({ place, text }) => ({ place, text })), [{
    place: "above compose.yaml:1",
    text: "x-todoflow:\n  release:\n    app: east   # or west",
  }]);
});

Deno.test("tests run in the app where its files say how; lines go into a block that is there", async () => {
  const project = (block: string) =>
    lacking({
      text: `${block}services:\n  app:\n    build: .\n`,
      model:
        `${block}services:\n  app:\n    build: { context: /project, dockerfile: Dockerfile }\n`,
      files: {
        ...{ "Dockerfile": "FROM a:1", ".dockerignore": "" },
        "go.mod": "",
      },
    });
  const { missing } = await project("");
  assertEquals(missing.blocks.map(({ text }) => text), [
    "x-todoflow:\n  test:\n    run: [go, test, ./...]",
  ]);
  const { missing: within } = await project(
    "x-todoflow:\n  application: shop\n",
  );
  assertEquals(within.blocks.map(({ place, text }) => ({ place, text })), [{
    place: "below compose.yaml:1",
    text: "  test:\n    run: [go, test, ./...]",
  }]);
});

Deno.test("tests that nothing describes are told, not invented", async () => {
  const { missing } = await lacking({
    text: `services:\n  app:\n    ${IMAGE}\n`,
  });
  assertEquals(missing.blocks, []);
  assertStringIncludes(missing.notes.join(), "No service runs tests");
});

Deno.test("a file of tests beside the Compose file has the tests", async () => {
  const { missing } = await lacking({
    text: `services:\n  app:\n    ${IMAGE}\n`,
    files: {
      "docker-compose.test.yml": `services:\n  sut:\n    ${IMAGE}\n`,
    },
  });
  assertEquals(missing, { files: [], blocks: [], notes: [] });
});

Deno.test("databases get their known check, and services that only start after them wait for it", async () => {
  const { missing } = await lacking({
    text: `services:
  app:
    ${IMAGE}
    depends_on:
      - cache
      - worker
  worker:
    ${IMAGE}
    depends_on: { db: { condition: service_healthy } }
  test:
    ${IMAGE}
  cache:
    image: redis:7
  db:
    image: mysql:8.4
`,
    model: `services:
  app:
    ${IMAGE}
    depends_on:
      cache: { condition: service_started, required: true }
      worker: { condition: service_started, required: true }
  worker:
    ${IMAGE}
    depends_on: { db: { condition: service_healthy, required: true } }
  test:
    ${IMAGE}
  cache:
    image: redis:7
  db:
    image: mysql:8.4
`,
  });
  const check = (test: string) =>
    `    healthcheck:\n      test: ${test}\n      interval: 3s\n      timeout: 5s\n      retries: 20`;
  assertEquals(
    Object.fromEntries(missing.blocks.map(({ place, text }) => [place, text])),
    {
      "below compose.yaml:12": check("[CMD, redis-cli, ping]"),
      // A server that refuses the user is there: the check needs no password.
      "below compose.yaml:14": check(
        '[CMD, mysqladmin, ping, -h, "127.0.0.1"]',
      ),
      "in place of compose.yaml:4": `    depends_on:
      cache:
        condition: service_healthy
      worker:
        condition: service_started`,
    },
  );
});

Deno.test("a service that only its user can check is told, and one of a private image is left alone", async () => {
  const { missing } = await lacking({
    text: `services:
  app:
    ${IMAGE}
    depends_on:
      mine: { condition: service_healthy, required: true }
      db: { condition: service_started, required: true }
  test:
    ${IMAGE}
  mine:
    image: company.example/mine:1
  db:
    image: company.example/postgres:1
`,
  });
  assertEquals(missing.blocks, []);
  assertEquals(missing.notes.length, 1);
  assertStringIncludes(missing.notes[0]!, '"mine"');
});

const BUILT = {
  text:
    "services:\n  app:\n    build: ./api\n    image: ghcr.io/a/shop\n  test:\n    build: /outside\n",
  model: `services:
  app:
    build: { context: /project/api, dockerfile: Dockerfile }
    image: ghcr.io/a/shop
  test:
    build: { context: /outside, dockerfile: Dockerfile }
`,
};

Deno.test("a context of the repository gets its .dockerignore, one outside of it does not", async () => {
  const { missing, image } = await lacking({
    ...BUILT,
    files: {
      "api/Dockerfile": "FROM a:1\nCOPY . .\n",
      "/outside/Dockerfile": "FROM a:1\nCOPY . .\n",
    },
  });
  assertEquals(missing.files.map(({ path }) => path), [
    "/project/api/.dockerignore",
  ]);
  assertEquals(image, "ghcr.io/a/shop");
});

Deno.test("a context without a Dockerfile gets one for its source, or is refused", async () => {
  const source = {
    "api/package.json": '{"scripts": {"start": "node a.js"}}',
    "api/a.js": "x.listen(3000)",
  };
  const { missing } = await lacking({ ...BUILT, files: source });
  assertEquals(missing.files.map(({ path }) => path), [
    "/project/api/Dockerfile",
    "/project/api/.dockerignore",
  ]);
  const other = await assertRejects(
    () => lacking({ ...BUILT, files: { "api/go.mod": "" } }),
    TodoflowError,
  );
  assertEquals(other.message, "Cannot start a Dockerfile for Go in api");
  const staged = BUILT.model.replace(
    "Dockerfile }",
    "Dockerfile, target: web }",
  );
  const stage = await assertRejects(
    () => lacking({ ...BUILT, model: staged, files: source }),
    TodoflowError,
  );
  assert(stage.failure.kind === "no-start");
  assertEquals(stage.failure.why, 'the Compose file builds the stage "web"');
});

Deno.test("a wrong block of x-todoflow is a failure", async () => {
  const text = `x-todoflow: { tset: {} }\nservices:\n  app:\n    ${IMAGE}\n`;
  const error = await assertRejects(() => lacking({ text }), TodoflowError);
  assertEquals(error.failure.kind, "invalid-config");
});
