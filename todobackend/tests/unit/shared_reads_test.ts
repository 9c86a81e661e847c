/**
 * Which reads share a query, and what they must not miss.
 *
 * @module
 */

import { setImmediate } from "node:timers";
import { assertEquals, assertRejects } from "@std/assert";
import { shareReads, type Source } from "../../src/shared_reads.ts";
import type { Page, Todo } from "../../src/store.ts";
import { withApi } from "./api.ts";

const PAGE: Page = { after: 0, limit: 10 };

/** A store that counts what it is asked for. */
function countingStore() {
  const asked: unknown[] = [];
  const todo = (id: number): Todo => ({
    id,
    title: null,
    completed: false,
    order: null,
  });
  const source: Partial<Source> = {
    findAll(ids) {
      asked.push(ids);
      return Promise.resolve(ids.filter((id) => id < 1000).map(todo));
    },
    list(page) {
      asked.push(page);
      return Promise.resolve([todo(1)]);
    },
  };
  return { asked, store: shareReads(source as Source) };
}

Deno.test("reads of one turn share a query, and get their own todo each", async () => {
  const { asked, store } = countingStore();
  const found = await Promise.all([2, 1, 2, 5000].map(store.find));
  assertEquals(found.map((todo) => todo?.id), [2, 1, 2, undefined]);
  assertEquals(asked, [[2, 1, 5000]]);
});

Deno.test("lists share a query when they are of the same page", async () => {
  const { asked, store } = countingStore();
  const other = { after: 0, limit: 11 };
  await Promise.all([PAGE, other, { ...PAGE }].map(store.list));
  assertEquals(asked, [PAGE, other]);
});

Deno.test("when many have asked at once, those that come a turn apart share a query, too", async () => {
  const { asked, store } = countingStore();
  const turnApart = async (ids: [number, number]) => {
    const first = store.find(ids[0]);
    await new Promise<void>((resolve) => setImmediate(resolve));
    await new Promise<void>((resolve) => setImmediate(resolve));
    await Promise.all([first, store.find(ids[1])]);
  };
  await turnApart([1, 2]);
  const many = [1, 2, 3, 4, 5, 6, 7, 8];
  await Promise.all(many.map(store.find));
  await turnApart([3, 4]);
  await turnApart([5, 6]);
  assertEquals(asked, [[1], [2], many, [3, 4], [5], [6]]);
});

Deno.test("many reads are several queries of a length that a database takes", async () => {
  const { asked, store } = countingStore();
  const ids = Array.from({ length: 250 }, (_, i) => i + 1);
  const found = await Promise.all(ids.map(store.find));
  assertEquals(found.map((todo) => todo?.id), ids);
  assertEquals(asked.map((ids) => (ids as number[]).length), [100, 100, 50]);
});

Deno.test("a query that fails fails all that share it, and no later one", async () => {
  let isBroken = true;
  const store = shareReads({
    list: () => isBroken ? Promise.reject(new Error("x")) : Promise.resolve([]),
  } as unknown as Source);
  const both = [store.list(PAGE), store.list(PAGE)];
  for (const read of both) await assertRejects(() => read, Error, "x");
  isBroken = false;
  assertEquals(await store.list(PAGE), []);
});

Deno.test(
  "whoever has the answer to a write reads what was written",
  withApi(async ({ store }) => {
    const fields = { title: null, completed: false, order: 1 };
    const others = setInterval(() => void store.list(PAGE), 0);
    try {
      for (let order = 1; order <= 50; order++) {
        const { id } = await store.create({ ...fields, order });
        assertEquals((await store.find(id))?.order, order);
        const all = await store.list({ after: 0, limit: 1000 });
        assertEquals(all.at(-1)?.order, order);
      }
    } finally {
      clearInterval(others);
      await store.list(PAGE);
    }
  }),
);
