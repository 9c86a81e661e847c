/**
 * What the API answers to requests that it does not accept, or only in part.
 *
 * @module
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { createBodies } from "../../src/body.ts";
import { createTodo, withApi } from "./api.ts";

const REFUSED: readonly (readonly [unknown, unknown])[] = [
  [{ order: "abc", completed: "maybe" }, {
    completed: ["Must be true or false."],
    order: ["Must be a whole number."],
  }],
  [{ title: "é".repeat(257) }, {
    title: ["Must have at most 256 characters."],
  }],
  [{ title: ["x"] }, { title: ["Must be text, a number or null."] }],
  [{ title: true }, { title: ["Must be text, a number or null."] }],
  [{ title: "a\0b" }, { title: ["Must not contain null characters."] }],
  [{ completed: null }, { completed: ["Must be true or false."] }],
  [{ completed: [] }, { completed: ["Must be true or false."] }],
  [{ order: 1.5 }, { order: ["Must be a whole number."] }],
  [{ order: true }, { order: ["Must be a whole number."] }],
  [{ order: "" }, { order: ["Must be a whole number."] }],
  [{ order: 2147483648 }, {
    order: ["Must be at most 2147483647."],
  }],
  [{ order: -2147483649 }, {
    order: ["Must be at least -2147483648."],
  }],
  ...['"true"', "1", "0", '"false"'].map((completed) =>
    [new TextEncoder().encode(`{"completed":${completed}}`), {
      completed: ["Must be true or false."],
    }] as const
  ),
  ...["[1]", '"x"', "1", "1.5", "true", "null"].map((body) =>
    [new TextEncoder().encode(body), {
      non_field_errors: ["Must be an object."],
    }] as const
  ),
];

Deno.test(
  "400: what cannot be stored is refused field by field",
  withApi(async (api) => {
    const url = await createTodo(api, { title: "old" });
    const json = { "Content-Type": "application/json" };
    for (const [body, errors] of REFUSED) {
      for (const [method, path] of [["POST", "/todos"], ["PATCH", url]]) {
        const response = await api.send(method ?? "", path ?? "", body, json);
        assertEquals(response.status, 400);
        assertEquals(await response.json(), errors);
      }
    }
    assertEquals(await api.titles(), ["old"]);
  }),
);

Deno.test(
  "201: what is unusual but can be stored",
  withApi(async ({ send }) => {
    const cases = [
      [{}, null, false, null],
      [{ title: null, order: null }, null, false, null],
      [{ url: "http://x", id: 9, extra: 1, title: "" }, "", false, null],
      [{ title: "🐕".repeat(256) }, "🐕".repeat(256), false, null],
      [{ title: 5, order: "3", completed: true }, "5", true, 3],
      [{ order: -2147483648, completed: false }, null, false, -2147483648],
    ] as const;
    for (const [body, title, completed, order] of cases) {
      const response = await send("POST", "/todos", body);
      assertEquals(response.status, 201);
      const { url: _, ...todo } = await response.json();
      assertEquals(todo, { title, completed, order });
    }
  }),
);

Deno.test(
  "201: forms, and no body at all",
  withApi(async ({ send }) => {
    const multipart = new FormData();
    multipart.set("title", "form");
    multipart.set("order", "3");
    multipart.set("completed", "on");
    const bodies = [
      new URLSearchParams("title=form&order=3&completed=TRUE"),
      multipart,
    ];
    for (const body of bodies) {
      const todo = await (await send("POST", "/todos", body)).json();
      const { title, order, completed } = todo;
      assertEquals([title, order, completed], ["form", 3, true]);
    }
    const form = new URLSearchParams("title=form&order=");
    const { order } = await (await send("POST", "/todos", form)).json();
    assertEquals(order, null);
    assertEquals((await send("POST", "/todos")).status, 201);
  }),
);

Deno.test(
  "400: a body that cannot be read",
  withApi(async ({ send }) => {
    const json = { "Content-Type": "application/json" };
    for (const body of ["{", "", new Uint8Array([34, 0xff, 34])]) {
      const response = await send("POST", "/todos", body, json);
      if (body === "") {
        assertEquals(response.status, 201);
      } else {
        assertEquals(response.status, 400);
        const { detail } = await response.json();
        assertStringIncludes(detail, "The body is not JSON: ");
      }
    }
    const form = { "Content-Type": "multipart/form-data; boundary=x" };
    const field =
      '--x\r\nContent-Disposition: form-data; name="title"\r\n\r\na\r\n';
    // Cut where a field ends, the rest would pass for a form.
    for (const body of ["no form", field, `${field}--x\r\n`]) {
      const response = await send("POST", "/todos", body, form);
      assertEquals([body, response.status], [body, 400]);
    }
    const whole = await send("POST", "/todos", `${field}--x--\r\n`, form);
    assertEquals((await whole.json()).title, "a");
  }),
);

Deno.test(
  "415: a media type that is not supported",
  withApi(async ({ send }) => {
    const plain = { "Content-Type": "text/plain" };
    const response = await send("POST", "/todos", "x", plain);
    assertEquals(response.status, 415);
    assertEquals(await response.json(), {
      detail: 'The media type "text/plain" is not supported.',
    });
    const json = { "Content-Type": "application/json" };
    for (
      const [coding, status] of [["gzip", 415], ["Identity", 201]] as const
    ) {
      const headers = { ...json, "Content-Encoding": coding };
      const response = await send("POST", "/todos", "{}", headers);
      assertEquals(response.status, status);
    }
  }),
);

Deno.test(
  "413: a body that is far too large",
  withApi(async ({ send }) => {
    const title = "x".repeat(70_000);
    assertEquals((await send("POST", "/todos", { title })).status, 413);
    const headers = {
      "Content-Type": "application/json",
      "Content-Length": "70000",
    };
    const said = await send("POST", "/todos", "{}", headers);
    assertEquals(said.status, 413);
  }),
);

Deno.test(
  "400: a body with far too many fields",
  withApi(async ({ send }) => {
    const names = Array.from({ length: 101 }, (_, i) => [`field${i}`, "x"]);
    for (
      const body of [Object.fromEntries(names), new URLSearchParams(names)]
    ) {
      const response = await send("POST", "/todos", body);
      assertEquals(response.status, 400);
      assertEquals(await response.json(), {
        detail: "The request body has too many fields.",
      });
    }
  }),
);

Deno.test(
  "408: a body that does not arrive",
  withApi(async ({ send }) => {
    const body = new ReadableStream({
      start: (controller) => controller.error(new Error("gone")),
    });
    const response = await send("POST", "/todos", body);
    assertEquals(response.status, 408);
  }),
);

Deno.test("408: of too many bodies on their way, the one that has been for longest", async () => {
  const bodies = createBodies(2);
  const arrivals = [1, 2, 3].map(() => {
    const { readable, writable } = new TransformStream<Uint8Array>();
    const writer = writable.getWriter();
    const request = new Request("http://x", {
      method: "POST",
      body: readable,
      headers: { "Content-Type": "application/json" },
    });
    const status = bodies.read(request).then(
      () => 200,
      (error) => error.status,
    );
    return { status, writer };
  });
  const [first, second, third] = arrivals;
  assertEquals(await first?.status, 408);
  await third?.writer.write(new TextEncoder().encode("{}"));
  await third?.writer.close();
  assertEquals(await third?.status, 200);
  bodies.giveUp();
  assertEquals(await second?.status, 408);
});

Deno.test(
  "a number as a title is kept as it was written",
  withApi(async ({ send }) => {
    const json = { "Content-Type": "application/json" };
    for (const number of ["12345678901234567890", "1.0", "-1e400", "5"]) {
      const body = `{"title":${number}}`;
      const response = await send("POST", "/todos", body, json);
      assertEquals((await response.json()).title, number);
    }
  }),
);

Deno.test(
  "404: what is not there",
  withApi(async ({ send }) => {
    const missing = ["/todos/1", "/todos/abc", "/todos/", "/todos/-1", "/nope"];
    const huge = `/todos/${"9".repeat(40)}`;
    for (const path of [...missing, huge]) {
      const response = await send("GET", path);
      assertEquals([path, response.status], [path, 404]);
      assertEquals(await response.json(), { detail: "Not found." });
    }
    for (const method of ["PUT", "PATCH", "DELETE"]) {
      assertEquals((await send(method, "/todos/1")).status, 404);
    }
  }),
);

Deno.test(
  "405: methods that a resource does not have, with those that it has",
  withApi(async ({ send }) => {
    const cases = [
      ["PUT", "/todos", "GET, POST, DELETE, HEAD, OPTIONS"],
      ["PATCH", "/todos", "GET, POST, DELETE, HEAD, OPTIONS"],
      ["POST", "/todos/1", "GET, PUT, PATCH, DELETE, HEAD, OPTIONS"],
      ["POST", "/", "GET, HEAD, OPTIONS"],
      ["POST", "/health/live", "GET, HEAD, OPTIONS"],
      ["PATCH", "/health/ready", "GET, HEAD, OPTIONS"],
    ] as const;
    for (const [method, path, allow] of cases) {
      const response = await send(method, path);
      assertEquals(response.status, 405);
      assertEquals(response.headers.get("Allow"), allow);
      assertEquals(await response.json(), {
        detail: `The method ${method} is not allowed here.`,
      });
    }
  }),
);

Deno.test(
  "HEAD answers as GET does, without the body",
  withApi(async (api) => {
    const url = await createTodo(api, { title: "ä" });
    for (const path of ["/", "/todos", url, "/static/app.js", "/nope"]) {
      const get = await api.send("GET", path);
      const head = await api.send("HEAD", path);
      assertEquals(head.status, get.status);
      assertEquals(
        head.headers.get("Content-Length"),
        String((await get.bytes()).length),
      );
      assertEquals(await head.text(), "");
    }
  }),
);
