/**
 * `examples/scalable`: Django with PostgreSQL, Redis and a Celery worker, run by the tool as it is.
 *
 * @module
 */

import {
  assert,
  assertEquals,
  assertMatch,
  assertNotMatch,
  assertStringIncludes,
} from "@std/assert";
import {
  ALL,
  type Checkout,
  exec,
  leftovers,
  output,
  running,
  twinOf,
} from "../e2e/harness.ts";
import { withExample } from "./example.ts";

/** The password that must be nowhere but in `.env` and in containers' environments. */
const PASSWORD = crypto.randomUUID();

/** Does what the example's README says first. */
async function configure({ directory }: Checkout): Promise<void> {
  const template = await Deno.readTextFile(`${directory}/.env.template`);
  await Deno.writeTextFile(
    `${directory}/.env`,
    template.replace("DB_PASSWORD=choose-one", `DB_PASSWORD=${PASSWORD}`),
  );
}

/** Gives the test a fresh checkout of the example with its `.env`. */
function withScalable(test: (checkout: Checkout) => Promise<void>) {
  return withExample("scalable", async (checkout) => {
    await configure(checkout);
    await test(checkout);
  });
}

/** The containers of a project as "service state exit-code", sorted. */
async function containers(project: string): Promise<string[]> {
  const filter = `label=com.docker.compose.project=${project}`;
  const ids = await output(["docker", "ps", "-aq", "--filter", filter]);
  const format =
    '{{index .Config.Labels "com.docker.compose.service"}} {{.State.Status}} {{.State.ExitCode}}';
  const list = await output(
    ["docker", "inspect", "--format", format, ...ids.split("\n")],
  );
  return list.split("\n").toSorted();
}

/** Asks again until the answer is as expected, with a pause for the machine; the test's own time is the limit. */
async function eventually(
  ask: () => Promise<unknown>,
  expected: (answer: unknown) => boolean,
): Promise<void> {
  const deadline = Date.now() + 60_000;
  let answer: unknown;
  while (Date.now() < deadline) {
    answer = await ask().catch((error) => error);
    if (expected(answer)) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`not as expected after 60 s: ${JSON.stringify(answer)}`);
}

/** Posts a text and waits until a worker has counted its words. */
async function assertWordsAreCounted(url: string): Promise<void> {
  const response = await fetch(`${url}/jobs`, {
    method: "POST",
    body: JSON.stringify({ text: "wash the car" }),
  });
  assertEquals(response.status, 202);
  await response.body?.cancel();
  const job = new URL(response.headers.get("location") ?? "", url);
  await eventually(
    async () => (await (await fetch(job)).json()).words,
    (words) => words === 3,
  );
}

/** How often a text is in the images: in their files, also removed ones, their history and their configuration. */
async function occurrences(text: string, ...images: string[]): Promise<number> {
  const script = 'text=$1; shift; docker save "$@" | grep -aoF "$text" | wc -l';
  return Number(await output(["sh", "-c", script, "sh", text, ...images]));
}

