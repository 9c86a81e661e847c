/**
 * When gates open, on a real engine: never before the service is ready, and not only at the engine's next interval.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  ALL,
  type Checkout,
  output,
  running,
  withCheckout,
} from "./harness.ts";

/** A server that starts to listen on 8000 after `ms`, and says so in its log. */
const server = (ms: number) =>
  `    image: denoland/deno:debian-2.9.6
    expose: [8000]
    stop_grace_period: 1s
    command: [eval, "setTimeout(() => Deno.serve({ port: 8000, onListen: () => console.log('listening') }, () => new Response('ok')), ${ms})"]
`;

const PROBE = `"(await fetch('http://localhost:8000')).ok || Deno.exit(1)"`;

const SHELL_PROBE =
  `echo trying | cat && deno eval "await fetch('http://localhost:8000')"`;

const project = (services: string, extra = "") => ({
  "compose.yaml": `services:\n${services}${extra}`,
});

/** The text that a Go template shows of a service's container. */
function inspect(checkout: Checkout, service: string, template: string) {
  const name = `${checkout.project}--release-${service}-1`;
  return output(["docker", "inspect", "--format", template, name]);
}

/** When a line was written to a service's log, as milliseconds since 1970. */
async function loggedAt({ project }: Checkout, service: string, text: string) {
  const log = await output([
    "docker",
    "logs",
    "--timestamps",
    `${project}--release-${service}-1`,
  ]);
  const line = log.split("\n").find((line) => line.includes(text));
  assert(line, `"${text}" is not in the log of ${service}`);
  return Date.parse(line.split(" ")[0]!);
}

const GATED = `
  cmd:
${
  server(1000)
}    healthcheck: { test: [CMD, deno, eval, ${PROBE}], interval: 3s }
  shell:
${server(1500)}    healthcheck: { test: [CMD-SHELL, ${
  JSON.stringify(SHELL_PROBE)
}], interval: 30s }
  flaky:
${server(0)}    healthcheck:
      test: [CMD-SHELL, "echo x >> /tmp/n; test $$(wc -l < /tmp/n) -gt 4"]
      interval: 30s
      retries: 10
  disabled:
${server(0)}    healthcheck: { disable: true }
  unchecked:
${server(0)}
  app:
${server(500)}    healthcheck: { test: [NONE] }
    ports: ["127.0.0.1::8000"]
    depends_on:
      cmd: { condition: service_healthy }
      shell: { condition: service_healthy }
      flaky: { condition: service_healthy }
      disabled: { condition: service_started }
      unchecked: { condition: service_started }
`;

Deno.test("gates open after the service is ready, and before the engine's own interval comes round", () =>
  withCheckout(async (checkout) => {
    const { code, stderr } = await checkout.todoflow("release");
    assertEquals(code, 0, stderr);
    const started = Date.parse(
      await inspect(checkout, "app", "{{.State.StartedAt}}"),
    );
    for (const service of ["cmd", "shell", "flaky"]) {
      assert(started > await loggedAt(checkout, service, "listening"), service);
    }
    // The engine has not probed these at all: with its 30 s they would still be starting.
    for (const service of ["shell", "flaky"]) {
      assertEquals(
        await inspect(checkout, service, "{{.State.Health.Status}}"),
        "starting",
      );
    }
  }, { files: project(GATED) }));

/** A project whose app waits for "db", which is described by the text. */
const waitingFor = (db: string, extra = "") =>
  project(
    `
  db:
${db}
  app:
${server(0)}    depends_on: { db: { condition: service_healthy } }
`,
    extra,
  );

/** Releases a project whose db never gets ready; resolves to stderr. */
async function failing(checkout: Checkout, expected: number): Promise<string> {
  const { code, stdout, stderr } = await checkout.todoflow("release");
  assertEquals([code, stdout], [expected, ""], stderr);
  assertEquals(stderr.includes("start app:"), false, stderr);
  assertEquals(await running(checkout.project), []);
  return stderr;
}

// This one and the next two are among the screens of diagnosis_test.ts.
Deno.test(
  "a container that exits while it is awaited fails the release at once, with its exit code",
  { ignore: !ALL },
  () =>
    withCheckout(async (checkout) => {
      assertStringIncludes(
        await failing(checkout, 1),
        '"db" exited with code 3',
      );
    }, {
      files: waitingFor(`    image: debian:bookworm-slim
    expose: [3306]
    command: [sh, -c, exit 3]
    healthcheck: { test: [CMD, "true"], interval: 30s }`),
    }),
);

