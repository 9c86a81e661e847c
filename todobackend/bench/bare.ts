/**
 * The least that hono can do for the same answers, without store, checks, log and CORS: what the application is measured
 * against. Listens on PORT of loopback; a list has COUNT todos.
 *
 * @module
 */

import { Hono } from "hono";

const todo = (id: number) => ({
  url: `http://localhost:8000/todos/${id}`,
  title: `Todo ${id}`,
  completed: false,
  order: id,
});
const count = Number(Deno.env.get("COUNT") || 10);
const todos = Array.from({ length: count }, (_, i) => todo(i + 1));

const app = new Hono();
app.get("/todos", (c) => c.json(todos));
app.get("/todos/:id", (c) => c.json(todo(Number(c.req.param("id")))));
app.post("/todos", async (c) => {
  const fields = await c.req.json();
  return c.json({ ...todo(1), ...fields }, 201);
});

Deno.serve(
  { hostname: "127.0.0.1", port: Number(Deno.env.get("PORT")) },
  app.fetch,
);
