/**
 * `examples/thoughts`: a Flask API that is tested on SQLite and released on PostgreSQL, from a fresh repository to nothing
 * left, and each way in which such a stack fails.
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
  ALL,
  type Checkout,
  type CheckoutOptions,
  leftovers,
  output,
  running,
  twinOf,
} from "../e2e/harness.ts";
import { withExample } from "./example.ts";
import { session } from "./session.ts";

/** A fresh repository in which the README's first command has made the secrets. */
function withThoughts(
  test: (checkout: Checkout) => Promise<void>,
  options?: CheckoutOptions,
): Promise<void> {
  return withExample("thoughts", async (checkout) => {
    const { directory } = checkout;
    const readme = await Deno.readTextFile(`${directory}/README.md`);
    const [command = ""] = /^for name in .*> \.env$/m.exec(readme) ?? [];
    await output(["sh", "-euc", command], { cwd: directory });
    await test(checkout);
  }, options);
}

/** The secrets, by name. */
async function secretsOf({ directory }: Checkout) {
  const text = await Deno.readTextFile(`${directory}/.env`);
  return Object.fromEntries(
    text.trim().split("\n").map((line) => line.split("=") as [string, string]),
  );
}

/** Runs a target that must succeed; resolves to its stdout and what is in its story. */
async function succeed({ todoflow }: Checkout, ...args: string[]) {
  const { code, stdout, stderr } = await todoflow(...args);
  assertEquals(code, 0, `${args.join(" ")}\n${stderr}`);
  return { stdout, stderr };
}

/** Releases; resolves to the URL, which must be all of stdout. */
async function release(checkout: Checkout): Promise<string> {
  const { stdout } = await succeed(checkout, "release");
  const [, url = ""] = /^App running at (http:\/\/localhost:\d+)\n$/
    .exec(stdout) ?? [];
  assert(url, `stdout is ${stdout}`);
  return url;
}

/** The JSON that the API answers a request with. */
async function api(url: string, token: string, body?: object) {
  const response = await fetch(url, {
    ...(body && { method: "POST", body: JSON.stringify(body) }),
    headers: {
      "content-type": "application/json",
      authorization: `Bearer ${token}`,
    },
  });
  return { status: response.status, json: await response.json() };
}

/** Logs in as the first administrator; resolves to the token. */
async function login(url: string, password: string): Promise<string> {
  const credentials = { username: "admin", password };
  const { json } = await api(`${url}/api/login/`, "", credentials);
  return json.token;
}

const PSQL = ["psql", "--username=thoughts", "--dbname=thoughts"];

/** The layers of a service's image in a project. */
async function layersOf(project: string, service: string) {
  const layers = await output([
    "docker",
    "image",
    "inspect",
    "--format",
    "{{json .RootFS.Layers}}",
    `${project}-${service}`,
  ]);
  return JSON.parse(layers) as string[];
}

/** Bytes of an image. */
async function sizeOf(image: string): Promise<number> {
  return Number(
    await output([
      "docker",
      "image",
      "inspect",
      "--format",
      "{{.Size}}",
      image,
    ]),
  );
}

/** All files under a folder, as one text. */
async function everythingIn(folder: string): Promise<string> {
  return await output(["sh", "-c", 'cat $(find "$1" -type f)', "sh", folder]);
}

/** The unit tests: counts and coverage are shown, reports are on the host, nothing is left. */
async function testsPass(checkout: Checkout) {
  const { stderr } = await succeed(checkout, "test");
  assertMatch(stderr, /^test-sqlite: 17 tests, 17 passed, \d+ % covered$/m);
  const reports = `${checkout.directory}/reports/test`;
  assertStringIncludes(
    await Deno.readTextFile(`${reports}/unittests.xml`),
    'tests="17"',
  );
  assertStringIncludes(
    await Deno.readTextFile(`${reports}/coverage.xml`),
    "lines-covered",
  );
  assertEquals(await leftovers(checkout.project), [], "left by test");
}

/** The words behind `--` are arguments of pytest, whose entrypoint stays. */
async function argumentsSelect(checkout: Checkout) {
  const { stderr } = await succeed(checkout, "test", "--", "-k", "validation");
  assertMatch(stderr, /^test-sqlite: 9 tests, 9 passed/m);
  assertStringIncludes(stderr, "9 passed, 8 deselected");
}

/** A posted thought must be a row in PostgreSQL, and come back. */
async function isStored(checkout: Checkout, url: string) {
  const { ADMIN_PASSWORD = "" } = await secretsOf(checkout);
  const token = await login(url, ADMIN_PASSWORD);
  const thought = { text: "I am in PostgreSQL" };
  const { status, json } = await api(
    `${url}/api/me/thoughts/`,
    token,
    thought,
  );
  assertEquals(status, 201);
  const db = `${twinOf(checkout.project)}-db-1`;
  const sql = `SELECT text FROM thoughts WHERE id = ${json.id}`;
  assertEquals(
    await output(["docker", "exec", db, ...PSQL, `--command=${sql}`, "-At"]),
    "I am in PostgreSQL",
  );
  return `/api/thoughts/${json.id}/`;
}

