/**
 * The routes of the API: `/todos` and `/todos/<id>`.
 *
 * @module
 */

import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import { readBody } from "./body.ts";
import * as operations from "./operations.ts";
import { describe, detail, json, noContent, notFound } from "./responses.ts";
import { addRoute, type AppEnv } from "./routes.ts";
import type { Todo, TodoFields, TodoStore } from "./store.ts";
import {
  fieldErrors,
  Page,
  TodoInput,
  type TodoOutput,
} from "./todo_schema.ts";
import type { z } from "@hono/zod-openapi";

const LIST = "/todos";
const ITEM = "/todos/:id{[0-9]+}";
const DEFAULTS: TodoFields = { title: null, completed: false, order: null };

/** Is told of each body that is being read, and resolves when it is. */
export type OnBody = (arrival: Promise<unknown>) => void;

/** Adds the routes of the API, and the document about them, to an application. */
export function addTodoRoutes(
  app: OpenAPIHono<AppEnv>,
  store: TodoStore,
  onBody: OnBody = () => {},
): void {
  // Only registered: the library reads bodies itself, without a limit to their size and in words of its own.
  for (const value of Object.values(operations)) {
    if ("path" in value) app.openAPIRegistry.registerPath(value);
  }
  let document: string | undefined;
  addRoute(app, "/openapi.json", {
    allow: "GET, HEAD",
    handlers: {
      GET: () => {
        document ??= JSON.stringify(
          app.getOpenAPI31Document(operations.DOCUMENT),
        );
        return json(document);
      },
    },
  });
  const read = (request: Request) => {
    const fields = readFields(request);
    onBody(fields);
    return fields;
  };
  addListRoutes(app, store, read);
  addItemRoutes(app, store, read);
}

type ReadFields = typeof readFields;

function addListRoutes(
  app: OpenAPIHono<AppEnv>,
  store: TodoStore,
  read: ReadFields,
): void {
  const allow = "GET, POST, DELETE, HEAD, OPTIONS";
  addRoute(app, LIST, {
    allow,
    handlers: {
      GET: (c) => list(c, store),
      POST: async (c) => {
        const fields = await read(c.req.raw);
        if (fields instanceof Response) return fields;
        const todo = await store.create({ ...DEFAULTS, ...fields });
        const shown = represent(todo, c.env.origin);
        return json(JSON.stringify(shown), 201, { Location: shown.url });
      },
      DELETE: async () => {
        await store.removeAll();
        return noContent();
      },
      OPTIONS: () => describe("Todo Item List", allow, "POST"),
    },
  });
}

async function list(c: Context<AppEnv>, store: TodoStore): Promise<Response> {
  const page = c.req.raw.url.includes("?")
    ? Page.safeParse(c.req.query())
    : FIRST_PAGE;
  if (!page.success) return refuse(page.error);
  const { limit, after } = page.data;
  const origin = c.env.origin;
  // One more than wanted tells whether there is a next page.
  const todos = await store.list({ after, limit: limit + 1 });
  const text = textOf(todos, { limit, origin });
  if (todos.length <= limit) return json(text);
  const next = `${origin}${LIST}?limit=${limit}&after=${todos[limit - 1]?.id}`;
  return json(text, 200, { Link: `<${next}>; rel="next"` });
}

const FIRST_PAGE = Page.safeParse({});
const texts = new WeakMap<readonly Todo[], { origin: string; text: string }>();

/** The text of a list: requests that share a query are often for the same host, and then share the text as well. */
function textOf(
  todos: readonly Todo[],
  { limit, origin }: { limit: number; origin: string },
): string {
  const known = texts.get(todos);
  if (known?.origin === origin) return known.text;
  const wanted = todos.slice(0, limit).map((todo) => represent(todo, origin));
  const text = JSON.stringify(wanted);
  texts.set(todos, { origin, text });
  return text;
}

function addItemRoutes(
  app: OpenAPIHono<AppEnv>,
  store: TodoStore,
  read: ReadFields,
): void {
  const allow = "GET, PUT, PATCH, DELETE, HEAD, OPTIONS";
  const show = (todo: Todo | undefined, c: Context<AppEnv>) =>
    todo ? json(JSON.stringify(represent(todo, c.env.origin))) : notFound();
  // PUT keeps missing fields, as no field is required: it is PATCH by another name.
  const change = async (c: Context<AppEnv>) => {
    const id = idOf(c);
    const fields = await read(c.req.raw);
    if (!(fields instanceof Response)) {
      return show(await store.update(id, fields), c);
    }
    return await store.find(id) ? fields : notFound();
  };
  addRoute(app, ITEM, {
    allow,
    handlers: {
      GET: async (c) => show(await store.find(idOf(c)), c),
      PUT: change,
      PATCH: change,
      DELETE: async (c) =>
        await store.remove(idOf(c)) ? noContent() : notFound(),
      OPTIONS: () => describe("Todo Item Instance", allow, "PUT"),
    },
  });
}

function idOf(c: Context<AppEnv>): number {
  return Number(c.req.param("id"));
}

/** The fields in the body of a request, or the answer that refuses it. */
async function readFields(
  request: Request,
): Promise<Partial<TodoFields> | Response> {
  const body = await readBody(request);
  if (body.kind === "refused") return detail(body.why, body.status);
  const checked = TodoInput.safeParse(body.value);
  return checked.success ? checked.data : refuse(checked.error);
}

function refuse(error: z.ZodError): Response {
  return json(JSON.stringify(fieldErrors(error)), 400);
}

/** A todo as clients see it: no id, but a URL under the host name that they used. */
function represent(
  { id, title, completed, order }: Todo,
  origin: string,
): z.infer<typeof TodoOutput> {
  return { url: `${origin}${LIST}/${id}`, title, completed, order };
}
