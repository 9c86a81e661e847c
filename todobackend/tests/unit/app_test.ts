/**
 * What the application promises besides the API: page, static files, CORS, hosts, health, log.
 *
 * @module
 */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { Entry } from "../../src/log.ts";
import type { TodoStore } from "../../src/store.ts";
import { apiOf, ASSETS, withApi } from "./api.ts";

Deno.test(
  "the root is a page, and links the API for those who ask for JSON",
  withApi(async ({ send }) => {
    const html = [
      "*/*",
      "text/html,application/json;q=0.9",
      "application/json;q=0",
      "",
    ];
    for (const accept of html) {
      const page = await send("GET", "/", undefined, { Accept: accept });
      assertEquals(page.status, 200);
      assertMatch(page.headers.get("Content-Type") ?? "", /^text\/html/);
      assertStringIncludes(await page.text(), "<h1>Todo</h1>");
    }
    const json = [
      "application/json",
      "APPLICATION/JSON",
      "application/json, text/html;q=0.1",
    ];
    for (const accept of json) {
      const root = await send("GET", "/", undefined, { Accept: accept });
      assertEquals(await root.json(), { todos: "http://localhost/todos" });
    }
  }),
);

Deno.test(
  "static files come with their content types, for ever",
  withApi(async ({ send }) => {
    const types = [
      ["style.css", "text/css; charset=utf-8"],
      ["app.js", "text/javascript; charset=utf-8"],
      ["icon.svg", "image/svg+xml; charset=utf-8"],
    ] as const;
    for (const [source, type] of types) {
      const name = ASSETS.names.get(source)!;
      assertMatch(name, /^\w+\.[0-9a-f]{12}\.\w+$/);
      const response = await send("GET", `/static/${name}`);
      assertEquals(response.status, 200);
      assertEquals(response.headers.get("Content-Type"), type);
      assertEquals(
        response.headers.get("Cache-Control"),
        "public, max-age=31536000, immutable",
      );
      assertEquals(await response.bytes(), ASSETS.files.get(name));
      const refused = await send("POST", `/static/${name}`);
      assertEquals(refused.status, 405);
      assertEquals(refused.headers.get("Allow"), "GET, HEAD, OPTIONS");
      const missing = await send("GET", `/static/${source}`);
      assertEquals(missing.status, 404);
      assertEquals(missing.headers.get("Cache-Control"), "no-cache");
    }
  }),
);

Deno.test(
  "the page names its files by their hashes, is asked for each time, and may do only what it does",
  withApi(async ({ send }) => {
    const page = await send("GET", "/");
    const text = await page.text();
    const names = [...text.matchAll(/"\/static\/([^"]+)"/g)].map(([, name]) =>
      name
    );
    const known = [...ASSETS.files.keys()]
      .filter((name) => !name.startsWith("page."));
    assertEquals(names.toSorted(), known.toSorted());
    assertEquals(page.headers.get("Cache-Control"), "no-cache");
    assertEquals(page.headers.get("Vary"), "Accept-Encoding, Accept");
    const policy = page.headers.get("Content-Security-Policy") ?? "";
    assertStringIncludes(policy, "default-src 'none'; script-src 'self';");
    assertEquals(policy.includes("unsafe"), false);
    assertEquals(page.headers.get("X-Frame-Options"), "DENY");
    assertMatch(page.headers.get("Permissions-Policy") ?? "", /camera=\(\)/);
    const again = await send("GET", "/", undefined, {
      "If-None-Match": page.headers.get("ETag") ?? "",
    });
    assertEquals([again.status, await again.text()], [304, ""]);
  }),
);

Deno.test(
  "static files: nothing outside the folder, and nothing hidden, is served",
  withApi(async ({ send }) => {
    const paths = [
      "/static/",
      "/static/.",
      "/static/missing.css",
      "/static/app.js/x",
      "/static/%2e%2e%2fdeno.json",
      "/static/x%2f..%2f..%2fdeno.json",
      "/static/..%5cdeno.json",
      "/static/%2fetc/passwd",
      "/static//etc/passwd",
      "/static/%00",
      "/static/%ff",
      "/static/.gitignore",
    ];
    for (const path of paths) {
      const response = await send("GET", path);
      assertEquals([path, response.status], [path, 404]);
      await response.body?.cancel();
    }
  }),
);

Deno.test(
  "CORS: pages of every origin may use the API, and caches need not ask which",
  withApi(async ({ send }) => {
    const allowed = "Access-Control-Allow-Origin";
    const origin = { Origin: "http://elsewhere" };
    for (const path of ["/todos", "/todos/1"]) {
      for (const headers of [origin, {}]) {
        const response = await send("GET", path, undefined, headers);
        assertEquals(response.headers.get(allowed), "*");
      }
    }
    const preflight = await send("OPTIONS", "/todos/1", undefined, {
      ...origin,
      "Access-Control-Request-Method": "PATCH",
    });
    assertEquals([preflight.status, await preflight.text()], [200, ""]);
    assertEquals(preflight.headers.get(allowed), "*");
    assertStringIncludes(
      preflight.headers.get("Access-Control-Allow-Methods") ?? "",
      "PATCH",
    );
    assertEquals(preflight.headers.get("Access-Control-Max-Age"), "86400");
  }),
);