/** The application is not root, on loopback; secrets are in no log, report, environment or image. */
async function isClosed(checkout: Checkout) {
  const { project, directory } = checkout;
  const app = `${twinOf(project)}-app-1`;
  assertEquals(await output(["docker", "exec", app, "id", "-un"]), "uwsgi");
  assertMatch(
    await output(["docker", "port", app, "8000"]),
    /^127\.0\.0\.1:\d+$/,
  );
  const seen = [
    await everythingIn(`${directory}/reports`),
    await output(["docker", "inspect", app, `${twinOf(project)}-db-1`]),
    await output(["docker", "history", "--no-trunc", `${twinOf(project)}-app`]),
  ].join("\n");
  const secrets = Object.values(await secretsOf(checkout));
  assertEquals(secrets.length, 3);
  for (const secret of secrets) {
    assertEquals(seen.includes(secret), false, "a secret is seen");
  }
  assertEquals(
    await output(["docker", "exec", app, "ls", "-A", "/opt/code"]),
    "acceptance\ninit_db.py\npyproject.toml\ntests\nthoughts_backend\nwsgi.py",
  );
}

/**
 * A request that waits for a lock in the database when the engine stops the container must get its answer, and the
 * container must end by itself. Nothing is a matter of time: each side goes on when the other one says that it may.
 */
async function requestSurvivesStop(
  { project }: Checkout,
  url: string,
  path: string,
) {
  const app = `${twinOf(project)}-app-1`;
  const db = session([
    "docker",
    "exec",
    "-i",
    `${twinOf(project)}-db-1`,
    ...PSQL,
  ]);
  const log = session(["docker", "logs", "--follow", app]);
  try {
    await db.say("BEGIN; LOCK TABLE thoughts;");
    await db.hears("LOCK TABLE");
    const answer = fetch(`${url}${path}`).then(
      async (response) => [response.status, (await response.json()).text],
      (error) => [error.message],
    );
    await log.hears(`started GET ${path}`);
    const stopped = output(["docker", "stop", app]);
    await log.hears("graceful shutdown triggered");
    await db.say("COMMIT;");
    assertEquals(await answer, [200, "I am in PostgreSQL"]);
    await stopped;
  } finally {
    await Promise.all([db.end(), log.end()]);
  }
  const exitCode = "{{.State.ExitCode}}";
  assertEquals(
    await output(["docker", "inspect", "--format", exitCode, app]),
    "0",
  );
}

/** A change of code makes a test fail, whose name and place are shown; only the image's last layer is another one. */
async function changedCodeFails(checkout: Checkout) {
  await checkout.edit(
    "ThoughtsBackend/thoughts_backend/thoughts.py",
    ".as_json(), 201",
    ".as_json(), 200",
  );
  const { code, stderr } = await checkout.todoflow("test");
  assertEquals(code, 1, stderr);
  assertMatch(stderr, /^test-sqlite: 17 tests, 16 passed, 1 failed/m);
  assertStringIncludes(stderr, "test_a_thought_is_there_for_everybody");
  assertStringIncludes(
    stderr,
    "ThoughtsBackend/tests/test_thoughts.py:16",
  );
  // test has given the names back: what it built is built again, from the cache.
  const changed = `${checkout.project}-changed`;
  await output(
    ["docker", "compose", "build", "--quiet", "test-sqlite"],
    {
      cwd: checkout.directory,
      env: { ...checkout.env, COMPOSE_PROJECT_NAME: changed },
    },
  );
  const [tested, released] = await Promise.all([
    layersOf(changed, "test-sqlite"),
    layersOf(twinOf(checkout.project), "app"),
  ]);
  await output(["docker", "rmi", `${changed}-test-sqlite`]);
  assertEquals(tested.slice(0, -1), released.slice(0, -1));
  assert(tested.at(-1) !== released.at(-1), "the code is not the last layer");
}

/** The runtime image is the smaller one; `docker build` names only it. */
async function compilerStaysBehind({ project, directory }: Checkout) {
  const compile = await output([
    "docker",
    "build",
    "--quiet",
    "--target=compile-image",
    "--file=docker/app/Dockerfile",
    ".",
  ], { cwd: directory });
  try {
    const [first, last] = [
      await sizeOf(compile),
      await sizeOf(`${twinOf(project)}-app`),
    ];
    assert(last < first, `runtime ${last} bytes, compile ${first} bytes`);
  } finally {
    await output(["docker", "rmi", compile]);
  }
}

/** With the code mounted over the image's, and the folder nobody's, the tests pass and write nothing there. */
async function mountedCodeIsTested({ directory, env }: Checkout) {
  await output(["chown", "-R", "4242:4242", "ThoughtsBackend"], {
    cwd: directory,
  });
  const files = ["-f", "compose.yaml", "-f", "compose.dev.yaml"];
  const compose = (...args: string[]) =>
    output(["docker", "compose", ...files, ...args], { cwd: directory, env });
  const said = await compose("run", "--rm", "test-sqlite");
  assertStringIncludes(said, "17 passed");
  // The network and the volume of the plain project are the developer's.
  await compose("down", "--volumes");
  assertEquals(
    await output(["git", "status", "--short"], { cwd: directory }),
    "",
  );
}

