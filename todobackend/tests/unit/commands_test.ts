/**
 * What the commands do, print and answer as exit code.
 *
 * @module
 */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { main } from "../../src/main.ts";

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

/** A thread that waits for the path of a SQLite file to migrate. */
async function migrator(): Promise<Worker> {
  const url = new URL("migrate_worker.ts", import.meta.url);
  const worker = new Worker(url, { type: "module" });
  assertEquals(await answerOf(worker), "loaded");
  return worker;
}

function answerOf(worker: Worker): Promise<unknown> {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(message));
  });
}

Deno.test(
  "migrate waits for another one that runs at the same time",
  withFolder(async ({ SQLITE_PATH }) => {
    const workers = await Promise.all([1, 2].map(migrator));
    const answers = workers.map(answerOf);
    for (const worker of workers) worker.postMessage(SQLITE_PATH);
    const done = await Promise.all(answers) as {
      code: number;
      lines: string[];
    }[];
    for (const worker of workers) worker.terminate();
    assertEquals(done.map(({ code }) => code), [0, 0], JSON.stringify(done));
    assertEquals(done.flatMap(({ lines }) => lines).toSorted(), [
      'Applied migration "0001_create_todos"',
      "No migrations to apply",
    ]);
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
      assertMatch(err, /^todobackend: Cannot use database .*\(SQLITE_PATH\)$/);
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
  "serve needs the collection of its own release, whole",
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
    assertStringIncludes(await refusal(), "No such file");

    await run(["collectstatic"], env);
    const path = `${root}/manifest.json`;
    const manifest = await Deno.readTextFile(path);
    const { current } = JSON.parse(manifest);
    for (const name of [current["app.js"], `${current["style.css"]}.br`]) {
      await Deno.writeTextFile(`${root}/${name}`, "else", { append: true });
      assertStringIncludes(await refusal(), `${name} is damaged`);
      await Deno.remove(`${root}/${name}`);
      assertStringIncludes(await refusal(), "No such file");
      await run(["collectstatic"], env);
    }
    for (const other of ["", "null", "{}", '{"current": {}, "files": [1]}']) {
      await Deno.writeTextFile(path, other);
      await refusal();
    }
    await Deno.writeTextFile(path, '{"current": {}, "files": {}}');
    assertMatch(await refusal(), /: \S+ is not the one of this release, run/);
    const outside = { current: {}, files: { "../x": { identity: "" } } };
    await Deno.writeTextFile(path, JSON.stringify(outside));
    assertStringIncludes(await refusal(), "manifest.json is not a manifest");
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
