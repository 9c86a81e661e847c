/**
 * The demands of production on the application that this repository releases, on a real engine with a real database.
 *
 * @module
 */

import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { exec, output, twinOf } from "./harness.ts";
import { type Released, withReleased } from "./released.ts";
import {
  answers,
  create,
  logged,
  openSession,
  patch,
  slowBody,
  statusOf,
  titles,
} from "./todobackend_client.ts";
import {
  answersCrowds,
  answersOwnUpdates,
  breaksNoConnection,
} from "./todobackend_crowds.ts";

/** The result of writing todos: titles that were acknowledged, and how many writers met a closed port. */
interface Written {
  acknowledged: string[];
  refused: number;
}

const WRITERS = 4;

/** Writes todos, several at a time, until the caller stops it or the server no longer listens. */
function startWriting(
  url: string,
): { stop: () => Promise<Written>; ended: () => Promise<Written> } {
  const written: Written = { acknowledged: [], refused: 0 };
  let isStopped = false;
  const write = async (writer: number) => {
    for (let i = 0; !isStopped; i++) {
      const title = `${writer}-${i}`;
      const status = await create(url, title);
      if (status === 201) written.acknowledged.push(title);
      else assertEquals(status, 503);
    }
  };
  const writers = Array.from(
    { length: WRITERS },
    (_, writer) =>
      write(writer).catch((error) => {
        if (!(error instanceof TypeError)) throw error;
        written.refused++;
      }),
  );
  const ended = () => Promise.all(writers).then(() => written);
  return {
    ended,
    stop() {
      isStopped = true;
      return ended();
    },
  };
}

async function losesNothingWithoutDatabase(
  { url, container }: Released,
) {
  const started = () =>
    output([
      "docker",
      "inspect",
      "--format",
      "{{.State.StartedAt}} {{.RestartCount}}",
      container("app"),
    ]);
  const before = await started();
  const writing = startWriting(url);
  for (const away of ["stop", "kill"]) {
    await output(["docker", away, container("db")]);
    await answers(`${url}/health/ready`, 503);
    assertEquals(await statusOf(`${url}/health/live`), 200);
    await output(["docker", "start", container("db")]);
    await answers(`${url}/health/ready`, 200);
  }
  // One that hangs is worse than one that is gone: it must cost a 503, not a request without an answer.
  // With cgroup v1 the kernel may not be able to freeze it at once ("unable to freeze").
  while ((await exec(["docker", "pause", container("db")])).code !== 0);
  await answers(`${url}/health/ready`, 503);
  await output(["docker", "unpause", container("db")]);
  await answers(`${url}/health/ready`, 200);
  const { acknowledged, refused } = await writing.stop();
  assert(acknowledged.length > 0);
  assertEquals(refused, 0);

  const stored = new Set(await titles(url));
  assertEquals(acknowledged.filter((title) => !stored.has(title)), []);
  assertEquals(await started(), before);
}

async function stopsUnderLoad(
  { url, container }: Released,
) {
  for (const title of "abcde") assertEquals(await create(url, title), 201);
  const todos: { url: string }[] = await (await fetch(`${url}/todos`)).json();
  const session = openSession(container("db"));
  await session.send("lock tables todos write; select 'locked';");
  assertEquals(await session.next(), "locked");
  const writing = startWriting(url);
  const begun = todos.map((todo) => patch(todo.url));
  const slow = await slowBody(url);
  // They are in the database, and wait for the lock.
  const waiting = "select count(*) >= 9 from information_schema.processlist" +
    " where state like 'Waiting for table%';";
  do await session.send(waiting); while (await session.next() !== "1");

  const stopped = output(["docker", "stop", container("app")]);
  await logged(container("app"), "Stopping");
  await slow.finish();
  await session.send("do sleep(4); unlock tables;");
  assertEquals(await Promise.all(begun), begun.map(() => 200));
  assertMatch(await slow.answer(), /^HTTP\/1\.1 201 /);
  await stopped;
  // Not 137: the engine did not have to kill it when its grace was over.
  const state = ["--format", "{{.State.ExitCode}}", container("app")];
  assertEquals(await output(["docker", "inspect", ...state]), "0");
  assertEquals((await writing.ended()).refused, WRITERS);
  await session.close();
}

async function migratesOnce(
  { url, container, directory, env, project }: Released,
) {
  const session = openSession(container("db"));
  await session.send(
    "drop table todos, kysely_migration, kysely_migration_lock; select 'dropped';",
  );
  assertEquals(await session.next(), "dropped");
  await session.close();
  const ready = await fetch(`${url}/health/ready`);
  assertEquals(ready.status, 503);
  assertStringIncludes(await ready.text(), 'run \\"migrate\\"');

  const migrate = () =>
    output([
      ...["docker", "compose", "--project-name", twinOf(project)] as const,
      ...["run", "--rm", "--no-deps", "-T", "migrate"],
    ], { cwd: directory, env });
  const said = await Promise.all([migrate(), migrate()]);
  assertEquals(said.toSorted(), [
    'Applied migration "0001_create_todos"',
    "No migrations to apply",
  ]);
  assertEquals(await statusOf(`${url}/health/ready`), 200);

  const newer = openSession(container("db"));
  await newer.send(
    "insert into kysely_migration values ('0002_newer', '2030'); select 'newer';",
  );
  assertEquals(await newer.next(), "newer");
  assertEquals(
    await migrate(),
    "No migrations to apply (the schema has 0002_newer, which a newer release made)",
  );
  assertEquals(await statusOf(`${url}/health/ready`), 200);
  await newer.send("delete from kysely_migration where name = '0002_newer';");
  await newer.close();
}

