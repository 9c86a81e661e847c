/**
 * Checks what a client wants to store; the rules and words are those of Django REST framework's serializer fields.
 *
 * @module
 */

import type { TodoFields } from "./store.ts";

/** Fields that may be stored, or what is wrong with them, by the name of the field. */
export type Checked =
  | { readonly kind: "ok"; readonly fields: Partial<TodoFields> }
  | {
    readonly kind: "invalid";
    readonly errors: Readonly<Record<string, readonly string[]>>;
  };

const MAX_TITLE = 256;
const MAX_ORDER = 2 ** 31 - 1;
const MIN_ORDER = -(2 ** 31);
const TRUE = ["1", "on", "t", "true", "y", "yes"];
const FALSE = ["0", "f", "false", "n", "no", "off"];

class Invalid extends Error {}

const PARSERS: {
  readonly [Name in keyof TodoFields]: (value: unknown) => TodoFields[Name];
} = { title: parseTitle, completed: parseCompleted, order: parseOrder };

/** Checks the fields that are there; what no todo has is ignored. */
export function checkFields(input: unknown): Checked {
  if (input === null) return refuse("No data provided");
  if (typeof input !== "object" || Array.isArray(input)) {
    return refuse(
      `Invalid data. Expected a dictionary, but got ${typeName(input)}.`,
    );
  }
  const fields: Record<string, unknown> = {};
  const errors: Record<string, string[]> = {};
  for (const [name, parse] of Object.entries(PARSERS)) {
    if (!Object.hasOwn(input, name)) continue;
    try {
      fields[name] = parse(Reflect.get(input, name));
    } catch (error) {
      if (!(error instanceof Invalid)) throw error;
      errors[name] = [error.message];
    }
  }
  return Object.keys(errors).length > 0
    ? { kind: "invalid", errors }
    : { kind: "ok", fields };
}

function refuse(problem: string): Checked {
  return { kind: "invalid", errors: { non_field_errors: [problem] } };
}

/** What Python calls the type of a JSON value. */
function typeName(value: unknown): string {
  if (Array.isArray(value)) return "list";
  if (typeof value === "string") return "str";
  if (typeof value === "boolean") return "bool";
  return Number.isInteger(value) ? "int" : "float";
}

function parseTitle(value: unknown): string | null {
  if (value === null) return null;
  if (typeof value !== "string" && typeof value !== "number") {
    throw new Invalid("Not a valid string.");
  }
  // A lone surrogate cannot be stored; the client sees at once what was stored for it.
  const title = String(value).trim().toWellFormed();
  if (title.includes("\0")) {
    throw new Invalid("Null characters are not allowed.");
  }
  // Counted as the database counts: an emoji is one character.
  if ([...title].length > MAX_TITLE) {
    throw new Invalid(
      `Ensure this field has no more than ${MAX_TITLE} characters.`,
    );
  }
  return title;
}

function parseCompleted(value: unknown): boolean {
  if (value === null) throw new Invalid("This field may not be null.");
  const word = typeof value === "object" ? "" : String(value).toLowerCase();
  if (TRUE.includes(word)) return true;
  if (FALSE.includes(word)) return false;
  throw new Invalid("Must be a valid boolean.");
}

function parseOrder(value: unknown): number | null {
  if (value === null) return null;
  const isText = typeof value === "string" &&
    /^\s*[-+]?\d{1,1000}(\.0*)?\s*$/.test(value);
  const order = typeof value === "number" || isText ? Number(value) : NaN;
  if (!Number.isInteger(order)) {
    throw new Invalid("A valid integer is required.");
  }
  if (order > MAX_ORDER) {
    throw new Invalid(
      `Ensure this value is less than or equal to ${MAX_ORDER}.`,
    );
  }
  if (order < MIN_ORDER) {
    throw new Invalid(
      `Ensure this value is greater than or equal to ${MIN_ORDER}.`,
    );
  }
  return order;
}
