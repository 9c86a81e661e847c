/** What clients send and get, as zod schemas: requests are checked with them, and `/openapi.json` is made from them. @module */

import { z } from "@hono/zod-openapi";

const MAX_TITLE = 256;
const NOT_WHOLE = "Must be a whole number.";
const ORDER = { minimum: -(2 ** 31), maximum: 2 ** 31 - 1 };
const LIMIT = { minimum: 1, maximum: 1000 };
const AFTER = { minimum: 0, maximum: Number.MAX_SAFE_INTEGER };

const Title = z.string("Must be text, a number or null.")
  // A lone surrogate cannot be stored; the client sees at once what was stored for it.
  .transform((text) => text.trim().toWellFormed())
  .refine((text) => !text.includes("\0"), "Must not contain null characters.")
  // Counted as the database counts: an emoji is one character.
  .refine(
    (text) => [...text].length <= MAX_TITLE,
    `Must have at most ${MAX_TITLE} characters.`,
  )
  .nullable()
  .openapi({ type: ["string", "null"], maxLength: MAX_TITLE });

/** A whole number; queries and forms know nothing but text. */
function between({ minimum, maximum }: typeof ORDER) {
  const text = z.string().regex(/^\s*[-+]?\d{1,1000}(\.0*)?\s*$/, NOT_WHOLE);
  return z.union([z.number(), text], NOT_WHOLE)
    .transform(Number)
    .refine(Number.isInteger, { error: NOT_WHOLE, abort: true })
    .refine((value) => value <= maximum, `Must be at most ${maximum}.`)
    .refine((value) => value >= minimum, `Must be at least ${minimum}.`);
}

/** What a client may set; no field is required, and what no todo has is ignored. */
export const TodoInput = z.object({
  title: Title.exactOptional(),
  completed: z.boolean("Must be true or false.").exactOptional(),
  order: between(ORDER).nullable().exactOptional()
    .openapi({ type: ["integer", "null"], format: "int32", ...ORDER }),
}, "Must be an object.").openapi("TodoInput");

/** A todo as clients see it: no id, but a URL under the host name that they used. */
export const TodoOutput = z.strictObject({
  url: z.string().openapi({ format: "uri" }),
  title: z.string().nullable().openapi({ maxLength: MAX_TITLE }),
  completed: z.boolean(),
  order: z.number().int().nullable().openapi(ORDER),
}).openapi("Todo");

/** The number of a todo in its URL. */
export const Id = z.object({
  id: z.string().regex(/^\d+$/)
    .openapi({ type: "integer", minimum: 1, example: "1" }),
});

/** Which part of the list is wanted: at most `limit` todos, whose ids are greater than `after`. */
export const Page = z.object({
  limit: between(LIMIT).default(LIMIT.maximum)
    .openapi({ type: "integer", ...LIMIT, default: LIMIT.maximum }),
  after: between(AFTER).default(0)
    .openapi({ type: "integer", ...AFTER, default: 0 }),
});

/** What is wrong with a request as a whole. */
export const Detail = z.strictObject({ detail: z.string() }).openapi("Detail");

/** What is wrong with a request, by the name of the field; `non_field_errors` is the body itself. */
export const FieldErrors = z.record(z.string(), z.array(z.string()).min(1))
  .openapi("FieldErrors");

/** Errors by the name of the field, of a value that a schema has refused. */
export function fieldErrors({ issues }: Pick<z.ZodError, "issues">) {
  const errors: z.infer<typeof FieldErrors> = {};
  for (const { path, message } of issues) {
    (errors[String(path[0] ?? "non_field_errors")] ??= []).push(message);
  }
  return errors;
}
