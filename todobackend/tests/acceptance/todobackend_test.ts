/**
 * What the released application must do, seen from outside.
 *
 * @module
 */

import {
  assertEquals,
  assertExists,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import {
  acceptance,
  APP_URL,
  create,
  ITEM,
  list,
  read,
  send,
  statusOf,
} from "./app.ts";

acceptance("todobackend root", async () => {
  assertEquals(await statusOf("GET", "/"), 200);
});

acceptance("todo items returns empty list", async () => {
  assertEquals(await list(), []);
});

acceptance("create todo item", async () => {
  const response = await send("POST", "/todos", ITEM);
  const created = await response.json();
  const location = response.headers.get("Location");
  assertEquals(response.status, 201);
  assertExists(location);
  const found = await read(location);
  assertEquals(found.title, ITEM.title);
  assertEquals(found, created);
});

acceptance("delete todo item", async () => {
  const { url } = await create();
  assertEquals(await statusOf("DELETE", url), 204);
  assertEquals((await list()).length, 0);
  assertEquals(await statusOf("DELETE", url), 404);
});

acceptance("a todo shows url, title, completed and order", async () => {
  const { url } = await create({ title: "Ärger 🐕", completed: true });
  assertEquals(new URL(url).host, APP_URL.host);
  assertEquals(
    await (await send("GET", "/todos")).text(),
    `[{"url":"${url}","title":"Ärger 🐕","completed":true,"order":null}]`,
  );
});

acceptance("an update with PATCH is stored", async () => {
  const { url } = await create();
  const response = await send("PATCH", url, { completed: true, order: 95 });
  assertEquals(response.status, 200);
  const expected = { url, title: ITEM.title, completed: true, order: 95 };
  assertEquals(await response.json(), expected);
  assertEquals(await read(url), expected);
  assertEquals(await list(), [expected]);
});

acceptance("an update with PUT is stored, and keeps other fields", async () => {
  const { url } = await create();
  const response = await send("PUT", url, { title: "Sell the car" });
  assertEquals(response.status, 200);
  await response.body?.cancel();
  const expected = { url, title: "Sell the car", completed: false, order: 1 };
  assertEquals(await read(url), expected);
});

acceptance("todos created at once all get URLs of their own", async () => {
  const created = await Promise.all(
    Array.from({ length: 20 }, (_, order) => create({ title: "t", order })),
  );
  assertEquals(new Set(created.map(({ url }) => url)).size, 20);
  assertEquals((await list()).length, 20);
});

acceptance(
  "the page and all that it loads are there, compressed, and need not be loaded twice",
  async () => {
    const accept = { Accept: "text/html", "Accept-Encoding": "gzip" };
    const get = (path: string, headers = {}) =>
      send("GET", path, undefined, { ...accept, ...headers });
    const page = await get("/");
    const paths = [
      ...(await page.text()).matchAll(/(?:href|src)="(\/static\/[^"]+)"/g),
    ];
    const types: string[] = [];
    for (const [, path = ""] of paths) {
      const { status, headers, body } = await get(path);
      await body?.cancel();
      assertEquals([path, status], [path, 200]);
      assertMatch(path, /^\/static\/\w+\.[0-9a-f]{12}\.\w+$/);
      assertStringIncludes(headers.get("Cache-Control") ?? "", "immutable");
      assertEquals(headers.get("Vary"), "Accept-Encoding");
      const again = { "If-None-Match": headers.get("ETag") ?? "" };
      const response = await get(path, again);
      assertEquals([path, response.status], [path, 304]);
      types.push(headers.get("Content-Type") ?? "");
    }
    for (const type of ["text/css", "text/javascript", "image/svg+xml"]) {
      assertStringIncludes(types.join(" "), type);
    }
  },
);

acceptance("what is not there answers 404", async () => {
  for (const path of ["/todos/0", "/todos/abc", "/todos/", "/static/nope"]) {
    assertEquals([path, await statusOf("GET", path)], [path, 404]);
  }
});

acceptance("bad requests answer 400 and 415", async () => {
  assertEquals(await statusOf("POST", "/todos", { order: "abc" }), 400);
  const plain = { "Content-Type": "text/plain" };
  assertEquals(await statusOf("POST", "/todos", "x", plain), 415);
  assertEquals(await list(), []);
});

acceptance("a method that is not allowed answers 405", async () => {
  const response = await send("PUT", "/todos", {});
  assertEquals(response.status, 405);
  assertEquals(
    response.headers.get("Allow"),
    "GET, POST, DELETE, HEAD, OPTIONS",
  );
  await response.body?.cancel();
});

acceptance("pages of other origins may use the API", async () => {
  const origin = { Origin: "http://elsewhere.example" };
  const response = await send("GET", "/todos", undefined, origin);
  assertEquals(response.headers.get("Access-Control-Allow-Origin"), "*");
  await response.body?.cancel();
});

acceptance("the server says that it is ready", async () => {
  assertEquals(await statusOf("GET", "/health/ready"), 200);
});

// fetch hides the spelling, which `grep Location:` and the like depend on.
if (APP_URL.protocol === "http:") {
  acceptance(
    "the Location header and the status line are spelled as tools expect",
    async () => {
      const { host, hostname, port } = APP_URL;
      using connection = await Deno.connect({
        hostname,
        port: Number(port || 80),
      });
      const request =
        `POST /todos HTTP/1.1\r\nHost: ${host}\r\nOrigin: http://x\r\n` +
        "Content-Length: 0\r\nConnection: close\r\n\r\n";
      await connection.write(new TextEncoder().encode(request));
      const chunks = await Array.fromAsync(readAll(connection));
      const answer = await new Blob(chunks).text();
      assertMatch(answer, /^HTTP\/1\.1 201 Created\r\n/);
      assertMatch(answer, /\r\nLocation: http:\/\/.+\/todos\/\d+\r\n/);
    },
  );
}

async function* readAll(connection: Deno.Conn) {
  const buffer = new Uint8Array(4096);
  for (;;) {
    const count = await connection.read(buffer);
    if (count === null) return;
    yield buffer.slice(0, count);
  }
}
