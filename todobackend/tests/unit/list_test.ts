/**
 * What the API promises about lists: pages, their order and their limits.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { type Api, createTodo, type TodoJson, withApi } from "./api.ts";

/** The orders of the todos on a page, and the URL of the next one. */
async function read(
  { send }: Api,
  path: string,
): Promise<{ orders: (number | null)[]; next: string | undefined }> {
  const response = await send("GET", path);
  assertEquals(response.status, 200);
  const todos: TodoJson[] = await response.json();
  const link = response.headers.get("Link") ?? "";
  return {
    orders: todos.map(({ order }) => order),
    next: /^<([^>]+)>; rel="next"$/.exec(link)?.[1],
  };
}

Deno.test(
  "pages: following the links reads every todo once, in order",
  withApi(async (api) => {
    for (let order = 5; order > 0; order--) await createTodo(api, { order });
    const first = await read(api, "/todos?limit=2");
    assertEquals(first, {
      orders: [5, 4],
      next: "http://localhost/todos?limit=2&after=2",
    });
    const second = await read(api, first.next ?? "");
    assertEquals(second.orders, [3, 2]);
    assertEquals(await read(api, second.next ?? ""), {
      orders: [1],
      next: undefined,
    });
    const whole = await read(api, "/todos?limit=5");
    assertEquals([whole.orders.length, whole.next], [5, undefined]);
  }),
);

Deno.test(
  "pages: a todo that is deleted moves no other to another page",
  withApi(async (api) => {
    for (let order = 1; order <= 4; order++) await createTodo(api, { order });
    const { next = "" } = await read(api, "/todos?limit=2");
    await api.send("DELETE", "/todos/1");
    assertEquals((await read(api, next)).orders, [3, 4]);
  }),
);

Deno.test(
  "pages: a list without limits has at most 1000 todos, and links the rest",
  withApi(async (api) => {
    const todo = { title: null, completed: false };
    for (let order = 1; order <= 1001; order++) {
      await api.store.create({ ...todo, order });
    }
    const { orders, next } = await read(api, "/todos");
    assertEquals([orders.length, orders[0], orders[999]], [1000, 1, 1000]);
    assertEquals((await read(api, next ?? "")).orders, [1001]);
  }),
);

Deno.test(
  "pages: one that cannot be had is refused field by field",
  withApi(async ({ send }) => {
    const cases = [
      ["limit=0", {
        limit: ["Must be at least 1."],
      }],
      ["limit=1001&after=x", {
        limit: ["Must be at most 1000."],
        after: ["Must be a whole number."],
      }],
      ["after=-1", {
        after: ["Must be at least 0."],
      }],
    ] as const;
    for (const [query, errors] of cases) {
      const response = await send("GET", `/todos?${query}`);
      assertEquals([response.status, await response.json()], [400, errors]);
    }
  }),
);