async function hasNoRights(
  { container, project, directory, env }: Released,
) {
  const app = container("app");
  const status = await output([
    "docker",
    "exec",
    app,
    "cat",
    "/proc/1/status",
  ]);
  assertMatch(status, /^Uid:\t1000\t/m);
  assertMatch(status, /^CapBnd:\t0+$/m);
  assertMatch(status, /^NoNewPrivs:\t1$/m);
  for (const file of ["/app/x", "/tmp/x", "/public/static/x"]) {
    const { code } = await exec(["docker", "exec", app, "touch", file]);
    assert(code !== 0, file);
  }
  const root = await exec([
    "docker",
    "exec",
    app,
    "cat",
    "/run/secrets/root",
  ]);
  assert(root.code !== 0);
  // The code is root's, which counts where the file system is not read-only.
  const owned = ["find", "/app", "/deno-dir", "!", "-user", "root"] as const;
  assertEquals(await output(["docker", "exec", app, ...owned]), "");

  const secrets = await Promise.all(
    ["root", "todo"].map((name) =>
      output([
        "docker",
        "exec",
        container("db"),
        "cat",
        `/run/secrets/${name}`,
      ])
    ),
  );
  const image = `${project}-release`;
  const seen = await Promise.all([
    output(["docker", "inspect", app, container("db"), image]),
    output(["docker", "history", "--no-trunc", image]),
    output(["docker", "compose", "config"], { cwd: directory, env }),
    output(["docker", "top", app]),
    output(["docker", "top", container("db")]),
    output([
      "sh",
      "-c",
      `docker logs ${app} 2>&1; docker logs ${container("db")} 2>&1`,
    ]),
    output(["grep", "-r", "", "reports"], { cwd: directory }),
  ]);
  for (const secret of secrets) {
    assertMatch(secret, /^[0-9a-f]{48}$/);
    assertEquals(
      seen.map((text) => text.includes(secret)),
      seen.map(() => false),
    );
  }
}

async function namesWrongSettings({ project }: Released) {
  const cases = [
    ["PORT=abc", 2, 'Cannot use PORT="abc": expected a port number'],
    ["PORT=70000", 2, 'Cannot use PORT="70000": expected a port number'],
    ["HOST=a b", 2, 'Cannot use HOST="a b": expected a host name'],
    ["MYSQL_PORT=x", 2, 'Cannot use MYSQL_PORT="x": expected a port number'],
    ["STOP_DELAY=soon", 2, 'Cannot use STOP_DELAY="soon": expected seconds'],
    [
      "MYSQL_PASSWORD_FILE=/etc/shadow",
      2,
      'Cannot use MYSQL_PASSWORD_FILE="/etc/shadow": this process may not use it',
    ],
    [
      "MYSQL_PASSWORD_FILE=/run/secrets/x",
      2,
      'Cannot use MYSQL_PASSWORD_FILE="/run/secrets/x": it is not there',
    ],
    ["HOST=::", 1, 'Cannot serve static files from "/public/static"'],
  ] as const;
  for (const [setting, code, message] of cases) {
    const image = `${project}-release`;
    const run = ["docker", "run", "--rm", "--env", setting, image] as const;
    const ended = await exec(run);
    assertEquals([setting, ended.code], [setting, code]);
    assertStringIncludes(ended.stderr, `todobackend: ${message}`);
    assertEquals(ended.stderr.trim().split("\n").length, 1);
  }
  const sqlite = ["--env", "DATABASE=sqlite", `${project}-release`] as const;
  const ended = await exec(["docker", "run", "--rm", ...sqlite, "migrate"]);
  assertEquals(
    [ended.code, ended.stderr.trim()],
    [
      1,
      'todobackend: Cannot use database "db.sqlite3" (DATABASE, SQLITE_PATH): this process may not use it',
    ],
  );
}

/** The checks of one release, in an order in which none is in the way of the next. */
const ASKED: Readonly<Record<string, (released: Released) => Promise<void>>> = {
  "containers without rights, and a password that only they have": hasNoRights,
  "a setting that is wrong ends the container with one line":
    namesWrongSettings,
  "a thousand creates at once are answered, and the server stays ready":
    answersCrowds,
  "updates at once are each answered with what they made": answersOwnUpdates,
  "the database goes away and comes back: nothing acknowledged is lost, nothing is restarted":
    losesNothingWithoutDatabase,
  "two migrations at once make the schema once; without it the server is not ready":
    migratesOnce,
  "stopping under load answers what has begun, and ends with 0 in time":
    stopsUnderLoad,
  "stopping breaks no connection that writes beside one that stalls, and stores nothing without an answer":
    breaksNoConnection,
};

Deno.test("todobackend holds what production asks of it", (t) =>
  withReleased(async (released) => {
    for (const [name, ask] of Object.entries(ASKED)) {
      assert(await t.step(name, () => ask(released)), name);
    }
  }));
