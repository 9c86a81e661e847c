/**
 * Objects that a developer starts during a run, and things that a run would share with containers that stay: all of
 * them are there afterwards.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  type Checkout,
  exec,
  leftovers,
  output,
  running,
  spawn,
  withCheckout,
} from "./harness.ts";
import { IDLE } from "./foreign.ts";

const APP = `
services:
  db: { ${IDLE}, volumes: [/data] }
  app: { build: ., depends_on: [db] }
  test: { build: ., command: ["true"], depends_on: [db] }
`;

/** A build that waits until the test lets it go on: it asks for a file on a port of this process. */
function waitingBuild(port: number): string {
  return `FROM denoland/deno:debian-2.9.6
RUN deno eval "await fetch('http://127.0.0.1:${port}')"
CMD ["deno", "eval", "Deno.addSignalListener('SIGTERM', () => Deno.exit()); setInterval(() => {}, 1000)"]
`;
}

const PRECIOUS = ["sh", "-c", "echo precious > /data/precious"] as const;

async function dataOf(container: string): Promise<string> {
  return await output(["docker", "exec", container, "cat", "/data/precious"]);
}

/** A run of a target, and what a developer does while its build waits. */
async function whileItBuilds(
  target: "test" | "release",
  does: (checkout: Checkout) => Promise<void>,
): Promise<void> {
  const asked = Promise.withResolvers<void>();
  const go = Promise.withResolvers<Response>();
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => {
      asked.resolve();
      return go.promise;
    },
  );
  const { port } = server.addr as Deno.NetAddr;
  const dockerfile = waitingBuild(port);
  await withCheckout(async (checkout) => {
    const run = spawn(checkout, target);
    await Promise.race([asked.promise, run.ended]);
    await does(checkout);
    go.resolve(new Response("go"));
    await run.status;
    const { project, directory, env } = checkout;
    assertEquals(await dataOf(`${project}-db-1`), "precious");
    const clean = await checkout.todoflow("clean");
    assertEquals(clean.code, 4, clean.stderr);
    assertStringIncludes(clean.stderr, `container ${project}-db-1`);
    assertEquals(await dataOf(`${project}-db-1`), "precious");
    await output(["docker", "compose", "down", "--volumes"], {
      cwd: directory,
      env,
    });
  }, {
    files: {
      "Dockerfile": dockerfile,
      "compose.yaml": APP.replaceAll(
        "build: .",
        "build: { context: ., network: host }",
      ),
    },
  });
}

for (const target of ["test", "release"] as const) {
  Deno.test(`what a developer starts while ${target} builds stays, with its data`, () =>
    whileItBuilds(target, async ({ project, directory, env }) => {
      const place = { cwd: directory, env };
      // The run has made a database of that name: the developer begins anew.
      await exec(["docker", "compose", "down", "--volumes"], place);
      await output(["docker", "compose", "up", "--detach", "db"], place);
      await output(["docker", "exec", `${project}-db-1`, ...PRECIOUS]);
    }));
}

/** A release whose data is in a folder, and tests that would start another server on it. */
const SHARED = `
x-todoflow: { release: { app: db } }
services:
  db: { image: "redis:7", volumes: ["./data:/data"] }
  testdb: { image: "redis:7", volumes: ["./data:/data"], profiles: [test] }
  test:
    image: redis:7
    command: [redis-cli, -h, testdb, flushall]
    depends_on: [testdb]
    profiles: [test]
`;

Deno.test("tests that would use the data of an accepted release are refused, whose data stays", () =>
  withCheckout(async ({ todoflow, project }) => {
    const released = await todoflow("release");
    assertEquals(released.code, 0, released.stderr);
    const db = `${project}-db-1`;
    const redis = (...args: string[]) =>
      output(["docker", "exec", db, "redis-cli", ...args]);
    await redis("set", "precious", "order");
    const before = await running(project);
    const { code, stderr } = await todoflow("test");
    assertEquals(code, 4, stderr);
    assert(
      new RegExp(`container ${db} \\(running\\), uses the folder .*/data\n`)
        .test(stderr),
      stderr,
    );
    assertEquals(await running(project), before);
    assertEquals(await redis("get", "precious"), "order");
    assertEquals((await todoflow("clean")).code, 0);
  }, { files: { "compose.yaml": SHARED } }));

Deno.test("a release is refused before the earlier one goes when another container uses its network", () =>
  withCheckout(async ({ todoflow, project }) => {
    const released = await todoflow("release");
    assertEquals(released.code, 0, released.stderr);
    const before = await running(project);
    const proxy = `${project}-proxy`;
    await output([
      ...["docker", "run", "--detach", "--name", proxy] as const,
      ...["--network", `${project}_default`],
      ...["debian:bookworm-slim", "sleep", "infinity"],
    ]);
    for (const target of ["release", "clean"]) {
      const { code, stderr } = await todoflow(target);
      assertEquals(code, 4, stderr);
      assertStringIncludes(
        stderr,
        `container ${proxy} (running), of no project, uses the network`,
      );
      assertEquals(await running(project), before);
    }
    await output(["docker", "rm", "--force", proxy]);
    assertEquals((await todoflow("clean")).code, 0);
    assertEquals(await leftovers(project), []);
  }, {
    files: {
      "compose.yaml": `services: { app: { ${IDLE} } }\n`,
    },
  }));

Deno.test("tests that would change a developer's data in a folder are refused; what runs have made there, they use again", () =>
  withCheckout(async ({ directory, env, todoflow, project }) => {
    const place = { cwd: directory, env };
    const compose = (...args: string[]) =>
      output(["docker", "compose", ...args], place);
    await compose("up", "--detach", "--wait", "testdb");
    await compose("exec", "-T", "testdb", "redis-cli", "set", "a", "precious");
    await compose("exec", "-T", "testdb", "redis-cli", "save");
    await compose("--profile", "test", "down");
    const data = () => Deno.readTextFile(`${directory}/data/dump.rdb`);
    const before = await data();
    const refused = await todoflow("test");
    assertEquals(refused.code, 4, refused.stderr);
    assertStringIncludes(
      refused.stderr,
      `"testdb" keeps its data in ${directory}/data, which is not empty`,
    );
    assertStringIncludes(
      (await todoflow("test", "--dry-run")).stderr,
      "a run would be refused: Cannot test: it would change data",
    );
    assertEquals([await data(), await running(project)], [before, []]);
    await Deno.rename(`${directory}/data`, `${directory}/data.kept`);
    for (const _ of ["first", "again"]) {
      const { code, stderr } = await todoflow("test");
      assertEquals(code, 0, stderr);
    }
  }, { files: { "compose.yaml": SHARED } }));
