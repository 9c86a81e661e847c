/** The API: `/todos` and `/todos/<id>`, each operation with what `/openapi.json` says of it. @module */

import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import type { AppEnv } from "./app.ts";
import { type Bodies, MEDIA_TYPES } from "./body.ts";
import * as schema from "./schema.ts";
import type { Todo, TodoStore } from "./store.ts";

const DEFAULTS = { title: null, completed: false, order: null };

function json<Schema extends z.ZodType>(description: string, schema: Schema) {
  return { description, content: { "application/json": { schema } } };
}

function header(description: string) {
  return { description, schema: { type: "string" as const } };
}

const { Detail, FieldErrors, TodoOutput } = schema;
const done = { 204: { description: "Done" } };
const item = json("The todo as it is now", TodoOutput);
const missing = { 404: json("There is no such todo", Detail) };
const wrong = { 400: json("Not valid", z.union([FieldErrors, Detail])) };
const unread = {
  ...wrong,
  408: json("The body did not arrive", Detail),
  413: json("The body is too large", Detail),
  415: json("Its media type or encoding is not supported", Detail),
};
const unavailable = {
  503: {
    ...json("No database, but a change may have happened", Detail),
    headers: { "Retry-After": header("Seconds to wait") },
  },
};
// Described and not read by the framework, which would read bodies of any size and for any time.
const input = { schema: { $ref: "#/components/schemas/TodoInput" } };
const body = {
  content: Object.fromEntries(MEDIA_TYPES.map((type) => [type, input])),
};

/** Adds the operations to an application. */
export function addTodos(
  app: OpenAPIHono<AppEnv>,
  store: TodoStore,
  bodies: Bodies,
): void {
  app.openAPIRegistry.register("TodoInput", schema.TodoInput);
  const readFields = async (c: Context<AppEnv>) =>
    accept(schema.TodoInput.safeParse(await bodies.read(c.req.raw)), c);

  app.openapi(
    createRoute({
      method: "get",
      path: "/todos",
      operationId: "listTodos",
      request: { query: schema.Page },
      responses: {
        200: {
          ...json("A page of todos", z.array(TodoOutput)),
          headers: { Link: header('Where there is more: rel="next"') },
        },
        ...wrong,
        ...unavailable,
      },
    }),
    async (c) => {
      const { limit, after } = c.req.valid("query");
      // One more than wanted tells whether there is a next page.
      const todos = await store.list({ after, limit: limit + 1 });
      const page = todos.slice(0, limit).map((todo) => represent(todo, c));
      if (todos.length <= limit) return c.json(page, 200);
      const query = `limit=${limit}&after=${todos[limit - 1]?.id}`;
      const link = `<${c.var.origin}/todos?${query}>; rel="next"`;
      return c.json(page, 200, { Link: link });
    },
  );
  app.openapi(
    createRoute({
      method: "post",
      path: "/todos",
      operationId: "createTodo",
      request: { body },
      responses: {
        201: { ...item, headers: { Location: header("Its URL") } },
        ...unread,
        ...unavailable,
      },
    }),
    async (c) => {
      const todo = await store.create({ ...DEFAULTS, ...await readFields(c) });
      const shown = represent(todo, c);
      return c.json(shown, 201, { Location: shown.url });
    },
  );
  app.openapi(
    createRoute({
      method: "delete",
      path: "/todos",
      operationId: "deleteTodos",
      responses: { ...done, ...unavailable },
    }),
    async (c) => {
      await store.removeAll();
      return c.body(null, 204);
    },
  );
  app.openapi(
    createRoute({
      method: "get",
      path: "/todos/{id}",
      operationId: "readTodo",
      request: { params: schema.Id },
      responses: { 200: item, ...missing, ...unavailable },
    }),
    async (c) => {
      const todo = await store.find(Number(c.req.valid("param").id));
      return c.json(represent(found(todo), c), 200);
    },
  );
  // No field is required, so that PUT is PATCH by another name.
  for (const method of ["put", "patch"] as const) {
    app.openapi(
      createRoute({
        method,
        path: "/todos/{id}",
        operationId: `${method}Todo`,
        request: { params: schema.Id, body },
        responses: { 200: item, ...missing, ...unread, ...unavailable },
      }),
      async (c) => {
        const id = Number(c.req.valid("param").id);
        const fields = await readFields(c).catch(async (error) => {
          found(await store.find(id));
          throw error;
        });
        const todo = await store.update(id, fields);
        return c.json(represent(found(todo), c), 200);
      },
    );
  }
  app.openapi(
    createRoute({
      method: "delete",
      path: "/todos/{id}",
      operationId: "deleteTodo",
      request: { params: schema.Id },
      responses: { ...done, ...missing, ...unavailable },
    }),
    async (c) => {
      found(await store.remove(Number(c.req.valid("param").id)) || undefined);
      return c.body(null, 204);
    },
  );
}

/** The value that a schema has accepted; what it has refused is answered field by field. */
export function accept<Value>(
  { data, error }: { data?: Value; error?: z.ZodError },
  c: Context,
): Value {
  if (error === undefined) return data as Value;
  const res = c.json(schema.fieldErrors(error), 400);
  throw new HTTPException(400, { res });
}

function found<Value>(value: Value | undefined): Value {
  if (value !== undefined) return value;
  throw new HTTPException(404, { message: "Not found." });
}

/** A todo as clients see it: no id, but a URL under the host name that they used. */
function represent(
  { id, title, completed, order }: Todo,
  { var: { origin } }: Context<AppEnv>,
): z.infer<typeof TodoOutput> {
  return { url: `${origin}/todos/${id}`, title, completed, order };
}
