/**
 * HTML by a template that escapes all values.
 *
 * @module
 */

import { visibleText } from "../text/untrusted.ts";

/** A key that no data has, so that an object out of JSON cannot be taken for markup. */
const MARKUP = Symbol("markup");

/** Markup that may stand in a page. */
export interface Markup {
  readonly [MARKUP]: string;
}

/** Values of the template {@linkcode markup}: text, markup, or lists of both. `undefined` and `false` show nothing. */
export type Value =
  | string
  | number
  | Markup
  | false
  | undefined
  | readonly Value[];

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** The text, escaped for an element or a quoted attribute. */
export function escape(text: string): string {
  return visibleText(text).replace(/[&<>"']/g, (char) => ENTITIES[char]!);
}

/**
 * A template for markup: its own text stays as it is, its values are escaped. Values must stand between tags or in quotes.
 * It is not called html, because `deno fmt` would reformat it, and space between elements is visible.
 */
export function markup(
  { raw }: TemplateStringsArray,
  ...values: Value[]
): Markup {
  return trusted(
    raw.map((part, i) => i === 0 ? part : render(values[i - 1]) + part)
      .join(""),
  );
}

/** Text that is markup already; it must not come from data. */
export function trusted(text: string): Markup {
  return { [MARKUP]: text };
}

/** The text of a page. */
export function textOf(markup: Markup): string {
  return markup[MARKUP];
}

function render(value: Value): string {
  if (value === undefined || value === false) return "";
  if (Array.isArray(value)) return value.map(render).join("");
  if (typeof value === "object" && MARKUP in value) return value[MARKUP];
  return escape(String(value));
}