Deno.test(
  "the engine's verdict fails the release, with the last probe's output",
  { ignore: !ALL },
  () =>
    withCheckout(async (checkout) => {
      const stderr = await failing(checkout, 1);
      assertStringIncludes(
        stderr,
        '"db" is unhealthy; its last probe ended with 7: no way',
      );
    }, {
      files: waitingFor(`    image: debian:bookworm-slim
    init: true
    command: [sleep, infinity]
    healthcheck: { test: [CMD-SHELL, "echo no way; exit 7"], interval: 1s, retries: 1 }`),
    }),
);

Deno.test(
  "the deadline fails the release with exit code 124, with the last probe's output",
  { ignore: !ALL },
  () =>
    withCheckout(async (checkout) => {
      const stderr = await failing(checkout, 124);
      assertStringIncludes(stderr, "not done within 2 s");
      assertStringIncludes(
        stderr,
        '"db" is not ready yet; its last probe ended with 7: no way',
      );
    }, {
      files: waitingFor(
        `${
          server(0)
        }    healthcheck: { test: [CMD-SHELL, "echo no way; exit 7"], interval: 30s }`,
        "x-todoflow: { deadlines: { ready: 2s } }\n",
      ),
    }),
);

Deno.test("a probe that is slower than its timeout never opens the gate", () =>
  withCheckout(async (checkout) => {
    assertStringIncludes(await failing(checkout, 1), '"db" is unhealthy');
  }, {
    files: waitingFor(
      `${
        server(0)
      }    healthcheck: { test: [CMD-SHELL, "sleep 3"], interval: 1s, timeout: 1s, retries: 1 }`,
    ),
  }));

Deno.test("a release fails, as Compose would, if a service must be healthy and has no health check", () =>
  withCheckout(async (checkout) => {
    assertStringIncludes(
      await failing(checkout, 1),
      '"db" must be healthy, but has no health check',
    );
  }, { files: waitingFor(server(0)) }));

Deno.test("a container that fails and restarts is waited for", () =>
  withCheckout(async (checkout) => {
    const { code, stderr } = await checkout.todoflow("release");
    assertEquals(code, 0, stderr);
    assertEquals(await inspect(checkout, "db", "{{.RestartCount}}"), "1");
  }, {
    files: waitingFor(
      `    image: denoland/deno:debian-2.9.6
    expose: [8000]
    restart: on-failure
    command: [sh, -c, "test -e /tmp/again || { touch /tmp/again; exit 1; }; exec deno eval 'Deno.serve(() => new Response())'"]
    healthcheck: { test: [CMD, deno, eval, ${PROBE}], interval: 30s }`,
    ),
  }));

Deno.test("a database that initializes in two phases is not ready in the first, though a socket probe says so", () =>
  withCheckout(async (checkout) => {
    const { code, stderr } = await checkout.todoflow("release");
    assertEquals(code, 0, stderr);
    assertStringIncludes(stderr, "| 42\n");
  }, {
    files: {
      // While this runs, the temporary server answers on its socket, and the engine's probes succeed.
      "init.sql": "select sleep(4);",
      "compose.yaml": `
services:
  db:
    image: mariadb:10.11
    environment:
      MYSQL_DATABASE: todo
      MYSQL_USER: todo
      MYSQL_PASSWORD: password
      MYSQL_ROOT_PASSWORD: password
    volumes: ["./init.sql:/docker-entrypoint-initdb.d/init.sql:ro"]
    healthcheck:
      test: mysqlshow -u $$MYSQL_USER -p$$MYSQL_PASSWORD
      interval: 1s
      retries: 60
  migrate:
    image: mariadb:10.11
    entrypoint: [mariadb, --host=db, --user=todo, --password=password, --skip-column-names]
    command: [--execute, "select 42", todo]
    depends_on: { db: { condition: service_healthy } }
  app:
    image: debian:bookworm-slim
    init: true
    command: [sleep, infinity]
    depends_on: { migrate: { condition: service_completed_successfully } }
`,
    },
  }));