Deno.test("thoughts is tested, released, stopped with a request in progress, changed and cleaned, from a fresh repository", (t) =>
  withThoughts(async (checkout) => {
    const { project, directory } = checkout;
    const step = async (name: string, run: () => Promise<void>) =>
      assert(await t.step(name, run), name);
    const head = ["rev-parse", "--short", "HEAD"];
    const version = await output(["git", ...head], { cwd: directory });
    const { stdout } = await succeed(checkout, "version");
    assertEquals(stdout, `{"Version": "${version}"}\n`);
    await step("test", () => testsPass(checkout));
    await step("test -- -k validation", () => argumentsSelect(checkout));
    await step("release", async () => {
      const url = await release(checkout);
      const path = await isStored(checkout, url);
      await isClosed(checkout);
      await compilerStaysBehind(checkout);
      await mountedCodeIsTested(checkout);
      await requestSurvivesStop(checkout, url, path);
    });
    await step("changed code", () => changedCodeFails(checkout));
    await succeed(checkout, "clean");
    assertEquals(await leftovers(project), [], "left by clean");
  }));

/** A way to fail. */
interface Case {
  /** "release" by default. */
  target?: string;
  /** The replaced texts by file. */
  edit?: [file: string, from: string, to: string];
  env?: Record<string, string>;
  /** The exit code; default: 1. */
  exits?: number;
  /** The text that the screen shows after the summary. */
  shows: readonly string[];
  /** Whether another row stands for it, or one of diagnosis_test.ts. */
  long?: boolean;
}

/** The library is missing or removed again; everything can be built without it. */
const WITHOUT_LIBRARY: Case["edit"] = [
  "docker/app/Dockerfile",
  "COPY --from=compile-image",
  "RUN dpkg --purge libargon2-1\nCOPY --from=compile-image",
];

const LIBRARY = "ImportError: libargon2.so.1: cannot open shared object file";

const CASES: Record<string, Case> = {
  "a library that only the runtime image lacks, in the tests": {
    target: "test",
    edit: WITHOUT_LIBRARY,
    shows: ['test failed at step "run test-sqlite"', LIBRARY],
  },
  "a library that only the runtime image lacks, in the release": {
    long: true,
    edit: WITHOUT_LIBRARY,
    shows: ['release failed at step "run init-db"', LIBRARY],
  },
  "a secret that nobody has made": {
    edit: [".env", "POSTGRES_PASSWORD=", "PASSWORD="],
    exits: 3,
    shows: [
      'Cannot start "app": the variable POSTGRES_PASSWORD of the secret "postgres_password" is not set',
      "Next: read -r POSTGRES_PASSWORD && export POSTGRES_PASSWORD",
    ],
  },
  "an empty key": {
    long: true,
    env: { TOKEN_KEY: "" },
    shows: [
      '"app" exited with code 1',
      "/run/secrets/token_key is empty: set TOKEN_KEY",
    ],
  },
  "a schema that cannot be made": {
    long: true,
    edit: ["compose.yaml", "//thoughts@db/thoughts", "//thoughts@db/elsewhere"],
    shows: [
      '"init-db" ended with exit code 1',
      'database "elsewhere" does not exist',
    ],
  },
  "a database that is never healthy": {
    long: true,
    edit: [
      "compose.yaml",
      "interval: 3s\n      timeout: 5s\n      retries: 20\n\n  init-db",
      "interval: 1s\n      retries: 2\n    command: [postgres, -p, '5433']\n\n  init-db",
    ],
    shows: [
      '"db" is unhealthy',
      "localhost:5432 - no response",
    ],
  },
  "a failing acceptance test": {
    long: true,
    edit: [
      "ThoughtsBackend/acceptance/test_acceptance.py",
      'found("not for long") == []',
      'found("not for long") == ["forever"]',
    ],
    shows: [
      '"acceptance" ended with exit code 1',
      "test_a_user_is_removed_with_all_thoughts",
    ],
  },
};

for (
  const [
    name,
    { target = "release", exits = 1, edit, env, shows, long },
  ] of Object.entries(CASES)
) {
  const title =
    `thoughts: ${name} is exit code ${exits}, is shown and leaves nothing`;
  Deno.test(
    title,
    { ignore: long === true && !ALL },
    () =>
      withThoughts(async ({ project, todoflow, ...checkout }) => {
        if (edit) await checkout.edit(...edit);
        const { code, stdout, stderr } = await todoflow(target);
        assertEquals([code, stdout], [exits, ""], stderr);
        const screen = stderr.slice(stderr.lastIndexOf("\ntodoflow: ") + 1);
        for (const text of shows) assertStringIncludes(screen, text);
        assertEquals(await running(project), [], "left by the failure");
      }, env && { env }),
  );
}
