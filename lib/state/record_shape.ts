/**
 * Checks that this version can have written the text of a record.
 *
 * @module
 */

import type { ProjectRecord } from "./record.ts";
import {
  count,
  flag,
  id,
  list,
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

/** The format of the records that this version reads and writes. */
export const FORMAT = 1;

/** A record, or the reason why its text is none. */
export type Parsed = { record: ProjectRecord } | { problem: string };

/** Reads a record. Unknown fields stay in it. */
export function parseRecord(text: string): Parsed {
  const parsed = parseAs<ProjectRecord>(text, {
    format: FORMAT,
    check: RECORD,
  });
  return "value" in parsed ? { record: parsed.value } : parsed;
}

/** A name that docker reads as one, or "": an image that has lost its name, a volume without a run's label. */
const nameOrNone = text(/^([^\p{Cc}-][^\p{Cc}]*)?$/u);

const MADE = object({
  kind: oneOf("container", "network", "volume", "image"),
  name: nameOrNone,
  id: nameOrNone,
});

const OWNS = object({
  project: name,
  base: optional(name),
  made: list(MADE),
  kept: list(MADE),
  containers: list(name),
  networks: list(name),
  volumes: list(name),
  images: list(object({ name, before: optional(name) })),
});

const COLLECTED = object({
  container: name,
  service,
  reports: list(text(/^[^\0]*$/)),
  finds: optional(words),
});

/** Files need not be given to root. */
const CALLER = object({ uid: count, gid: whole });

const RUN = object({
  id,
  target: words,
  version: optional(words),
  pid: count,
  host: words,
  started: words,
  owns: OWNS,
  reports: path,
  collected: list(COLLECTED),
  caller: optional(CALLER),
  marks: optional(flag),
  hides: optional(flag),
});

const LEFT = object({
  what: oneOf("released", "kept"),
  version: optional(words),
  url: optional(words),
  since: words,
});

const RECORD = object({
  project: name,
  directory: path,
  engine: words,
  left: optional(LEFT),
  made: optional(list(MADE)),
  own: optional(flag),
  folders: optional(list(path)),
  run: optional(RUN),
  sweeping: optional(flag),
  seen: optional(count),
});
