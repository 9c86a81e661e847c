/**
 * What the API answers to requests that it does not accept, or only in part.
 *
 * @module
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { createTodo, withApi } from "./api.ts";

const REFUSED: readonly (readonly [unknown, unknown])[] = [
  [{ order: "abc", completed: "maybe" }, {
    completed: ["Must be a valid boolean."],
    order: ["A valid integer is required."],
  }],
  [{ title: "é".repeat(257) }, {
    title: ["Ensure this field has no more than 256 characters."],
  }],
  [{ title: ["x"] }, { title: ["Not a valid string."] }],
  [{ title: true }, { title: ["Not a valid string."] }],
  [{ title: "a\0b" }, { title: ["Null characters are not allowed."] }],
  [{ completed: null }, { completed: ["This field may not be null."] }],
  [{ completed: [] }, { completed: ["Must be a valid boolean."] }],
  [{ order: 1.5 }, { order: ["A valid integer is required."] }],
  [{ order: true }, { order: ["A valid integer is required."] }],
  [{ order: "" }, { order: ["A valid integer is required."] }],
  [{ order: 2147483648 }, {
    order: ["Ensure this value is less than or equal to 2147483647."],
  }],
  [{ order: -2147483649 }, {
    order: ["Ensure this value is greater than or equal to -2147483648."],
  }],
  ...[["list", [1]], ["str", "x"], ["int", 1], ["float", 1.5], ["bool", true]]
    .map(([type, body]) =>
      [body === "x" ? new TextEncoder().encode('"x"') : body, {
        non_field_errors: [
          `Invalid data. Expected a dictionary, but got ${type}.`,
        ],
      }] as const
    ),
  [null, { non_field_errors: ["No data provided"] }],
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
      [{ title: 5, order: "3", completed: "true" }, "5", true, 3],
      [{ order: -2147483648, completed: 0 }, null, false, -2147483648],
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
    const bodies = [new URLSearchParams("title=form&order=3"), multipart];
    for (const body of bodies) {
      const todo = await (await send("POST", "/todos", body)).json();
      assertEquals([todo.title, todo.order], ["form", 3]);
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
        assertStringIncludes(detail, "JSON parse error - ");
      }
    }
    const form = { "Content-Type": "multipart/form-data; boundary=x" };
    const response = await send("POST", "/todos", "no form", form);
    assertEquals(response.status, 400);
  }),
);

Deno.test(
  "415: a media type that is not supported",
  withApi(async ({ send }) => {
    const plain = { "Content-Type": "text/plain" };
    const response = await send("POST", "/todos", "x", plain);
    assertEquals(response.status, 415);
    assertEquals(await response.json(), {
      detail: 'Unsupported media type "text/plain" in request.',
    });
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
    ] as const;
    for (const [method, path, allow] of cases) {
      const response = await send(method, path);
      assertEquals(response.status, 405);
      assertEquals(response.headers.get("Allow"), allow);
      assertEquals(await response.json(), {
        detail: `Method "${method}" not allowed.`,
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

Deno.test(
  "OPTIONS describes a resource",
  withApi(async ({ send }) => {
    for (const path of ["/", "/todos", "/todos/1"]) {
      const response = await send("OPTIONS", path);
      assertEquals(response.status, 200);
      assertStringIncludes(response.headers.get("Allow") ?? "", "OPTIONS");
      assertStringIncludes((await response.json()).parses.join(), "json");
    }
  }),
);