Deno.test(
  "every answer forbids to guess its type, and says how long it may be kept",
  withApi(async ({ send }) => {
    const cases = [
      ["GET", "/todos", "no-cache"],
      ["POST", "/todos", "no-cache"],
      ["PUT", "/todos", "no-cache"],
      ["GET", "/nope", "no-cache"],
      ["GET", "/health/live", "no-cache"],
      ["OPTIONS", "/todos", "no-cache"],
      ["GET", "/", "no-cache"],
    ] as const;
    for (const [method, path, control] of cases) {
      const { headers } = await send(method, path);
      assertEquals(headers.get("X-Content-Type-Options"), "nosniff");
      assertEquals([path, headers.get("Cache-Control")], [path, control]);
    }
  }),
);

Deno.test(
  "hosts that are not allowed are refused, but not the health checks",
  withApi(async ({ send }) => {
    const cases = [
      ["http://todo.example/todos", 200],
      ["http://a.sub.example/todos", 200],
      ["http://sub.example/todos", 200],
      ["http://notsub.example/todos", 400],
      ["http://evil.example/todos", 400],
      ["http://evil.example/health/ready", 200],
    ] as const;
    for (const [url, status] of cases) {
      assertEquals([url, (await send("GET", url)).status], [url, status]);
    }
  }, { allowedHosts: ["todo.example", ".sub.example"] }),
);

Deno.test("a broken database: readiness and API answer 503, a bug 500", async () => {
  const lines: Entry[] = [];
  const broken = (error: Error) => {
    const fail = () => Promise.reject(error);
    const store: Partial<TodoStore> = { check: fail, list: fail };
    return apiOf(store as TodoStore, {
      explain: () => "explained",
      log: (entry) => lines.push(entry),
    });
  };
  const refused = broken(Object.assign(new Error(), { code: "ECONNREFUSED" }));
  const health = await refused.send("GET", "/health/ready");
  assertEquals(health.status, 503);
  assertEquals(await health.json(), {
    status: "unavailable",
    detail: "explained",
  });
  const unavailable = await refused.send("GET", "/todos");
  assertEquals(unavailable.status, 503);
  assertEquals(unavailable.headers.get("Retry-After"), "1");
  assertEquals(lines[0]?.message, "explained");
  const bug = await broken(new TypeError("secret")).send("GET", "/todos");
  assertEquals(bug.status, 500);
  assertEquals(await bug.json(), { detail: "Internal server error." });
  assertEquals([lines[1]?.status, lines[1]?.id], [503, lines[0]?.id]);
  assertStringIncludes(String(lines[2]?.message), "TypeError: secret");
});

Deno.test(
  "readiness answers 200 when the database has its schema",
  withApi(async ({ send }) => {
    const response = await send("GET", "/health/ready");
    assertEquals([response.status, await response.json()], [200, {
      status: "ok",
    }]);
  }),
);

Deno.test("each request is one entry in the log, without what people typed", async () => {
  const entries: Entry[] = [];
  await withApi(async ({ send }) => {
    const secret = "ann@example.com";
    await send("POST", `/todos?q=${secret}`, { title: secret });
    const response = await send("GET", `/${secret}`);
    assertEquals(
      entries.map(({ method, route, status }) => [method, route, status]),
      [["POST", "/todos", 201], ["GET", "/*", 404]],
    );
    assertEquals(response.headers.get("X-Request-Id"), entries[1]?.id);
    assertEquals(JSON.stringify(entries).includes(secret), false);
  }, { log: (entry) => entries.push(entry) })();
});

Deno.test("the log names the route that has answered, and has no probes", async () => {
  const entries: Entry[] = [];
  await withApi(async ({ send }) => {
    await send("GET", "/health/live");
    await send("GET", "/health/ready?x");
    await send("GET", "/");
    await send("PATCH", "/todos/1", { title: "x" });
    await send("HEAD", "/openapi.json");
    await send("POST", "/openapi.json");
    await send("GET", "/static/none");
    await send("GET", "/health/none");
    assertEquals(
      entries.map(({ method, route, status }) => [method, route, status]),
      [
        ["GET", "/", 200],
        ["PATCH", "/todos/:id", 404],
        ["HEAD", "/openapi.json", 200],
        ["POST", "/*", 405],
        ["GET", "/static/:name", 404],
        ["GET", "/*", 404],
      ],
    );
  }, { log: (entry) => entries.push(entry) })();
});

Deno.test("a server that stops is alive, but not ready", () =>
  withApi(async ({ send }) => {
    assertEquals((await send("GET", "/health/live")).status, 200);
    assertEquals((await send("GET", "/health/ready")).status, 503);
  }, { isStopping: () => true })());

Deno.test("a server whose schema is behind says so, and is not ready", () =>
  withApi(async ({ send, db }) => {
    await db?.deleteFrom("kysely_migration").execute();
    const response = await send("GET", "/health/ready");
    assertEquals(response.status, 503);
    assertEquals(
      (await response.json()).detail,
      'the schema is behind, run "migrate" (0001_create_todos)',
    );
  })());
