/**
 * What the API promises about todos: creating, updating, patching and deleting them.
 *
 * @module
 */

import { assertEquals, assertExists, assertMatch } from "@std/assert";
import { allTodos, createTodo, withApi } from "./api.ts";

const NEW = { title: "Walk the dog" };

Deno.test(
  "create a todo item: answers 201 Created",
  withApi(async ({ send }) => {
    assertEquals((await send("POST", "/todos", NEW)).status, 201);
  }),
);

Deno.test(
  "create a todo item: answers a Location header with a hyperlink",
  withApi(async ({ send }) => {
    const location = (await send("POST", "/todos", NEW)).headers.get(
      "Location",
    );
    assertExists(location);
    assertMatch(location, /^http:\/\/.+\/todos\/[\d]+$/);
  }),
);

Deno.test(
  "create a todo item: the item is created",
  withApi(async ({ send, store }) => {
    await send("POST", "/todos", NEW);
    assertEquals((await allTodos(store)).length, 1);
  }),
);

Deno.test(
  "create a todo item: the item has the right title",
  withApi(async ({ send, titles }) => {
    await send("POST", "/todos", NEW);
    assertEquals(await titles(), ["Walk the dog"]);
  }),
);

Deno.test(
  "update a todo item using PUT: answers 200 OK",
  withApi(async (api) => {
    const url = await createTodo(api, NEW);
    assertEquals((await api.send("PUT", url, { title: "Feed" })).status, 200);
  }),
);

Deno.test(
  "update a todo item using PUT: the item is updated",
  withApi(async (api) => {
    const url = await createTodo(api, NEW);
    await api.send("PUT", url, { title: "Feed the dog" });
    assertEquals(await api.titles(), ["Feed the dog"]);
  }),
);

Deno.test(
  "update a todo item using PATCH: answers 200 OK",
  withApi(async (api) => {
    const url = await createTodo(api, NEW);
    assertEquals((await api.send("PATCH", url, { order: 2 })).status, 200);
  }),
);

Deno.test(
  "update a todo item using PATCH: the item is updated",
  withApi(async (api) => {
    const url = await createTodo(api, NEW);
    await api.send("PATCH", url, { title: "Feed the dog" });
    assertEquals(await api.titles(), ["Feed the dog"]);
  }),
);

Deno.test(
  "delete a todo item: answers 204 No Content",
  withApi(async (api) => {
    const url = await createTodo(api, NEW);
    const response = await api.send("DELETE", url);
    assertEquals([response.status, await response.text()], [204, ""]);
  }),
);

Deno.test(
  "delete a todo item: the item is deleted, and no other",
  withApi(async (api) => {
    const url = await createTodo(api, NEW);
    await createTodo(api, { title: "Feed the dog" });
    await api.send("DELETE", url);
    assertEquals(await api.titles(), ["Feed the dog"]);
  }),
);

Deno.test(
  "delete all todo items: answers 204 No Content",
  withApi(async (api) => {
    await createTodo(api, NEW);
    const response = await api.send("DELETE", "/todos");
    assertEquals([response.status, await response.text()], [204, ""]);
  }),
);

Deno.test(
  "delete all todo items: all items are deleted",
  withApi(async (api) => {
    await createTodo(api, NEW);
    await createTodo(api, NEW);
    await api.send("DELETE", "/todos");
    assertEquals(await api.titles(), []);
  }),
);

Deno.test(
  "a todo shows exactly url, title, completed and order",
  withApi(async ({ send }) => {
    const response = await send("POST", "/todos", NEW);
    assertEquals(
      await response.text(),
      '{"url":"http://localhost/todos/1","title":"Walk the dog","completed":false,"order":null}',
    );
  }),
);

Deno.test(
  "read todo items: in the order of their ids, one by one and as a list",
  withApi(async (api) => {
    await createTodo(api, { title: "b", order: 2 });
    const url = await createTodo(api, {
      title: "a",
      order: 1,
      completed: true,
    });
    const one = await (await api.send("GET", url)).json();
    assertEquals(one, {
      url: "http://localhost/todos/2",
      title: "a",
      completed: true,
      order: 1,
    });
    const all = await (await api.send("GET", "/todos")).json();
    assertEquals(all.map(({ title }: { title: string }) => title), ["b", "a"]);
    assertEquals(all[1], one);
  }),
);

Deno.test(
  "PUT and PATCH: missing fields keep their values",
  withApi(async (api) => {
    const todo = { title: "a", completed: true, order: 7 };
    const url = await createTodo(api, todo);
    for (const method of ["PUT", "PATCH"]) {
      const unchanged = await api.send(method, url, {});
      assertEquals(await unchanged.json(), { url, ...todo });
    }
    const changed = await api.send("PUT", url, { completed: false });
    assertEquals(await changed.json(), { url, ...todo, completed: false });
  }),
);

Deno.test(
  "the url is made for the host of each request, and is not stored",
  withApi(async (api) => {
    await createTodo(api, NEW);
    const response = await api.send("GET", "http://foo.example:81/todos");
    assertEquals(
      (await response.json())[0].url,
      "http://foo.example:81/todos/1",
    );
  }),
);

Deno.test(
  "an id is never used again",
  withApi(async (api) => {
    await createTodo(api, NEW);
    await api.send("DELETE", "/todos");
    assertEquals(await createTodo(api, NEW), "http://localhost/todos/2");
  }),
);
