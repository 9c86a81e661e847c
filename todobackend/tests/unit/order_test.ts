/**
 * In which order the page shows todos, and what moving one changes.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { changesFor, orderOfNext, sorted } from "../../static/order.js";

interface Todo {
  url: string;
  order: number | null;
}

interface Change {
  todo: Todo;
  order: number;
}

const MAX = 2 ** 31 - 1;

function todos(...orders: (number | null)[]): Todo[] {
  return orders.map((order, i) => ({ url: `${i}`, order }));
}

const urls = (list: readonly Todo[]) => list.map(({ url }) => url).join("");

Deno.test("todos are shown by their order, those without one last, equals as they came", () => {
  assertEquals(urls(sorted(todos(null, 2, null, 1, 2, -5))), "531402");
});

Deno.test("a new todo comes last", () => {
  for (const [orders, next] of [[[], 1024], [[7, 3], 1031]] as const) {
    assertEquals(orderOfNext(todos(...orders)), next);
  }
  for (const order of [null, MAX]) {
    assertEquals(orderOfNext(todos(1, order)), null);
  }
});

Deno.test("moving a todo where there is room changes it alone", () => {
  const [a, b, c] = todos(10, 20, 30) as [Todo, Todo, Todo];
  const orders = (sequence: Todo[], moved: number) =>
    (changesFor(sequence, moved) as Change[]).map(({ todo, order }) => [
      todo.url,
      order,
    ]);
  assertEquals(orders([a, c, b], 1), [["2", 15]]);
  assertEquals(orders([b, a, c], 1), [["0", 25]]);
  assertEquals(orders([c, a, b], 0), [["2", -1014]]);
  assertEquals(orders([b, c, a], 2), [["0", 1054]]);
});

Deno.test("moving a todo where there is no room changes those that it has passed", () => {
  const all = todos(1, 2, 3, 4, 5);
  const [a, b, c, d, e] = all as [Todo, Todo, Todo, Todo, Todo];
  const orders = (sequence: Todo[], moved: number) =>
    (changesFor(sequence, moved) as Change[])
      .map(({ todo, order }) => `${todo.url}:${order}`).join(" ");
  assertEquals(orders([a, c, b, d, e], 2), "2:2 1:3");
  assertEquals(orders([a, d, b, c, e], 1), "3:2 1:3 2:4");
});

Deno.test("property: after the changes the todos are shown in the sequence that was wanted", () => {
  const order = fc.option(fc.oneof(
    fc.integer({ min: -3, max: 3 }),
    fc.integer({ min: -MAX - 1, max: MAX }),
    fc.constantFrom(-MAX - 1, -MAX, MAX - 1, MAX),
  ));
  fc.assert(
    fc.property(
      fc.array(order, { minLength: 1, maxLength: 12 }),
      fc.nat(),
      fc.nat(),
      (orders, from, to) => {
        const sequence = sorted(todos(...orders)) as Todo[];
        const [moved] = sequence.splice(from % sequence.length, 1);
        const place = to % (sequence.length + 1);
        sequence.splice(place, 0, moved!);
        const changes = new Map(
          (changesFor(sequence, place) as Change[]).map(({ todo, order }) => [
            todo.url,
            order,
          ]),
        );
        for (const order of changes.values()) {
          assert(Number.isInteger(order) && order <= MAX && order >= -MAX - 1);
        }
        // As the server lists them: in the order of their creation.
        const stored = sequence
          .map((todo) => ({
            ...todo,
            order: changes.get(todo.url) ?? todo.order,
          }))
          .toSorted((a, b) => Number(a.url) - Number(b.url));
        assertEquals(urls(sorted(stored)), urls(sequence));
      },
    ),
    { numRuns: 1000 },
  );
});
