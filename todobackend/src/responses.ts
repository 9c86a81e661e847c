/**
 * The answers that several routes give.
 *
 * Header names are spelled as clients expect to read them: Deno sends them as they were written here.
 *
 * @module
 */

import { MEDIA_TYPES } from "./body.ts";
import { FIELD_DESCRIPTIONS } from "./todo_schema.ts";

const JSON_TYPE = { "Content-Type": "application/json" };

/** An answer of JSON text. */
export function json(
  text: string,
  status = 200,
  headers?: Readonly<Record<string, string>>,
): Response {
  const all = headers ? { ...JSON_TYPE, ...headers } : JSON_TYPE;
  return new Response(text, { status, headers: all });
}

/** An answer that says in words what is wrong. */
export function detail(text: string, status: number): Response {
  return json(JSON.stringify({ detail: text }), status);
}

/** 404. */
export function notFound(): Response {
  return detail("Not found.", 404);
}

/** 405, with what would be allowed. */
export function methodNotAllowed(method: string, allow: string): Response {
  const text = JSON.stringify({ detail: `Method "${method}" not allowed.` });
  return json(text, 405, { Allow: allow });
}

/** 204. */
export function noContent(): Response {
  return new Response(null, { status: 204 });
}

/** The answer to OPTIONS, when it is no CORS preflight; `method` is the one that takes the fields of a todo. */
export function describe(
  name: string,
  allow: string,
  method?: "POST" | "PUT",
): Response {
  const description = {
    name,
    description: "",
    renders: ["application/json", "text/html"],
    parses: MEDIA_TYPES,
    ...(method && { actions: { [method]: FIELD_DESCRIPTIONS } }),
  };
  return json(JSON.stringify(description), 200, { Allow: allow });
}
