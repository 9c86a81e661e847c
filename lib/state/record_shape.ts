/**
 * Checks that this version can have written the text of a record: another version, a person or a full disk may have
 * changed it.
 *
 * @module
 */

import type { ProjectRecord } from "./record.ts";

/** The format of the records that this version reads and writes. */
export const FORMAT = 1;

/** A record, or the reason why its text is none. */
export type Parsed = { record: ProjectRecord } | { problem: string };

/** The most levels of objects and lists in a record; a deeper one could not be written again. */
const DEEPEST = 16;

/** The most UTF-16 units of a name or path. */
const LONGEST = 8_192;

/** The path of the first invalid value, such as "run.owns"; undefined if all are valid. */
type Check = (value: unknown, at: string) => string | undefined;

/** Reads a record. Unknown fields stay in it. */
export function parseRecord(text: string): Parsed {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { problem: "it is not JSON" };
  }
  if (!isObject(value)) return { problem: "it is not an object" };
  const { format, ...record } = value;
  if (format !== FORMAT) {
    const which = typeof format === "number" ? `${format}` : "unknown";
    return { problem: `written by another version (format ${which})` };
  }
  if (isDeep(record)) return { problem: "it is nested too deep" };
  const wrong = RECORD(record, "");
  return wrong === undefined
    ? { record: record as unknown as ProjectRecord }
    : { problem: `"${wrong}" has a value that this version does not write` };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isDeep(value: unknown, level = 0): boolean {
  return typeof value === "object" && value !== null &&
    (level >= DEEPEST ||
      Object.values(value).some((one) => isDeep(one, level + 1)));
}

function where(holds: (value: unknown) => boolean): Check {
  return (value, at) => holds(value) ? undefined : at;
}

function object(fields: Readonly<Record<string, Check>>): Check {
  return (value, at) => {
    if (!isObject(value)) return at;
    for (const [name, check] of Object.entries(fields)) {
      const wrong = check(value[name], at === "" ? name : `${at}.${name}`);
      if (wrong !== undefined) return wrong;
    }
    return undefined;
  };
}

function list(check: Check): Check {
  return (value, at) => {
    if (!Array.isArray(value)) return at;
    return value.map((one, i) => check(one, `${at}.${i}`))
      .find((wrong) => wrong !== undefined);
  };
}

function optional(check: Check): Check {
  return (value, at) => value === undefined ? undefined : check(value, at);
}

function text(pattern: RegExp): Check {
  return where((value) =>
    typeof value === "string" && value.length <= LONGEST && pattern.test(value)
  );
}

function oneOf(...values: readonly string[]): Check {
  return where((value) => values.includes(value as string));
}

/** A word that docker reads as a name, never as a flag. */
const name = text(/^[^\p{Cc}-][^\p{Cc}]*$/u);
/** A name that leads to no other folder, because a file is named after the service. */
const service = text(/^(?!\.\.?$)[\w.-]+$/);
const path = text(/^([/\\]|[A-Za-z]:)[^\0]*$/);
const id = text(/^[\w-]+$/);
const words = text(/^[^\p{Cc}]*$/u);
const count = where((value) =>
  Number.isSafeInteger(value) && Number(value) > 0
);
const whole = where((value) =>
  Number.isSafeInteger(value) && Number(value) >= 0
);
const flag = where((value) => typeof value === "boolean");

/** The same, or "": an image that has lost its name, a volume without a run's label. */
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
