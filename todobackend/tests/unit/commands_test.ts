/**
 * What the commands do, print and answer as exit code.
 *
 * @module
 */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { Kysely } from "kysely";
import { main } from "../../src/main.ts";
import { applyMigrations, MIGRATIONS } from "../../src/migrate.ts";
import { serve } from "../../src/serve.ts";
import { openSqlite } from "../../src/sqlite.ts";
import { readAssets } from "../../src/static.ts";
import { createStore } from "../../src/store.ts";

/** Runs a command in a folder of its own; `listening` is called when the server is. */
async function run(
  args: readonly string[],
  env: Record<string, string>,
  listening: (stop: () => void) => void = () => {},
): Promise<{ code: number; out: string; err: string }> {
  const [out, err]: [string[], string[]] = [[], []];
  let stop = () => {};
  const code = await main(args, {
    env: (name) => env[name],
    out(line) {
      out.push(line);
      if (line.includes("Listening")) listening(stop);
    },
    err: (line) => err.push(line),
    onStop: (callback) => stop = callback,
  });
  return { code, out: out.join("\n"), err: err.join("\n") };
}

/** Makes a test that is given settings whose files are in a new folder. */
function withFolder(
  test: (env: Record<string, string>, folder: string) => Promise<void>,
): () => Promise<void> {
  return async () => {
    const folder = await Deno.makeTempDir();
    try {
      await test({
        DATABASE: "sqlite",
        SQLITE_PATH: `${folder}/db.sqlite3`,
        STATIC_ROOT: `${folder}/public/static`,
        HOST: "127.0.0.1",
      }, folder);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  };
}

/** A port that was free a moment ago. */
function freePort(): string {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return String(listener.addr.port);
}

Deno.test("help is printed on demand, and with what is wrong", async () => {
  for (const option of ["--help", "-h"]) {
    const { code, out } = await run([option], {});
    assertEquals(code, 0);
    assertMatch(out, /serve .*\n.*migrate .*\n.*collectstatic /);
  }
  const cases = [
    [[], "No command given"],
    [["toString"], 'Unknown command "toString"'],
    [["migrate", "now"], 'Command "migrate" takes no arguments, got "now"'],
  ] as const;
  for (const [args, message] of cases) {
    const { code, out, err } = await run(args, {});
    assertEquals([code, out], [2, ""]);
    assertStringIncludes(err, message);
  }
});

Deno.test("bad settings end every command with 2 and one line", async () => {
  for (const command of ["migrate", "serve"]) {
    assertEquals(await run([command], { DATABASE: "x" }), {
      code: 2,
      out: "",
      err: 'todobackend: Cannot use DATABASE="x": expected "mysql" or "sqlite"',
    });
  }
});

Deno.test(
  "migrate makes the schema once",
  withFolder(async (env) => {
    const first = await run(["migrate"], env);
    assertEquals(first.out, 'Applied migration "0001_create_todos"');
    assertEquals(await run(["migrate"], env), {
      code: 0,
      out: "No migrations to apply",
      err: "",
    });
  }),
);

Deno.test(
  "an older release goes on with the schema of a newer one, and a newer one with that of an older",
  withFolder(async (env) => {
    await run(["migrate"], env);
    const database = openSqlite(env.SQLITE_PATH!);
    const newer = {
      ...MIGRATIONS,
      "0002_add_due": {
        up: async (db: Kysely<unknown>) =>
          await db.schema.alterTable("todos").addColumn("due", "varchar(10)")
            .execute(),
      },
    };
    const applied = await applyMigrations(database, newer);
    assertEquals(applied, { applied: ["0002_add_due"], newer: [] });
    const store = createStore(database);
    const title = "of the older release";
    await store.check();
    await store.create({ title, completed: false, order: null });
    assertEquals(await store.update(1, { order: 2 }), {
      id: 1,
      title,
      completed: false,
      order: 2,
    });
    await database.destroy();
    assertEquals(await run(["migrate"], env), {
      code: 0,
      out:
        "No migrations to apply (the schema has 0002_add_due, which a newer release made)",
      err: "",
    });
  }),
);

Deno.test(
  "what this release lacks and what a newer one has made can both be in one schema",
  withFolder(async (env) => {
    const database = openSqlite(env.SQLITE_PATH!);
    const nothing = { up: () => Promise.resolve() };
    await applyMigrations(database, { "0002_other": nothing });
    await database.destroy();
    const { code, out } = await run(["migrate"], env);
    assertEquals([code, out], [0, 'Applied migration "0001_create_todos"']);
  }),
);

Deno.test("migrate says when the database cannot be reached", async () => {
  const port = freePort();
  const env = { MYSQL_HOST: "127.0.0.1", MYSQL_PORT: port };
  assertEquals(await run(["migrate"], env), {
    code: 1,
    out: "",
    err:
      `todobackend: Cannot use database "todobackend" at 127.0.0.1:${port}: connection refused (MYSQL_HOST, MYSQL_PORT)`,
  });
});

Deno.test(
  "migrate says when the SQLite file cannot be opened",
  withFolder(async (env, folder) => {
    const path = `${folder}/missing/db.sqlite3`;
    for (const command of ["migrate", "serve"]) {
      await run(["collectstatic"], env);
      const { code, err } = await run([command], { ...env, SQLITE_PATH: path });
      assertEquals(code, 1);
      assertMatch(
        err,
        /^todobackend: Cannot use database .* \(DATABASE, SQLITE_PATH\): /,
      );
    }
  }),
);

Deno.test(
  "collectstatic says when it cannot write",
  withFolder(async (env, folder) => {
    await Deno.writeTextFile(`${folder}/public`, "a file, not a folder");
    const { code, err } = await run(["collectstatic"], env);
    assertEquals(code, 1);
    assertMatch(err, /^todobackend: Cannot collect .*\(STATIC_ROOT\)$/);
  }),
);

Deno.test(
  "serve needs the collection of its own release",
  withFolder(async (env) => {
    const root = env.STATIC_ROOT;
    const refusal = async () => {
      const { code, out, err } = await run(["serve"], env);
      assertEquals([code, out], [1, ""]);
      assertMatch(
        err,
        /^todobackend: Cannot serve static files from ".*run "collectstatic" \(STATIC_ROOT\)$/,
      );
      return err;
    };
    assertStringIncludes(await refusal(), "it is not there");
    await run(["collectstatic"], env);
    const { names } = await readAssets();
    const name = names.get("app.js")!;
    await Deno.rename(`${root}/${name}`, `${root}/app.0123456789ab.js`);
    assertStringIncludes(await refusal(), `${name} is not there`);
  }),
);

Deno.test(
  "serve says when it cannot listen",
  withFolder(async (env) => {
    await run(["collectstatic"], env);
    using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const PORT = String(taken.addr.port);
    const { code, err } = await run(["serve"], { ...env, PORT });
    assertEquals(code, 1);
    assertMatch(err, /Cannot listen on 127\.0\.0\.1:\d+: .*\(HOST, PORT\)$/);
  }),
);

Deno.test(
  "serve answers until it is asked to stop, then ends with 0",
  withFolder(async (env) => {
    await run(["migrate"], env);
    await run(["collectstatic"], env);
    const PORT = freePort();
    let answer: Promise<Response> | undefined;
    const { code, err } = await run(["serve"], { ...env, PORT }, (stop) => {
      answer = fetch(`http://127.0.0.1:${PORT}/todos`);
      answer.finally(stop).catch(() => {});
    });
    assertEquals([code, err], [0, ""]);
    assertEquals(await (await answer)?.json(), []);
  }),
);

Deno.test(
  "serve reads the rest of a body that is on its way when it is asked to stop",
  withFolder(async (env) => {
    await run(["migrate"], env);
    await run(["collectstatic"], env);
    const PORT = freePort();
    const port = Number(PORT);
    let answer: Promise<string> | undefined;
    const { code } = await run(["serve"], { ...env, PORT }, (stop) => {
      answer = (async () => {
        const address = { hostname: "127.0.0.1", port };
        using connection = await Deno.connect(address);
        const write = (text: string) =>
          connection.write(new TextEncoder().encode(text));
        await write(
          "POST /todos HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 13\r\n\r\n",
        );
        await write('{"order"');
        // An answer to this one: the server has read what was sent before.
        await (await fetch(`http://127.0.0.1:${PORT}/todos`)).body?.cancel();
        stop();
        // It has noticed: from now on it is not ready.
        const ready = await fetch(`http://127.0.0.1:${PORT}/health/ready`);
        assertEquals(ready.status, 503);
        await ready.body?.cancel();
        await write(":123}");
        const buffer = new Uint8Array(4096);
        const count = await connection.read(buffer);
        return new TextDecoder().decode(buffer.subarray(0, count ?? 0));
      })();
      answer.catch(() => {});
    });
    assertEquals(code, 0);
    assertMatch(
      await answer ?? "",
      /^HTTP\/1.1 201 Created\r\n[^]*"order":123/,
    );
  }),
);

Deno.test(
  "serve starts without the schema, and says what to do",
  withFolder(async (env) => {
    await run(["collectstatic"], env);
    const PORT = freePort();
    let health: Promise<Response> | undefined;
    let checked: ReturnType<typeof run> | undefined;
    const { code, out } = await run(["serve"], { ...env, PORT }, (stop) => {
      checked = run(["healthcheck"], { PORT });
      health = checked.then(() =>
        fetch(`http://127.0.0.1:${PORT}/health/ready`)
      );
      health.finally(stop).catch(() => {});
    });
    assertEquals(code, 0);
    assertStringIncludes(out, 'the schema is missing, run \\"migrate\\"');
    assertEquals((await health)?.status, 503);
    await (await health)?.body?.cancel();
    const check = await checked;
    assertEquals(check?.code, 1);
    assertMatch(
      check?.err ?? "",
      /^todobackend: Not ready: .*the schema is missing/,
    );
  }),
);

/** Sends text to a server, and answers all that comes back until it closes the connection. */
async function exchange(port: string, text: string): Promise<string> {
  using connection = await Deno.connect({
    hostname: "127.0.0.1",
    port: Number(port),
  });
  await connection.write(new TextEncoder().encode(text));
  return await new Response(connection.readable).text();
}

const SHORT = {
  headersTimeout: 100,
  requestTimeout: 200,
  keepAliveTimeout: 100,
  connectionsCheckingInterval: 20,
};

/** Serves while something is asked of the server. */
async function whileServing(
  env: Record<string, string>,
  ask: (port: string) => Promise<void>,
  limits?: typeof SHORT,
): Promise<void> {
  const PORT = freePort();
  await run(["migrate"], env);
  await run(["collectstatic"], env);
  const all: Record<string, string> = { ...env, PORT };
  let stop = () => {};
  let asked: Promise<void> | undefined;
  await serve({
    env: (name) => all[name],
    out(line) {
      if (!line.includes("Listening")) return;
      asked = ask(PORT).finally(stop);
      asked.catch(() => {});
    },
    err: () => {},
    onStop: (callback) => stop = callback,
  }, limits);
  await asked;
}

Deno.test(
  "serve: a Host header that is none is answered 400, and chooses no route",
  withFolder((env) =>
    whileServing(env, async (port) => {
      const end = "Content-Length: 0\r\nConnection: close\r\n\r\n";
      const hosts = [
        "Host: h/todos?",
        "Host: h/todos#",
        "Host: u@h",
        "Host: a b",
        "Host: a,b",
        "Host: a\r\nHost: b",
        "Host: h:x",
        "Host:",
        "X-Nothing: x",
      ];
      for (const host of hosts) {
        for (const line of ["POST /health/live", "GET /todos", "GET /"]) {
          const text = `${line} HTTP/1.1\r\n${host}\r\n${end}`;
          const answer = await exchange(port, text);
          assertEquals([host, line, answer.slice(0, 12)], [
            host,
            line,
            "HTTP/1.1 400",
          ]);
        }
      }
      const good = `GET /todos HTTP/1.1\r\nHost: [::1]:81\r\n${end}`;
      assertMatch(await exchange(port, good), /^HTTP\/1.1 200 [^]*\[\]$/);
    })
  ),
);

Deno.test(
  "serve: what a client does not send is waited for only so long",
  withFolder((env) =>
    whileServing(env, async (port) => {
      const cases = [
        "",
        "GET /todos HTTP/1.1\r\nHost: x",
        "POST /todos HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{",
      ];
      for (const text of cases) {
        assertMatch(await exchange(port, text), /^HTTP\/1.1 408 /);
      }
      const idle = "GET /todos HTTP/1.1\r\nHost: x\r\n\r\n";
      assertMatch(await exchange(port, idle), /^HTTP\/1.1 200 /);
    }, SHORT)
  ),
);

Deno.test(
  "serve says Connection: close to who keeps a connection while it stops",
  withFolder(async (env) => {
    await run(["migrate"], env);
    await run(["collectstatic"], env);
    const PORT = freePort();
    let answers: Promise<string> | undefined;
    const { code } = await run(["serve"], { ...env, PORT }, (stop) => {
      answers = (async () => {
        const address = { hostname: "127.0.0.1", port: Number(PORT) };
        using connection = await Deno.connect(address);
        const request = "GET /todos HTTP/1.1\r\nHost: x\r\n\r\n";
        const send = () => connection.write(new TextEncoder().encode(request));
        const buffer = new Uint8Array(4096);
        await send();
        await connection.read(buffer);
        stop();
        // Until the port is closed: from then on the next answer is the last one.
        for (;;) {
          const other = await Deno.connect(address).catch(() => undefined);
          if (other === undefined) break;
          other.close();
        }
        await send();
        return await new Response(connection.readable).text();
      })();
      answers.catch(() => {});
    });
    assertEquals(code, 0);
    assertMatch(
      await answers ?? "",
      /^HTTP\/1.1 200 OK\r\n[^]*\r\nConnection: close\r\n/,
    );
  }),
);

Deno.test(
  "serve goes on for STOP_DELAY, and is not ready",
  withFolder(async (env) => {
    await run(["migrate"], env);
    await run(["collectstatic"], env);
    const PORT = freePort();
    const all = { ...env, PORT, STOP_DELAY: "200ms" };
    let statuses: Promise<number[]> | undefined;
    const { code } = await run(["serve"], all, (stop) => {
      const ask = async (path: string) => {
        const response = await fetch(`http://127.0.0.1:${PORT}${path}`);
        await response.body?.cancel();
        return response.status;
      };
      stop();
      statuses = Promise.all(["/health/ready", "/todos"].map(ask));
      statuses.catch(() => {});
    });
    assertEquals(code, 0);
    assertEquals(await statuses, [503, 200]);
  }),
);

Deno.test(
  "serve: updates at once are each answered with what they made",
  withFolder((env) =>
    whileServing(env, async (port) => {
      const todos = `http://127.0.0.1:${port}/todos`;
      const created = await fetch(todos, { method: "POST" });
      const { url } = await created.json();
      const orders = Array.from({ length: 100 }, (_, i) => i);
      const seen = await Promise.all(orders.map(async (order) => {
        const response = await fetch(url, {
          method: "PATCH",
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify({ order }),
        });
        return (await response.json()).order;
      }));
      assertEquals(seen, orders);
    })
  ),
);
