/**
 * The sixteen cases of the public Todo-Backend specification (https://todobackend.com/specs/), with `/todos` as the root.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { type Api, type TodoJson, withApi } from "./api.ts";

const ROOT = "/todos";

/** Registers a case: it starts from an empty list, and every request comes from a page of another origin. */
function specification(
  name: string,
  test: (client: Client) => Promise<void>,
): void {
  Deno.test(
    `specification: ${name}`,
    withApi(async (api) => {
      await api.send("DELETE", ROOT);
      await test(clientOf(api));
    }),
  );
}

interface Client {
  get: <T = TodoJson>(path: string) => Promise<T>;
  post: (fields: unknown) => Promise<TodoJson>;
  patch: (url: string, fields: unknown) => Promise<TodoJson>;
  delete: (path: string) => Promise<void>;
}

function clientOf({ send }: Api): Client {
  const call = async (method: string, path: string, body?: unknown) => {
    const origin: Record<string, string> = { Origin: "http://spec.example" };
    if (body) origin["Content-Type"] = "application/json";
    const text = body ? JSON.stringify(body) : undefined;
    const response = await send(method, path, text, origin);
    assert(response.ok, `${method} ${path}: ${response.status}`);
    const { headers } = response;
    assertEquals(headers.get("Access-Control-Allow-Origin"), "*");
    return response;
  };
  return {
    get: async (path) => (await call("GET", path)).json(),
    post: async (fields) => (await call("POST", ROOT, fields)).json(),
    patch: async (url, fields) => (await call("PATCH", url, fields)).json(),
    delete: async (path) => void await call("DELETE", path),
  };
}

specification("the root responds to a GET, with CORS headers", async (c) => {
  await c.get(ROOT);
});

specification("the root responds to a POST with the todo", async (c) => {
  assertEquals((await c.post({ title: "a todo" })).title, "a todo");
});

specification("the root responds successfully to a DELETE", async (c) => {
  await c.delete(ROOT);
});

specification("after a DELETE the list is an empty array", async (c) => {
  await c.post({ title: "a todo" });
  await c.delete(ROOT);
  assertEquals(await c.get<TodoJson[]>(ROOT), []);
});

specification("a POST adds a new todo to the list", async (c) => {
  await c.post({ title: "walk the dog" });
  const all = await c.get<TodoJson[]>(ROOT);
  assertEquals(all.map(({ title }) => title), ["walk the dog"]);
});

specification("a new todo is not completed", async (c) => {
  assertEquals((await c.post({ title: "blah" })).completed, false);
  const [todo] = await c.get<TodoJson[]>(ROOT);
  assertEquals(todo?.completed, false);
});

specification("each new todo has a url", async (c) => {
  assertEquals(typeof (await c.post({ title: "blah" })).url, "string");
  const [todo] = await c.get<TodoJson[]>(ROOT);
  assertEquals(typeof todo?.url, "string");
});

specification("the url of a new todo returns it", async (c) => {
  const { url } = await c.post({ title: "my todo" });
  assertEquals((await c.get(url)).title, "my todo");
});

specification("one can navigate from the list to a todo", async (c) => {
  const titles = ["todo the first", "todo the second"];
  await Promise.all(titles.map((title) => c.post({ title })));
  const all = await c.get<TodoJson[]>(ROOT);
  assertEquals(all.length, 2);
  for (const todo of all) assertEquals(await c.get(todo.url), todo);
});

specification("PATCH changes the title", async (c) => {
  const { url } = await c.post({ title: "initial title" });
  const changed = await c.patch(url, { title: "bathe the cat" });
  assertEquals(changed.title, "bathe the cat");
});

specification("PATCH changes the completedness", async (c) => {
  const { url } = await c.post({ title: "blah" });
  assertEquals((await c.patch(url, { completed: true })).completed, true);
});

specification("changes show when a todo is read again", async (c) => {
  const { url } = await c.post({ title: "blah" });
  await c.patch(url, { title: "changed title", completed: true });
  const [one, all] = await Promise.all([c.get(url), c.get<TodoJson[]>(ROOT)]);
  assertEquals([one.title, one.completed], ["changed title", true]);
  assertEquals(all, [one]);
});

specification("DELETE deletes a todo", async (c) => {
  const { url } = await c.post({ title: "blah" });
  await c.delete(url);
  assertEquals(await c.get<TodoJson[]>(ROOT), []);
});

specification("a todo can be created with an order", async (c) => {
  assertEquals((await c.post({ title: "blah", order: 523 })).order, 523);
});

specification("PATCH changes the order", async (c) => {
  const { url } = await c.post({ title: "blah", order: 10 });
  assertEquals((await c.patch(url, { order: 95 })).order, 95);
});

specification("changes of the order are remembered", async (c) => {
  const { url } = await c.post({ title: "blah", order: 10 });
  await c.patch(url, { order: 95 });
  assertEquals((await c.get(url)).order, 95);
});
