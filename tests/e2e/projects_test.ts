/**
 * Any project: Compose files as people have them, which the tool must run unchanged.
 *
 * @module
 */

import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import {
  type Checkout,
  exec,
  leftovers,
  output,
  running,
  TODOFLOW,
  withCheckout,
} from "./harness.ts";

/** A server that says what the variable SAYS holds, or else the path that it is asked for. */
const SERVER = `
    image: denoland/deno:debian-2.9.6
    command: [eval, "Deno.serve((r) => new Response(Deno.env.get('SAYS') ?? new URL(r.url).pathname))"]
    ports: ["127.0.0.1::8000"]`;

const SHELL = "image: debian:bookworm-slim";

type Todoflow = Checkout["todoflow"];

/** Runs a target that must succeed; resolves to its stdout. */
async function succeed(todoflow: Todoflow, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await todoflow(...args);
  assertEquals(code, 0, `${args.join(" ")}\n${stderr}`);
  return stdout;
}

/** Releases; resolves to what the application answers at the printed URL, which must be all of stdout. */
async function released(todoflow: Todoflow, ...args: string[]) {
  const stdout = await succeed(todoflow, ...args, "release");
  const [, url = ""] = /^App running at (http:\/\/localhost:\d+)\n$/
    .exec(stdout) ?? [];
  assert(url, `stdout is ${stdout}`);
  return await (await fetch(url)).text();
}

/** Names of the project's containers, stopped ones, too. */
async function containers(project: string): Promise<string[]> {
  return (await running(project))
    .filter((line) => line.startsWith("container "))
    .map((line) => line.slice("container ".length));
}

/** The four targets, of a project that has all roles; resolves to the application's answer. */
async function everyTarget(
  { todoflow, project, directory }: Checkout,
  ...args: string[]
): Promise<string> {
  const version = await output(["git", "rev-parse", "--short", "HEAD"], {
    cwd: directory,
  });
  assertEquals(
    await succeed(todoflow, "version"),
    `{"Version": "${version}"}\n`,
  );
  assertEquals(await succeed(todoflow, ...args, "test"), "");
  assertEquals(await running(project), [], "left by test");
  const answer = await released(todoflow, ...args);
  assertEquals(await succeed(todoflow, ...args, "clean"), "");
  assertEquals(await leftovers(project), [], "left by clean");
  return answer;
}

Deno.test("values, files and profiles come from .env; inactive profiles do not start; the obsolete key version does no harm", () =>
  withCheckout(async (checkout) => {
    assertEquals(await everyTarget(checkout), "from the second file, über");
    const { todoflow, project } = checkout;
    await released(todoflow);
    assertEquals(await containers(project), [
      `${project}--release-app-1`,
      `${project}--release-cache-1`,
    ]);
  }, {
    files: {
      ".env": "COMPOSE_FILE=base.yml:second.yml\nCOMPOSE_PROFILES=cached\n" +
        'SAYS="über"\n',
      "base.yml": `
version: '2.4'
services:
  test: { ${SHELL}, command: [test, "$SAYS", =, über], profiles: [test] }
  app:${SERVER}
    environment: { SAYS: from the first file }
    depends_on:
      cache: { condition: service_started, required: false }
      tracer: { condition: service_started, required: false }
  cache: { ${SHELL}, command: [sleep, infinity], init: true, profiles: [cached] }
  tracer: { ${SHELL}, command: [sleep, infinity], init: true, profiles: [traced] }
  acceptance:
    image: denoland/deno:debian-2.9.6
    command: [eval, "(await fetch('http://app:8000')).ok || Deno.exit(1)"]
    profiles: [test]
`,
      "second.yml": `
version: '2.4'
services:
  app:
    environment: { SAYS: "from the second file, $SAYS" }
`,
    },
  }));

