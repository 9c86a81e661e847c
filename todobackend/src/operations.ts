/**
 * The operations of the API, as data: `/openapi.json` is made from them, and the routes are registered with them.
 *
 * @module
 */

import { createRoute, z } from "@hono/zod-openapi";
import { MEDIA_TYPES } from "./body.ts";
import {
  Detail,
  FieldErrors,
  Page,
  TodoInput,
  TodoOutput,
} from "./todo_schema.ts";

const LIST = "/todos";
const ITEM = "/todos/{id}";

const params = z.object({
  id: z.string().openapi({ type: "integer", minimum: 1, example: "1" }),
});

const body = {
  content: Object.fromEntries(
    MEDIA_TYPES.map((type) => [type, { schema: TodoInput }]),
  ),
};

function json(description: string, schema: z.ZodType) {
  return { description, content: { "application/json": { schema } } };
}

const wrong = json("Cannot be stored", z.union([FieldErrors, Detail]));
const missing = json("There is no such todo", Detail);
const empty = { description: "Done" };
const stored = json("The todo as it is now", TodoOutput);
const unread = {
  408: json("The body did not arrive", Detail),
  413: json("The body is too large", Detail),
  415: json("The media type is not supported", Detail),
};

/** Reads a page of the list. */
export const listTodos = createRoute({
  method: "get",
  path: LIST,
  operationId: "listTodos",
  summary: "Todos in the order in which they were created",
  request: { query: Page },
  responses: {
    200: {
      ...json("A page of todos", z.array(TodoOutput)),
      headers: {
        Link: {
          description: 'The next page, as rel="next", where there is one',
          schema: { type: "string" },
        },
      },
    },
    400: json("Such a page cannot be had", FieldErrors),
  },
});

/** Creates a todo. */
export const createTodo = createRoute({
  method: "post",
  path: LIST,
  operationId: "createTodo",
  summary: "Create a todo",
  request: { body },
  responses: {
    201: {
      ...json("The new todo", TodoOutput),
      headers: {
        Location: {
          description: "Its URL",
          schema: { type: "string", format: "uri" },
        },
      },
    },
    400: wrong,
    ...unread,
  },
});

/** Deletes every todo. */
export const deleteTodos = createRoute({
  method: "delete",
  path: LIST,
  operationId: "deleteTodos",
  summary: "Delete every todo",
  responses: { 204: empty },
});

/** Reads a todo. */
export const readTodo = createRoute({
  method: "get",
  path: ITEM,
  operationId: "readTodo",
  summary: "Read a todo",
  request: { params },
  responses: { 200: json("The todo", TodoOutput), 404: missing },
});

/** Changes a todo. */
export const patchTodo = createRoute({
  method: "patch",
  path: ITEM,
  operationId: "patchTodo",
  summary: "Change the fields that are there",
  request: { params, body },
  responses: { 200: stored, 400: wrong, 404: missing, ...unread },
});

/** Changes a todo. */
export const putTodo = createRoute({
  method: "put",
  path: ITEM,
  operationId: "putTodo",
  // No field is required, so that PUT is PATCH by another name.
  summary: "Change the fields that are there; others keep their values",
  request: { params, body },
  responses: { 200: stored, 400: wrong, 404: missing, ...unread },
});

/** Deletes a todo. */
export const deleteTodo = createRoute({
  method: "delete",
  path: ITEM,
  operationId: "deleteTodo",
  summary: "Delete a todo",
  request: { params },
  responses: { 204: empty, 404: missing },
});

/** What the document says of the API as a whole. */
export const DOCUMENT = {
  openapi: "3.1.0",
  info: {
    title: "todobackend",
    version: "1",
    description: "Any operation may also answer 503 when there is no database.",
    license: { name: "MIT", identifier: "MIT" },
  },
  servers: [{ url: "/" }],
};
