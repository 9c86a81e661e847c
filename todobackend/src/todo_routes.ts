/**
 * The routes of the API: `/todos` and `/todos/<id>`.
 *
 * @module
 */

import type { Hono } from "hono";
import { readBody } from "./body.ts";
import {
  describe,
  detail,
  methodNotAllowed,
  noContent,
  notFound,
} from "./responses.ts";
import type { Todo, TodoFields, TodoStore } from "./store.ts";
import { checkFields } from "./validation.ts";

const LIST = "/todos";
const ITEM = "/todos/:id{[0-9]+}";
const DEFAULTS: TodoFields = { title: null, completed: false, order: null };

/** Adds the routes of the API to an application. */
export function addTodoRoutes(app: Hono, store: TodoStore): void {
  addListRoutes(app, store);
  addItemRoutes(app, store);
}

function addListRoutes(app: Hono, store: TodoStore): void {
  const allow = "GET, POST, DELETE, HEAD, OPTIONS";
  app.get(LIST, async (c) => {
    const todos = await store.list();
    return Response.json(todos.map((todo) => represent(todo, c.req.url)));
  });
  app.post(LIST, async (c) => {
    const fields = await readFields(c.req.raw);
    if (fields instanceof Response) return fields;
    const todo = represent(
      await store.create({ ...DEFAULTS, ...fields }),
      c.req.url,
    );
    const headers = { Location: todo.url };
    return Response.json(todo, { status: 201, headers });
  });
  app.delete(LIST, async () => {
    await store.removeAll();
    return noContent();
  });
  app.options(LIST, () => describe("Todo Item List", allow));
  app.all(LIST, (c) => methodNotAllowed(c.req.method, allow));
}

function addItemRoutes(app: Hono, store: TodoStore): void {
  const allow = "GET, PUT, PATCH, DELETE, HEAD, OPTIONS";
  app.get(ITEM, async (c) => {
    const todo = await store.find(Number(c.req.param("id")));
    return todo ? Response.json(represent(todo, c.req.url)) : notFound();
  });
  // PUT keeps missing fields, as no field is required: it is PATCH by another name.
  app.on(["PUT", "PATCH"], ITEM, async (c) => {
    const id = Number(c.req.param("id"));
    if (await store.find(id) === undefined) return notFound();
    const fields = await readFields(c.req.raw);
    if (fields instanceof Response) return fields;
    const todo = await store.update(id, fields);
    return todo ? Response.json(represent(todo, c.req.url)) : notFound();
  });
  app.delete(ITEM, async (c) => {
    const removed = await store.remove(Number(c.req.param("id")));
    return removed ? noContent() : notFound();
  });
  app.options(ITEM, () => describe("Todo Item Instance", allow));
  app.all(ITEM, (c) => methodNotAllowed(c.req.method, allow));
}

/** The fields in the body of a request, or the answer that refuses it. */
async function readFields(
  request: Request,
): Promise<Partial<TodoFields> | Response> {
  const body = await readBody(request);
  if (body.kind === "refused") return detail(body.why, body.status);
  const checked = checkFields(body.value);
  if (checked.kind === "ok") return checked.fields;
  return Response.json(checked.errors, { status: 400 });
}

/** A todo as clients see it: no id, but a URL under the host name that they used. */
function represent(
  { id, title, completed, order }: Todo,
  requestUrl: string,
): TodoFields & { readonly url: string } {
  const url = new URL(`/todos/${id}`, requestUrl).href;
  return { url, title, completed, order };
}
