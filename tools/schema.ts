/**
 * `deno task schema`: writes `x-todoflow.schema.json`, the JSON Schema of `x-todoflow` for editors and other programs, and
 * `receipt.schema.json`, that of signed receipts.
 *
 * @module
 */

import { RECEIPT_SCHEMA } from "./receipt_schema.ts";
import { SCHEMA, type Schema } from "../lib/compose/schema.ts";

/** Where the schema is checked in. */
export const SCHEMA_FILE: URL = new URL(
  "../x-todoflow.schema.json",
  import.meta.url,
);

/** The rules that a schema cannot express, so that only the tool checks them. */
const NOTE =
  "Generated from lib/compose/schema.ts by `deno task schema`: do not edit. " +
  "todoflow checks in addition that services exist, that one-shots have names of their own, and that none waits for itself.";

/** A schema of JSON Schema, without keywords that only we know. */
type Standard = Record<string, unknown>;

/** The text of the schema, in draft 2020-12: https://json-schema.org/draft/2020-12. */
export function schemaText(): string {
  const schema = {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "x-todoflow",
    $comment: NOTE,
    ...standard(SCHEMA),
    // An empty block is YAML's null.
    type: ["object", "null"],
  };
  return JSON.stringify(schema, null, 2) + "\n";
}

function standard(schema: Schema): Standard {
  if ("anyOf" in schema) {
    return { ...schema, anyOf: schema.anyOf.map(standard) };
  }
  const { format, ...rest } = schema;
  const { description = "", properties, items } = rest;
  return {
    ...rest,
    ...(format && { description: `Name of a service. ${description}` }),
    ...(properties && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([key, item]) => [key, standard(item)]),
      ),
    }),
    ...(items && { items: standard(items) }),
  };
}

/** Where the schema of receipts is checked in. */
export const RECEIPT_FILE: URL = new URL(
  "../receipt.schema.json",
  import.meta.url,
);

/** The text of the schema of receipts. */
export function receiptSchemaText(): string {
  return JSON.stringify(RECEIPT_SCHEMA, null, 2) + "\n";
}

if (import.meta.main) {
  await Deno.writeTextFile(SCHEMA_FILE, schemaText());
  await Deno.writeTextFile(RECEIPT_FILE, receiptSchemaText());
}