Deno.test("scalable: from a fresh clone to a worker that does its job, and back to nothing", () =>
  withExample("scalable", async (checkout) => {
    const { todoflow, directory, project } = checkout;
    const hash = await output(["git", "rev-parse", "--short", "HEAD"], {
      cwd: directory,
    });
    const version = await todoflow("version");
    assertEquals([version.code, version.stdout], [
      0,
      `{"Version": "${hash}"}\n`,
    ]);

    const unconfigured = await todoflow("release");
    assertEquals([unconfigured.code, unconfigured.stdout], [3, ""]);
    assertStringIncludes(unconfigured.stderr, "cp .env.template .env");
    await configure(checkout);

    const examined = await todoflow("doctor", "--json");
    assertEquals(examined.code, 0, examined.stdout);
    const findings: { id: string; location?: unknown }[] =
      JSON.parse(examined.stdout).findings;
    // The machine may have little room. The example names no registry.
    assertEquals(
      findings.filter(({ location }) => location).map(({ id }) => id),
      ["no-image-name"],
    );

    const tested = await todoflow("test");
    assertEquals([tested.code, tested.stdout], [0, ""], tested.stderr);
    assertMatch(tested.stderr, /test: 7 tests, 7 passed, 9\d % covered/);
    const report = `${directory}/reports/test/unittests.xml`;
    const cases = (await Deno.readTextFile(report)).match(/<testcase /g);
    assertEquals(cases?.length, 7);
    assertEquals((await Deno.stat(report)).uid, Deno.uid());
    assertEquals(await running(project), []);

    const one = await todoflow("test", "--", "jobs.tests.CountWordsTest");
    assertEquals(one.code, 0, one.stderr);
    assertStringIncludes(one.stderr, "test: 2 tests, 2 passed");

    const released = await todoflow("release");
    assertEquals(released.code, 0, released.stderr);
    assertStringIncludes(released.stderr, "acceptance: 3 tests, 3 passed");
    const [, url = ""] =
      /^App running at (http:\/\/localhost:\d+)\n$/.exec(released.stdout) ?? [];
    assert(url, released.stdout);
    await assertWordsAreCounted(url);
    const style = await fetch(`${url}/static/admin/css/base.css`);
    assertEquals(style.status, 200);
    await style.body?.cancel();
    assertEquals(await containers(twinOf(project)), [
      "app running 0",
      "broker running 0",
      "db running 0",
      "worker-default running 0",
    ]);
    for (const service of ["app", "worker-default"]) {
      const container = `${twinOf(project)}-${service}-1`;
      const user = await output(["docker", "exec", container, "id", "-un"]);
      assertEquals(user, "web");
    }

    const images = [`${project}-app`, `${project}-test`];
    assert(await occurrences("count_words", ...images) > 0);
    assertEquals(await occurrences(PASSWORD, ...images), 0);
    const kept = await exec(["grep", "-rlF", PASSWORD, "."], {
      cwd: directory,
    });
    assertEquals(kept.stdout, "./.env\n");

    // Nothing has to be killed.
    await output(["docker", "compose", "stop"], {
      cwd: directory,
      env: { ...checkout.env, COMPOSE_PROJECT_NAME: twinOf(project) },
    });
    assertEquals(await containers(twinOf(project)), [
      "app exited 0",
      "broker exited 0",
      "db exited 0",
      "worker-default exited 0",
    ]);

    assertEquals((await todoflow("clean")).code, 0);
    assertEquals(await leftovers(project), []);
  }));

/** A way in which the stack fails. */
interface Failure {
  name: string;
  target?: "test" | "release";
  /** File, what is in it, what takes its place. */
  edits: readonly (readonly [string, string, string])[];
  code?: number;
  /** The text that the screen must show. */
  says: readonly string[];
  /** Services that must not have been started. */
  unstarted?: readonly string[];
  /** Whether another row stands for it, or one of diagnosis_test.ts. */
  long?: boolean;
}

const COMPOSE = "compose.yaml";

