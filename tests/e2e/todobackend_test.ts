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

/** The client of the database, as its administrator, whose password no command line has. */
function client(container: string): [string, ...string[]] {
  const script =
    "MYSQL_PWD=$(cat /run/secrets/root) exec mariadb -uroot -Nn todobackend";
  return ["docker", "exec", "-i", container, "sh", "-c", script];
}

/** A session with the database that stays open. */
function openSession(container: string) {
  const [program, ...args] = client(container);
  const child = new Deno.Command(program, {
    args,
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  const lines = linesOf(child.stdout);
  return {
    send: (sql: string) => writer.write(new TextEncoder().encode(`${sql}\n`)),
    next: async () => (await lines.next()).value,
    async close() {
      await writer.close();
      while (!(await lines.next()).done);
      await child.status;
    },
  };
}

async function* linesOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>) {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
}

async function create(url: string, title: string): Promise<number> {
  const response = await fetch(`${url}/todos`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ title }),
  });
  await response.body?.cancel();
  return response.status;
}

async function patch(url: string): Promise<number> {
  const response = await fetch(url, {
    method: "PATCH",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ completed: true }),
  });
  await response.body?.cancel();
  return response.status;
}

/** The titles of all todos, page by page. */
async function titles(url: string): Promise<string[]> {
  const found: string[] = [];
  let next: string | undefined = `${url}/todos`;
  while (next !== undefined) {
    const response: Response = await fetch(next);
    const todos: { title: string }[] = await response.json();
    found.push(...todos.map(({ title }) => title));
    next = /<([^>]+)>/.exec(response.headers.get("link") ?? "")?.[1];
  }
  return found;
}

async function statusOf(url: string): Promise<number> {
  const response = await fetch(url);
  await response.body?.cancel();
  return response.status;
}

/** Asks until the answer has this status: there is no event to wait for in another program's pool. */
async function answers(url: string, status: number): Promise<void> {
  while (await statusOf(url) !== status) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

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

/** A request whose body comes in two parts. */
async function slowBody(url: string) {
  const { hostname, port } = new URL(url);
  const connection = await Deno.connect({ hostname, port: Number(port) });
  const write = (text: string) =>
    connection.write(new TextEncoder().encode(text));
  await write(
    "POST /todos HTTP/1.1\r\nHost: app\r\nContent-Type: application/json\r\n" +
      'Content-Length: 13\r\n\r\n{"order"',
  );
  return {
    finish: () => write(":123}"),
    async answer() {
      const buffer = new Uint8Array(4096);
      const count = await connection.read(buffer);
      connection.close();
      return new TextDecoder().decode(buffer.subarray(0, count ?? 0));
    },
  };
}

/** Writes todos on one connection until the server says that it closes it; answers the titles that were acknowledged. */
async function writeOnOneConnection(
  { hostname, port }: { hostname: string; port: number },
  writer: number,
): Promise<string[]> {
  using connection = await Deno.connect({ hostname, port });
  const acknowledged: string[] = [];
  const buffer = new Uint8Array(4096);
  for (let i = 0;; i++) {
    const title = `kept ${writer}-${i}`;
    const body = JSON.stringify({ title });
    await connection.write(
      new TextEncoder().encode(
        "POST /todos HTTP/1.1\r\nHost: app\r\nContent-Type: application/json\r\n" +
          `Content-Length: ${body.length}\r\n\r\n${body}`,
      ),
    );
    const count = await connection.read(buffer);
    const answer = new TextDecoder().decode(buffer.subarray(0, count ?? 0));
    assertMatch(answer, /^HTTP\/1\.1 201 [^]*\}$/);
    acknowledged.push(title);
    if (/^Connection: close\r$/m.test(answer)) return acknowledged;
  }
}

async function breaksNoConnection({ container }: Released) {
  const app = container("app");
  await output(["docker", "start", app]);
  const format = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}";
  const hostname = await output(["docker", "inspect", "-f", format, app]);
  // Not through the engine's proxy, which accepts connections that it cannot hand on.
  const url = `http://${hostname}:8000`;
  const isThere = () => statusOf(`${url}/health/ready`).catch(() => 0);
  while (await isThere() !== 200);
  const stalled = await slowBody(url);
  const writing = Array.from(
    { length: 30 },
    (_, writer) => writeOnOneConnection({ hostname, port: 8000 }, writer),
  );
  while ((await titles(url)).every((title) => !title?.startsWith("kept")));
  await output(["docker", "stop", app]);
  const acknowledged = (await Promise.all(writing)).flat();
  assertMatch(await stalled.answer(), /^HTTP\/1\.1 408 /);

  await output(["docker", "start", app]);
  while (await isThere() !== 200);
  const kept = (await titles(url)).filter((title) => title?.startsWith("kept"));
  assertEquals(kept.toSorted(), acknowledged.toSorted());
}

/** Waits until the log of a container has a text. */
async function logged(container: string, text: string): Promise<void> {
  const child = new Deno.Command("docker", {
    args: ["logs", "--follow", container],
    stdout: "piped",
    stderr: "null",
  }).spawn();
  for await (const line of linesOf(child.stdout)) {
    if (line.includes(text)) break;
  }
  child.kill();
  await child.status;
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

async function answersCrowds({ url }: Released) {
  const crowd = Array.from({ length: 1000 }, (_, i) => `crowd ${i}`);
  const created = crowd.map((title) => create(url, title));
  assertEquals(await statusOf(`${url}/health/ready`), 200);
  const statuses = await Promise.all(created);
  assertEquals(statuses.filter((status) => status !== 201), []);
  const stored = new Set(await titles(url));
  assertEquals(crowd.filter((title) => !stored.has(title)), []);
}

async function answersOwnUpdates({ url }: Released) {
  const made = await fetch(`${url}/todos`, { method: "POST" });
  const { url: todo } = await made.json();
  const orders = Array.from({ length: 400 }, (_, order) => order);
  const seen = await Promise.all(orders.map(async (order) => {
    const response = await fetch(todo, {
      method: "PATCH",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ order }),
    });
    return (await response.json()).order;
  }));
  assertEquals(seen, orders);
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
  // Who runs the code does not own it, also where nobody makes the file system read-only.
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
  "stopping breaks no connection that writes, whoever else stalls, and stores nothing without an answer":
    breaksNoConnection,
};

Deno.test("todobackend holds what production asks of it", (t) =>
  withReleased(async (released) => {
    for (const [name, ask] of Object.entries(ASKED)) {
      assert(await t.step(name, () => ask(released)), name);
    }
  }));
