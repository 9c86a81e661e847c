/**
 * Compares the keys of two Compose models without keeping their values: of each value only a salted hash is kept, and of one
 * that may be secret not even that.
 *
 * @module
 */

import type { Model } from "../compose/model.ts";
import { isSecretName } from "../compose/secret_name.ts";
import type { Redactor } from "../secrets/redact.ts";
import type { Past } from "../state/green.ts";
import { shortHash } from "../text/hash.ts";

/** The sections of a model that have an influence on a run. */
const SECTIONS = [
  ...["services", "networks", "volumes", "configs", "secrets"],
  "x-todoflow",
] as const;

/** The most keys of a model that are compared. */
const MOST_KEYS = 5_000;

/** The deepest level of maps; a deeper map counts as one value. */
const DEEPEST = 16;

/** The secrets that are known. */
export interface Secrets {
  redactor: Pick<Redactor, "text">;
  /** The names in `x-todoflow.redact`. */
  named: readonly string[];
}

/** The values of a model by the paths of their keys, such as "services.db.image"; undefined in place of one that may be secret. */
export type Keys = ReadonlyMap<string, string | undefined>;

/** The keys of a model; undefined if they are too many. Lists are values. */
export function keysOf(model: Model, secrets: Secrets): Keys | undefined {
  const found = new Map<string, string | undefined>();
  const visit = (value: unknown, path: readonly string[]) => {
    const isMap = typeof value === "object" && value !== null &&
      !Array.isArray(value) && path.length < DEEPEST;
    const entries = isMap ? Object.entries(value) : [];
    for (const [name, one] of entries) visit(one, [...path, name]);
    if (entries.length > 0 || found.size > MOST_KEYS) return;
    const text = textOf(value);
    const isSecret = maySecret(path, value) || mayBeSecret(text, path, secrets);
    found.set(pathText(path), isSecret ? undefined : text);
  };
  for (const section of SECTIONS) {
    const value: unknown = model[section];
    if (value !== undefined) visit(value, [section]);
  }
  return found.size > MOST_KEYS ? undefined : found;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value) ?? "";
}

/** Whether the name of a key, or a word of its list such as `--password=x`, says that its value is secret. */
function maySecret(path: readonly string[], value: unknown): boolean {
  const [section = ""] = path;
  const last = path.at(-1)!;
  const isContent = last === "content" &&
    ["configs", "secrets"].includes(section);
  const words: unknown[] = Array.isArray(value) ? value : [];
  return isContent || isSecretName(last) ||
    words.some((word) =>
      typeof word === "string" && isSecretName(word.split("=", 1)[0]!)
    );
}

/** A URL with a password. */
const WITH_PASSWORD = /:\/\/[^/\s:@]*:[^/\s@]*@/;

/** Whether a value contains one that is not shown. */
function mayBeSecret(
  text: string,
  path: readonly string[],
  { redactor, named }: Secrets,
): boolean {
  return named.includes(path.at(-1)!) || WITH_PASSWORD.test(text) ||
    redactor.text(text) !== text;
}

function pathText(path: readonly string[]): string {
  return path.map((name) => /^[\w-]+$/.test(name) ? name : JSON.stringify(name))
    .join(".");
}

/** The hashes of values, by the paths of their keys; "" in place of one that may be secret. */
export async function hashed(
  keys: Keys,
  salt: string,
): Promise<Record<string, string>> {
  return Object.fromEntries(
    await Promise.all(
      [...keys].map(async ([path, text]) =>
        [
          path,
          text === undefined ? "" : await hashOf(text, { path, salt }),
        ] as const
      ),
    ),
  );
}

/** The path is part of it: equal values of two keys have different hashes. */
function hashOf(
  text: string,
  { path, salt }: { path: string; salt: string },
): Promise<string> {
  return shortHash([salt, path, text].join("\0"));
}

/** A key that differs. */
export interface KeyChange {
  /** Of the key, or of a whole service, network or volume that only one of the models has. */
  path: string;
  kind: "differs" | "new" | "gone";
  /** Its value now, if it is shown. */
  value?: string;
}

/** Texts of this run that stand in values, each with the text that the earlier run had in its place. */
export type Renames = readonly (readonly [now: string, before: string])[];

/** The keys that differ from those of an earlier run, the most telling first; undefined if those are unknown. */
export async function changedKeys(
  keys: Keys | undefined,
  { keys: before, salt }: Pick<Past, "keys" | "salt">,
  renames: Renames,
): Promise<KeyChange[] | undefined> {
  if (!keys || !before || salt === undefined) return undefined;
  const known = new Map(Object.entries(before));
  const changes: KeyChange[] = [];
  for (const [path, text] of keys) {
    const hash = known.get(path);
    if (hash === undefined) changes.push({ path, kind: "new" });
    if (hash === undefined || hash === "" || text === undefined) continue;
    const forms = new Set([text, renamed(text, renames)]);
    const hashes = await Promise.all(
      [...forms].map((form) => hashOf(form, { path, salt })),
    );
    if (hashes.includes(hash)) continue;
    const isShown = SHOWN.test(path);
    changes.push({ path, kind: "differs", ...(isShown && { value: text }) });
  }
  for (const path of known.keys()) {
    if (!keys.has(path)) changes.push({ path, kind: "gone" });
  }
  return inOrder(wholes(changes, { keys, known }));
}

/** Values that are names and no secrets; all others stay unsaid, because any of them may be secret. */
const SHOWN = /^services\.[^.]+\.(image|platform|build\.(target|dockerfile))$/;

function renamed(text: string, renames: Renames): string {
  return renames.reduce(
    (text, [now, before]) => now === "" ? text : text.replaceAll(now, before),
    text,
  );
}

/** Puts the thing in place of its keys where only one of the models has it, such as "services.cache". */
function wholes(
  changes: readonly KeyChange[],
  { keys, known }: {
    keys: ReadonlyMap<string, unknown>;
    known: ReadonlyMap<string, unknown>;
  },
): KeyChange[] {
  const heads = (paths: Iterable<string>) => new Set([...paths].map(headOf));
  const [now, before] = [heads(keys.keys()), heads(known.keys())];
  const all = changes.map((change) => {
    const head = headOf(change.path);
    const isWhole = !(now.has(head) && before.has(head));
    return isWhole ? { ...change, path: head } : change;
  });
  return [...new Map(all.map((change) => [change.path, change])).values()];
}

/** The first two names of a path. */
function headOf(path: string): string {
  const name = String.raw`(?:[\w-]+|"(?:[^"\\]|\\.)*")`;
  return new RegExp(`^${name}(?:\\.${name})?`).exec(path)?.[0] ?? path;
}

/** Images first, then builds, then all others, each by name. */
function inOrder(changes: readonly KeyChange[]): KeyChange[] {
  const rank = ({ path }: KeyChange) =>
    path.endsWith(".image") ? 0 : path.includes(".build.") ? 1 : 2;
  return changes.toSorted((a, b) =>
    rank(a) - rank(b) || (a.path < b.path ? -1 : 1)
  );
}
