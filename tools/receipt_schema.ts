/**
 * The JSON Schema of the receipt in a signed statement: what each field is, for programs and for docs/receipt.md.
 *
 * @module
 */

import { STATED_FORMAT } from "../lib/publish/statement.ts";

const text = (description: string) => ({ type: "string", description });
const count = (description: string) => ({
  type: "integer",
  minimum: 0,
  description,
});
const list = (items: object, description: string) => ({
  type: "array",
  items,
  description,
});
const object = (
  properties: Readonly<Record<string, object>>,
  optional: readonly string[] = [],
) => ({
  type: "object",
  properties,
  required: Object.keys(properties).filter((key) => !optional.includes(key)),
});

const TOTALS = object({
  tests: count("All of them"),
  passed: count("Those that have passed"),
  failed: count("Those that have failed"),
  skipped: count("Those that were skipped"),
});

const BASE = object({
  name: text("As the Dockerfile writes it"),
  digest: text("By which its registry knows it"),
}, ["digest"]);

const IMAGE = object({
  service: text("The service that runs it"),
  name: text("As the Compose file names it"),
  id: text("ID on the engine"),
  built: { type: "boolean", description: "Whether the release has built it" },
  repository: text("Registry and repository, if it can be published"),
  bases: list(BASE, "The base images of a built image"),
  digests: list({ type: "string" }, "Names with digests of a foreign image"),
}, ["repository", "bases", "digests"]);

/** The schema. */
export const RECEIPT_SCHEMA: Readonly<Record<string, unknown>> = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "todoflowReceipt",
  $comment: "Generated from tools/receipt_schema.ts by `deno task schema`",
  ...object({
    format: { const: STATED_FORMAT, description: "The format" },
    image: object({
      service: text("A service that runs it"),
      repository: text("Registry and repository at the first publication"),
      id: text("ID on the engine that has built it"),
    }),
    commit: text("The whole hash of the commit"),
    dirty: {
      type: "boolean",
      description: "Whether files differed from the commit",
    },
    version: text("The version of the application"),
    files: list({ type: "string" }, "The Compose files, relative"),
    model: text("Digest of the resolved Compose model, without values"),
    acceptance: object({
      service: text("The service that runs the acceptance tests"),
      passed: { type: "boolean", description: "Whether they accepted it" },
      tests: TOTALS,
    }, ["tests"]),
    tests: TOTALS,
    images: list(IMAGE, "All images of the stack"),
    hidden: list(
      object({
        service: text("The service that has the mount"),
        folder: text("Relative to the checkout"),
        target: text("Path in the container"),
      }),
      "Folders that were mounted over files of the image",
    ),
    uncommitted: count("Files in no commit that builds may have taken"),
    tool: text("Version of todoflow"),
    at: { ...text("The end of the release, ISO 8601"), pattern: "^\\d{4}-" },
  }, ["model", "acceptance"]),
};