const FAILURES: readonly Failure[] = [
  {
    name: "a unit test that fails",
    target: "test",
    edits: [["src/jobs/tests.py", '(6, "done")', '(7, "done")']],
    says: [
      'test failed at step "run test": "test" ended with exit code 1',
      "test: 7 tests, 6 passed, 1 failed",
      "jobs.tests.CountWordsTest",
      "(6, 'done') != (7, 'done')",
    ],
  },
  {
    name: "a migration that fails",
    long: true,
    edits: [[
      "src/jobs/migrations/0001_initial.py",
      "operations = [",
      'operations = [migrations.RunSQL("SELECT * FROM nowhere"),',
    ]],
    says: [
      'release failed at step "run migrate": "migrate" ended with exit code 1',
      'relation "nowhere" does not exist',
    ],
    unstarted: ["app", "worker-default"],
  },
  {
    name: "a database whose initialization fails",
    long: true,
    edits: [["docker/db/db.sql", "CREATE DATABASE", "CREATE DATABSE"]],
    says: [
      'release failed at step "ready db": "db" exited with code 3',
      'syntax error at or near "DATABSE"',
    ],
    unstarted: ["migrate", "app"],
  },
  {
    name: "a database that is not the application's",
    long: true,
    edits: [
      ["docker/db/db.sql", "CREATE DATABASE", "-- CREATE DATABASE"],
      // Longer than the database needs to begin, on a busy machine too.
      [COMPOSE, "retries: 20", "retries: 6"],
    ],
    says: [
      'release failed at step "ready db": "db" is unhealthy',
      'database "scalable" does not exist',
    ],
    unstarted: ["migrate", "app"],
  },
  {
    name: "a broker that exits",
    edits: [[
      COMPOSE,
      "image: redis:7",
      "image: redis:7\n    command: [--no-such-option, x]",
    ]],
    says: [
      'release failed at step "ready broker": "broker" exited with code 1',
      "Bad directive",
    ],
    unstarted: ["app", "worker-default"],
  },
  {
    name: "a worker that exits",
    long: true,
    edits: [[
      COMPOSE,
      "[start-celery-worker.sh, default]",
      "[start-celery-worker.sh]",
    ]],
    says: [
      'release failed at step "ready worker-default": "worker-default" exited with code 2',
      "needs the name of a queue",
    ],
    unstarted: ["acceptance"],
  },
  {
    name: "a job that no worker does",
    long: true,
    edits: [
      [COMPOSE, "celery-worker.sh, default]", "celery-worker.sh, other]"],
      [COMPOSE, "APP_URL:", 'PATIENCE: "2"\n      APP_URL:'],
    ],
    says: [
      'release failed at step "run acceptance"',
      "acceptance: 3 tests, 2 passed, 1 failed",
      "AssertionError: ",
      "not done after 2 s",
    ],
  },
  {
    name: "a worker that has no broker",
    long: true,
    edits: [
      [
        COMPOSE,
        "    command: [start-celery-worker.sh, default]",
        "    command: [start-celery-worker.sh, default]\n" +
        "    environment: { <<: *environment, CELERY_BROKER_URL: redis://nowhere }",
      ],
      [
        COMPOSE,
        "name: scalable",
        "name: scalable\nx-todoflow:\n  deadlines: { ready: 25s }",
      ],
    ],
    code: 124,
    says: ['"ready worker-default"', "redis://nowhere", "25 s"],
    unstarted: ["acceptance"],
  },
  {
    name: "an application that lacks its SECRET_KEY",
    long: true,
    edits: [[
      COMPOSE,
      "  app:\n    <<: *app",
      '  app:\n    <<: *app\n    environment: { <<: *environment, SECRET_KEY: "" }',
    ]],
    says: [
      'release failed at step "ready app": "app" exited with code',
      "The SECRET_KEY setting must not be empty",
    ],
    unstarted: ["acceptance"],
  },
];

for (const failure of FAILURES) {
  const { name, target = "release", edits, code = 1, says } = failure;
  const title = `scalable: ${name} is told, and leaves nothing`;
  const ignore = (failure.long ?? false) && !ALL;
  Deno.test(
    title,
    { ignore },
    () =>
      withScalable(async ({ todoflow, edit, project }) => {
        for (const [file, from, to] of edits) await edit(file, from, to);
        const failed = await todoflow(target);
        assertEquals([failed.code, failed.stdout], [code, ""], failed.stderr);
        for (const text of says) assertStringIncludes(failed.stderr, text);
        for (const service of failure.unstarted ?? []) {
          const started = new RegExp(`^(start|run) ${service}:`, "m");
          assertNotMatch(failed.stderr, started);
        }
        assertEquals(await running(project), []);
      }),
  );
}