Deno.test("-f, given twice, and COMPOSE_FILE in the environment win; extends and include are resolved; -C works from elsewhere", () =>
  withCheckout(async (checkout) => {
    const { directory, project } = checkout;
    const elsewhere = (env: Record<string, string>): Checkout => ({
      ...checkout,
      todoflow: (...args) =>
        exec([...TODOFLOW, "-C", directory, ...args], {
          cwd: "/",
          env: { COMPOSE_PROJECT_NAME: project, ...env },
        }),
    });
    const files = ["-f", "deploy/stack.yml", "-f", "deploy/more.yml"];
    const named = await everyTarget(elsewhere({}), ...files);
    assertEquals(named, "more");
    const COMPOSE_FILE = "deploy/stack.yml:deploy/more.yml";
    const { todoflow } = elsewhere({ COMPOSE_FILE });
    assertEquals(await released(todoflow), "more");
    await succeed(todoflow, "clean");
    assertEquals(await leftovers(project), []);
  }, {
    files: {
      "deploy/stack.yml": `
include: [database/compose.yaml]
services:
  test: { extends: { file: common.yml, service: base }, command: ["true"] }
  app:
    extends: { file: common.yml, service: server }
    depends_on: { db: { condition: service_healthy } }
`,
      "deploy/more.yml": "services: { app: { environment: { SAYS: more } } }",
      "deploy/common.yml": `
services:
  base: { ${SHELL} }
  server:${SERVER}
    environment: { SAYS: common }
`,
      "deploy/database/compose.yaml": `
services:
  db:
    ${SHELL}
    init: true
    command: [sh, -c, "touch /tmp/up; exec sleep infinity"]
    healthcheck: { test: [CMD, test, -e, /tmp/up], interval: 1s }
    volumes: [data:/data]
volumes: { data: {} }
`,
    },
  }));

Deno.test("x-todoflow names services; an entrypoint gets the arguments; the image's health check counts, and a container_name stays an alias", () =>
  withCheckout(async ({ todoflow, project, directory }) => {
    const words = ["-k", "validation", "it's"];
    const tested = await todoflow("test", "--", ...words);
    assertEquals(tested.code, 0, tested.stderr);
    for (const word of ["by entrypoint", ...words]) {
      assertStringIncludes(tested.stderr, `| <${word}>`);
    }
    assertEquals(
      await Deno.readTextFile(`${directory}/reports/test/result.txt`),
      "fine\n",
    );
    assertEquals(await running(project), []);

    const stdout = await succeed(todoflow, "release");
    assertMatch(stdout, /^App running at http:\/\/localhost:\d+\n$/);
    const name = `${project}--release-web_app.v1-1`;
    assertEquals(await containers(project), [name]);
    const port = await output(["docker", "port", name, "9000/tcp"]);
    assertStringIncludes(stdout, `:${port.split(":").at(-1)}\n`);
    await succeed(todoflow, "clean");
    assertEquals(await leftovers(project), []);
  }, {
    files: {
      "compose.yaml": `
x-todoflow:
  test: { service: checks, reports: [/result.txt] }
  release:
    image: web_app.v1
    app: web_app.v1
    port: 9000
    path: /healthz
    setup:
      - schema
      - { name: seed, service: web_app.v1, run: [sh, -c, 'test -e /data/schema && touch "/data/$$1"', sh, seed], after: [schema] }
    acceptance: smoke
services:
  checks:
    ${SHELL}
    entrypoint: [sh, -c, 'printf "<%s>\\n" "$$@"; echo fine > /result.txt', sh, by entrypoint]
  schema: { ${SHELL}, command: [touch, /data/schema], volumes: [data:/data] }
  web_app.v1:
    networks: { default: { aliases: [web] } }
    build: .
    container_name: \${COMPOSE_PROJECT_NAME}-the-web
    ports: ["127.0.0.1::8000", "127.0.0.1::9000"]
    volumes: [data:/data]
  # Asks once, so it fails unless the health check of web's image was waited for.
  smoke:
    image: denoland/deno:debian-2.9.6
    command: [eval, "for (const name of ['web', Deno.env.get('NAME')]) (await fetch('http://' + name + ':9000/healthz')).ok || Deno.exit(1)"]
    environment: { NAME: "\${COMPOSE_PROJECT_NAME}-the-web" }
volumes: { data: {} }
`,
      Dockerfile: `
FROM denoland/deno:debian-2.9.6
COPY <<EOF /web.ts
Deno.statSync("/data/seed");
const answer = (r: Request) => {
  const healthy = new URL(r.url).pathname === "/healthz";
  return new Response("", { status: healthy ? 200 : 500 });
};
setTimeout(() => Deno.serve({ port: 9000 }, answer), 1_000);
EOF
HEALTHCHECK --interval=1s --retries=30 CMD deno eval "(await fetch('http://localhost:9000/healthz')).ok || Deno.exit(1)"
CMD ["run", "-A", "/web.ts"]
`,
    },
  }));

