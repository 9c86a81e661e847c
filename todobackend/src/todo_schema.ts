/**
 * What clients send and get, as zod schemas: requests are checked with them, and `/openapi.json` is made from them. The
 * words of the errors are those of Django REST framework's serializer fields.
 *
 * @module
 */

import { z } from "@hono/zod-openapi";

const MAX_TITLE = 256;
const MAX_ORDER = 2 ** 31 - 1;
const MIN_ORDER = -(2 ** 31);
const TRUE = ["1", "on", "t", "true", "y", "yes"];
const FALSE = ["0", "f", "false", "n", "no", "off"];

/** The most todos that one page of the list has. */
export const MAX_PAGE = 1000;

/** The most fields that a body may have; a todo has four. */
export const MAX_FIELDS = 100;

// Text and numbers are taken for each other where it is clear what is meant: forms know nothing but text.
const Title = z.union([z.string(), z.number()], "Not a valid string.")
  // A lone surrogate cannot be stored; the client sees at once what was stored for it.
  .transform((value) => String(value).trim().toWellFormed())
  .refine(
    (title) => !title.includes("\0"),
    "Null characters are not allowed.",
  )
  // Counted as the database counts: an emoji is one character.
  .refine(
    (title) => [...title].length <= MAX_TITLE,
    `Ensure this field has no more than ${MAX_TITLE} characters.`,
  )
  .nullable()
  .openapi({ type: ["string", "null"], maxLength: MAX_TITLE });

const NOT_BOOLEAN = "Must be a valid boolean.";

const Completed = z.union([z.boolean(), z.string(), z.number()], {
  error: ({ input }) =>
    input === null ? "This field may not be null." : NOT_BOOLEAN,
})
  .transform((value) => String(value).toLowerCase())
  .refine((word) => TRUE.includes(word) || FALSE.includes(word), NOT_BOOLEAN)
  .transform((word) => TRUE.includes(word))
  .openapi({ type: "boolean" });

const NOT_INTEGER = "A valid integer is required.";

const Integer = z.union([
  z.number(),
  z.string().regex(/^\s*[-+]?\d{1,1000}(\.0*)?\s*$/, NOT_INTEGER),
], NOT_INTEGER)
  .transform(Number)
  .refine(Number.isInteger, { error: NOT_INTEGER, abort: true });

function between(min: number, max: number) {
  return Integer
    .refine(
      (value) => value <= max,
      `Ensure this value is less than or equal to ${max}.`,
    )
    .refine(
      (value) => value >= min,
      `Ensure this value is greater than or equal to ${min}.`,
    );
}

const ORDER_RANGE = { minimum: MIN_ORDER, maximum: MAX_ORDER };
const Order = between(MIN_ORDER, MAX_ORDER).nullable()
  .openapi({ type: ["integer", "null"], format: "int32", ...ORDER_RANGE });

/** What a client may set; no field is required, and what no todo has is ignored. */
export const TodoInput = z.object({
  title: Title.exactOptional(),
  completed: Completed.exactOptional(),
  order: Order.exactOptional(),
}, { error: ({ input }) => notAnObject(input) }).openapi("TodoInput");

/** A todo as clients see it: no id, but a URL under the host name that they used. */
export const TodoOutput = z.object({
  url: z.string().openapi({ format: "uri" }),
  title: z.string().nullable().openapi({ maxLength: MAX_TITLE }),
  completed: z.boolean(),
  order: z.number().int().nullable().openapi(ORDER_RANGE),
}).strict().openapi("Todo");

/** The same for OPTIONS, in the form of Django REST framework. */
export const FIELD_DESCRIPTIONS = {
  url: describeField("field", "Url", { read_only: true }),
  title: describeField("string", "Title", { max_length: MAX_TITLE }),
  completed: describeField("boolean", "Completed"),
  order: describeField("integer", "Order", {
    min_value: MIN_ORDER,
    max_value: MAX_ORDER,
  }),
};

function describeField(type: string, label: string, limits = {}) {
  return { type, required: false, read_only: false, label, ...limits };
}

/** Which part of the list is wanted. */
export const Page = z.object({
  limit: between(1, MAX_PAGE).default(MAX_PAGE).openapi({
    type: "integer",
    minimum: 1,
    maximum: MAX_PAGE,
    default: MAX_PAGE,
    description: "The most todos in the answer",
  }),
  after: between(0, Number.MAX_SAFE_INTEGER).default(0).openapi({
    type: "integer",
    minimum: 0,
    maximum: Number.MAX_SAFE_INTEGER,
    default: 0,
    description: "Only todos whose id is greater",
  }),
});

/** What is wrong with a request as a whole. */
export const Detail = z.object({ detail: z.string() }).strict()
  .openapi("Detail");

/** What is wrong with a request, by the name of the field; `non_field_errors` is the body itself. */
export const FieldErrors = z.record(z.string(), z.array(z.string()).min(1))
  .openapi("FieldErrors");

/** Errors by the name of the field, of a value that a schema has refused. */
export function fieldErrors(
  { issues }: { issues: z.core.$ZodIssue[] },
): z.infer<typeof FieldErrors> {
  const errors: Record<string, string[]> = {};
  for (const { path, message } of issues) {
    (errors[String(path[0] ?? "non_field_errors")] ??= []).push(message);
  }
  return errors;
}

function notAnObject(input: unknown): string {
  if (input === null) return "No data provided";
  return `Invalid data. Expected a dictionary, but got ${typeName(input)}.`;
}

/** What Python calls the type of a JSON value. */
function typeName(value: unknown): string {
  if (Array.isArray(value)) return "list";
  if (typeof value === "string") return "str";
  if (typeof value === "boolean") return "bool";
  return Number.isInteger(value) ? "int" : "float";
}