Deno.test("scalable: the entry point waits at the port that DB_PORT names, and its words have no password", () =>
  withScalable(async ({ directory, project, env }) => {
    const options = { cwd: directory, env };
    const name = `${project}-waits`;
    await output(["docker", "compose", "build", "--quiet", "app"], options);
    const given = ["DB_HOST=127.0.0.1", "DB_PORT=1", "DB_NAME=x", "DB_USER=x"]
      .concat(`DB_PASSWORD=${PASSWORD}`).flatMap((one) => ["--env", one]);
    const label = `com.docker.compose.project=${project}`;
    await output(["docker", "run", "--detach", "--name", name].concat([
      "--label",
      label,
      ...given,
      `${project}-app`,
      "true",
    ]) as [string, ...string[]]);
    const log = async () => {
      const { stdout, stderr } = await exec(["docker", "logs", name]);
      return stdout + stderr;
    };
    await eventually(
      log,
      (text) => String(text).includes("Postgres is unavailable - sleeping"),
    );
    const text = await log();
    assertStringIncludes(text, "on host '127.0.0.1'..");
    assertStringIncludes(text, "port 1 failed: Connection refused");
    assertEquals(text.includes(PASSWORD), false);
    const processes = await output(["docker", "top", name, "-eo", "pid,args"]);
    assertEquals(processes.includes(PASSWORD), false);
    await output(["docker", "rm", "--force", name]);
    // Built by hand: clean leaves it alone.
    await output(["docker", "rmi", `${project}-app`]);
  }));

/** A user that is not root, like the owner of a checkout. */
const CALLER = 1234;

// No target takes part in it; identidock_test.ts has development beside a stack, too.
Deno.test(
  "scalable: development beside it: the source is mounted, followed, and stays the caller's",
  { ignore: !ALL },
  () =>
    withScalable(async (checkout) => {
      const { directory, edit, env } = checkout;
      const project = `${checkout.project}-dev`;
      const dev = (...args: string[]) =>
        exec(["docker", "compose", "-f", "compose.dev.yaml", ...args], {
          cwd: directory,
          env: { ...env, COMPOSE_PROJECT_NAME: project, DEV_PORT: "0" },
        });
      const mustSucceed = async (...args: string[]) => {
        const { code, stdout, stderr } = await dev(...args);
        assertEquals(code, 0, stdout + stderr);
        return stdout.trim();
      };
      await output(["chown", "-R", `${CALLER}:${CALLER}`, directory]);
      try {
        await mustSucceed("up", "--build", "--detach", "--wait");
        const url = `http://${await mustSucceed("port", "app", "8000")}`;
        const root = async () => await (await fetch(url)).json();
        await eventually(root, (answer) => JSON.stringify(answer) !== "{}");
        await assertWordsAreCounted(url);

        await edit("src/app/urls.py", '"jobs": "/jobs"', '"jobs": "/changed"');
        await eventually(
          async () => (await root()).jobs,
          (jobs) => jobs === "/changed",
        );

        const start = ["python3", "manage.py", "startapp", "books"];
        const denied = await dev("exec", "-T", "app", ...start);
        assertEquals(denied.code, 1);
        assertStringIncludes(denied.stderr, "Permission denied");
        const user = `${CALLER}:${CALLER}`;
        await mustSucceed("exec", "-T", "-u", user, "app", ...start);
        const { uid, gid } = await Deno.stat(
          `${directory}/src/books/models.py`,
        );
        assertEquals([uid, gid], [CALLER, CALLER]);

        await mustSucceed("exec", "-T", "app", "run-tests.sh");

        const settings = "DJANGO_SETTINGS_MODULE=app.settings.no_such";
        const server = ["app", "start-dev-server.sh"];
        const broken = await dev(
          "run",
          "--rm",
          "-T",
          "-e",
          settings,
          ...server,
        );
        assertEquals(broken.code, 1);
        assertStringIncludes(broken.stdout, "Running migrations..");
        assertEquals(broken.stdout.includes("Starting server.."), false);

        await mustSucceed("stop");
        assertEquals(
          (await containers(project)).map((line) => line.split(" ").at(-1)),
          ["0", "0", "0", "0"],
        );
      } finally {
        await mustSucceed("down", "--volumes", "--rmi", "local");
      }
      assertEquals(await leftovers(project), []);
    }),
);