Deno.test("the smallest project: an app and nothing else, not even a health check", () =>
  withCheckout(async ({ todoflow, project }) => {
    assertEquals(await released(todoflow), "/");
    assertEquals(await containers(project), [`${project}--release-app-1`]);
    const { code, stdout, stderr } = await todoflow("test");
    assertEquals([code, stdout], [3, ""], stderr);
    assertStringIncludes(stderr, "no service runs tests");
    assertEquals(await containers(project), [`${project}--release-app-1`]);
  }, {
    // Late, so that the printed URL is only right if it was waited for.
    files: {
      "compose.yaml": `
services:
  app:
    image: denoland/deno:debian-2.9.6
    command: [eval, "setTimeout(() => Deno.serve((r) => new Response(new URL(r.url).pathname)), 1_000)"]
    ports: ["8000"]
`,
    },
  }));

const TRAP = "it's $(touch pwned) `touch pwned`; naïve 日本";

Deno.test("a worktree with a detached HEAD, in a folder whose name is a trap, from below the Compose file", () =>
  withCheckout(async (checkout) => {
    const { directory, project } = checkout;
    const worktree = `${directory}/../${TRAP}`;
    await output(["git", "worktree", "add", "--detach", worktree], {
      cwd: directory,
    });
    const env = { COMPOSE_PROJECT_NAME: project };
    const answer = await everyTarget({
      ...checkout,
      directory: worktree,
      todoflow: (...args) =>
        exec([...TODOFLOW, ...args], { cwd: `${worktree}/src/deep`, env }),
    });
    const version = ["git", "rev-parse", "--short", "HEAD"] as const;
    assertEquals(answer, await output(version, { cwd: directory }));
    const search = ["find", "..", "-name", "*pwned", "-type", "f"] as const;
    const found = await output(search, { cwd: directory });
    assertEquals(found, "", "a part of the path was executed");
  }, {
    files: {
      "src/deep/.keep": "",
      "compose.yml": `
services:
  test:
    build: { context: ./src, dockerfile: ../Dockerfile, target: test }
    volumes: [./src:/mounted]
  app:${SERVER}
    environment: { SAYS: "$APP_VERSION" }
`,
      Dockerfile: `
FROM debian:bookworm-slim AS test
COPY deep /copied
CMD ["sh", "-c", "test -e /copied/.keep && test -e /mounted/deep/.keep"]
FROM scratch
`,
    },
  }));

Deno.test("a one-shot that fails stops the release, although its service is not required", () =>
  withCheckout(async ({ todoflow, project }) => {
    const { code, stdout, stderr } = await todoflow("release");
    assertEquals([code, stdout], [1, ""], stderr);
    assertStringIncludes(stderr, 'release failed at step "run prepare"');
    assertEquals(stderr.includes("start app:"), false, stderr);
    assertEquals(await running(project), []);
  }, {
    files: {
      "compose.yaml": `
services:
  prepare: { ${SHELL}, command: [sh, -c, "echo ouch; exit 3"] }
  app:${SERVER}
    depends_on:
      prepare: { condition: service_completed_successfully, required: false }
`,
    },
  }));

Deno.test("a service in another one's network is refused where it would start, and nothing is made", () =>
  withCheckout(async ({ todoflow, project }) => {
    await succeed(todoflow, "test");
    const { code, stdout, stderr } = await todoflow("release");
    assertEquals([code, stdout], [3, ""], stderr);
    assertStringIncludes(stderr, 'network_mode "service:test"');
    await succeed(todoflow, "clean");
    assertEquals(await leftovers(project), []);
  }, {
    files: {
      "compose.yaml": `
services:
  app: { ${SHELL}, command: ["true"], network_mode: "service:test" }
  test: { ${SHELL}, command: ["true"] }
x-todoflow: { test: { service: test } }
`,
    },
  }));
