/**
 * Checks that this version can have written the text of a green record.
 *
 * @module
 */

import type { Green } from "./green.ts";
import {
  flag,
  list,
  mapOf,
  name,
  object,
  oneOf,
  optional,
  parseAs,
  path,
  service,
  text,
  whole,
  words,
} from "./shape.ts";

/** The format of the green records that this version reads and writes. */
export const FORMAT = 1;

/** Reads a green record. Unknown fields stay in it. */
export function parseGreen(
  text: string,
): { value: Green } | { problem: string } {
  return parseAs(text, { format: FORMAT, check: GREEN });
}

const hash = text(/^[0-9a-f]*$/);

/** By https://git-scm.com/docs/hash-function-transition: SHA-1 or SHA-256. */
const commit = text(/^([0-9a-f]{40}|[0-9a-f]{64})$/);

const digest = text(/^sha256:[0-9a-f]{64}$/);

const ROLES = object({
  apps: list(service),
  acceptance: optional(object({ service })),
  unconfirmed: optional(list(object({
    role: oneOf("app", "acceptance"),
    service,
    before: words,
  }))),
});

const GREEN = object({
  project: name,
  directory: path,
  engine: words,
  target: words,
  at: text(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
  version: optional(words),
  commit: optional(commit),
  dirty: optional(flag),
  changes: optional(mapOf(words)),
  salt: optional(hash),
  keys: optional(mapOf(hash)),
  images: list(object({
    name,
    id: optional(digest),
    digest: optional(digest),
  })),
  versions: object({
    todoflow: words,
    engine: optional(words),
    compose: optional(words),
  }),
  steps: optional(mapOf(whole)),
  roles: optional(ROLES),
});
