/**
 * Objects that a developer starts during a run, and things that a run would share with containers that stay: all of
 * them are there afterwards.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  type Checkout,
  leftovers,
  output,
  removeAll,
  running,
  spawn,
  twinOf,
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

/** A run of a target, and what a developer does while its build waits; the container is the developer's then. */
async function whileItBuilds(
  target: "test" | "release",
  { container, does, passes, code }: {
    container: (checkout: Checkout) => string;
    does: (checkout: Checkout) => Promise<void>;
    /** Whether the run passes, because nothing was put into its project. */
    passes?: true;
    /** The exit code of `clean`. */
    code: number;
  },
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
    const run = spawn(checkout, target, "--verbose");
    await Promise.race([asked.promise, run.ended]);
    // Otherwise the run could make its database after the developer has looked, who would then write into that one.
    await run.shows("up: ok");
    await does(checkout);
    const name = container(checkout);
    await output(["docker", "exec", name, ...PRECIOUS]);
    go.resolve(new Response("go"));
    const ended = await run.status;
    // Only what is in the run's own project is in its way.
    if (passes) assertEquals(ended.code, 0, run.stderr());
    assertEquals(await dataOf(name), "precious");
    const clean = await checkout.todoflow("clean");
    assertEquals(clean.code, code, clean.stderr);
    if (code === 4) assertStringIncludes(clean.stderr, `container ${name}`);
    assertEquals(await dataOf(name), "precious");
    await removeAll(await leftovers(checkout.project));
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

/** Runs Compose in a folder, in a project. */
function composeIn(cwd: string, name: string, ...args: string[]) {
  return output(["docker", "compose", "--project-name", name, ...args], {
    cwd,
  });
}

for (const target of ["test", "release"] as const) {
  Deno.test(`what a developer starts while ${target} builds stays, with its data`, () =>
    whileItBuilds(target, {
      container: ({ project }) => `${project}-db-1`,
      does: async ({ project, directory }) => {
        await composeIn(directory, project, "up", "--detach", "db");
      },
      passes: true,
      code: 0,
    }));

  Deno.test(`what another folder has put into the project of ${target} while it builds stays, with its data`, () =>
    whileItBuilds(target, {
      container: ({ project }) => `${twinOf(project, target)}-db-1`,
      does: async ({ project, directory }) => {
        const elsewhere = `${directory}-elsewhere`;
        await output(["cp", "-R", directory, elsewhere]);
        const name = twinOf(project, target);
        // The run has made a database of that name: the developer begins anew.
        await composeIn(elsewhere, name, "down", "--volumes");
        await composeIn(elsewhere, name, "up", "--detach", "db");
      },
      // It leaves the things alone in any case, and is only about the release where it has to refuse.
      code: target === "release" ? 4 : 0,
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

/** The words of tests that have a database of their own. */
const FRESH = '"testdb" has a new volume at /data instead of';

Deno.test("tests that would use the data of an accepted release have a volume of their own, and its data stays", () =>
  withCheckout(async ({ todoflow, directory, project }) => {
    const released = await todoflow("release");
    assertEquals(released.code, 0, released.stderr);
    const redis = (...args: string[]) =>
      output([
        ...["docker", "exec", `${twinOf(project)}-db-1`, "redis-cli"] as const,
        ...args,
      ]);
    await redis("set", "precious", "order");
    const before = await running(project);
    const { code, stderr } = await todoflow("test");
    assertEquals(code, 0, stderr);
    assertStringIncludes(stderr, `${FRESH} ${directory}/data`);
    assertEquals(await running(project), before);
    assertEquals(await redis("get", "precious"), "order");
    assertEquals((await todoflow("clean")).code, 0);
  }, { files: { "compose.yaml": SHARED } }));

Deno.test("a release that would use the data of a running one of another project is refused, whose data stays", () =>
  withCheckout(async ({ todoflow, directory, project }) => {
    await composeIn(directory, project, "up", "--detach", "--wait", "db");
    const db = `${project}-db-1`;
    const redis = (...args: string[]) =>
      output(["docker", "exec", db, "redis-cli", ...args]);
    await redis("set", "precious", "order");
    const before = await running(project);
    const { code, stderr } = await todoflow("release");
    assertEquals(code, 4, stderr);
    assert(
      new RegExp(`container ${db} \\(running\\), .*uses the folder .*/data\n`)
        .test(stderr),
      stderr,
    );
    assertEquals(await running(project), before);
    assertEquals(await redis("get", "precious"), "order");
    await removeAll(await leftovers(project));
  }, { files: { "compose.yaml": SHARED } }));

Deno.test("a release is refused before the earlier one goes when another container uses its network", () =>
  withCheckout(async ({ todoflow, project }) => {
    const released = await todoflow("release");
    assertEquals(released.code, 0, released.stderr);
    const before = await running(project);
    const proxy = `${project}-proxy`;
    await output([
      ...["docker", "run", "--detach", "--name", proxy] as const,
      ...["--network", `${twinOf(project)}_default`],
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

Deno.test("tests do not change a developer's data in a folder: they have a volume of their own, each time", () =>
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
    const dry = await todoflow("test", "--dry-run");
    assertStringIncludes(dry.stdout, '"type":"volume","target":"/data"');
    for (const _ of ["first", "again"]) {
      const { code, stderr } = await todoflow("test");
      assertEquals(code, 0, stderr);
      assertStringIncludes(stderr, `${FRESH} ${directory}/data`);
      assertEquals([await data(), await running(project)], [before, []]);
    }
  }, { files: { "compose.yaml": SHARED } }));
