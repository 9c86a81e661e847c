/**
 * The answers that several routes give.
 *
 * Header names are spelled as clients expect to read them: Deno sends them as they were written here.
 *
 * @module
 */

import { MEDIA_TYPES } from "./body.ts";

/** An answer that says in words what is wrong. */
export function detail(text: string, status: number): Response {
  return Response.json({ detail: text }, { status });
}

/** 404. */
export function notFound(): Response {
  return detail("Not found.", 404);
}

/** 405, with what would be allowed. */
export function methodNotAllowed(method: string, allow: string): Response {
  return Response.json({ detail: `Method "${method}" not allowed.` }, {
    status: 405,
    headers: { Allow: allow },
  });
}

/** 204. */
export function noContent(): Response {
  return new Response(null, { status: 204 });
}

/** The answer to OPTIONS, when it is no CORS preflight. */
export function describe(name: string, allow: string): Response {
  const description = {
    name,
    description: "",
    renders: ["application/json", "text/html"],
    parses: MEDIA_TYPES,
  };
  return Response.json(description, { headers: { Allow: allow } });
}
