/**
 * Finds the place in the Compose files that a complaint of Compose is about.
 *
 * @module
 */

import { dirname, resolve } from "node:path";
import type { Location } from "../errors/location.ts";
import type { ReadTextFile } from "./files.ts";
import { locate } from "./locate.ts";
import { isSecretName } from "./secret_name.ts";
import { readWritten } from "./written.ts";

/** The Compose files, in the order in which Compose uses them. */
export interface Looked {
  files: readonly string[];
  readTextFile: ReadTextFile;
}

/** The place that a complaint is about: a mistake of YAML, the key that it names, or the only line with its value. */
export async function placeOf(
  detail: string,
  looked: Looked,
): Promise<Location | undefined> {
  if (/^yaml: /m.test(detail)) return await syntaxError(looked);
  const path = pathIn(detail);
  if (path) return await locate(path, looked);
  const [, value] = /^invalid [\w ]+: "?([^"\s]{2,})"?$/im.exec(detail) ?? [];
  return value === undefined ? undefined : await onlyLineWith(value, looked);
}

/** The entry of `env_file` that names a file, the first one of several. */
export async function envFilePlace(
  path: string,
  { files, readTextFile }: Looked,
): Promise<Location | undefined> {
  const { documents } = await readWritten(files, readTextFile);
  const folder = dirname(files[0] ?? "");
  const isIt = (entry: unknown) => {
    const named = typeof entry === "string" ? entry : Object(entry).path;
    return typeof named === "string" && resolve(folder, named) === path;
  };
  for (const document of documents) {
    const services = Object.entries(Object(Object(document).services));
    for (const [name, service] of services) {
      const { env_file: own } = Object(service);
      const at = ["services", name, "env_file"];
      if (isIt(own)) return await locate(at, { files, readTextFile });
      const index = Array.isArray(own) ? own.findIndex(isIt) : -1;
      if (index >= 0) {
        return await locate([...at, index], { files, readTextFile });
      }
    }
  }
  return undefined;
}

/** The place of the first mistake of YAML in the Compose files; undefined where there is none. */
export async function syntaxError(
  { files, readTextFile }: Looked,
): Promise<Location | undefined> {
  const { parseAllDocuments } = await import("yaml");
  for (const file of files) {
    const text = await readTextFile(file).catch(() => "");
    const [error] = [...parseAllDocuments(text)]
      .flatMap(({ errors }) => errors);
    const [start] = error?.linePos ?? [];
    if (start) return { file, line: start.line, column: start.col };
  }
  return undefined;
}

/** The place of a text in the Compose files; undefined unless it is in one line only. */
export async function onlyLineWith(
  text: string,
  { files, readTextFile }: Looked,
): Promise<Location | undefined> {
  const found: Location[] = [];
  for (const file of files) {
    const lines = (await readTextFile(file).catch(() => "")).split("\n");
    lines.forEach((line, i) => {
      const at = line.indexOf(text);
      if (at >= 0) found.push({ file, line: i + 1, column: at + 1 });
    });
  }
  return found.length === 1 ? found[0] : undefined;
}

/** The line at a place, without the value of a key that is named like a secret; undefined where it cannot be read. */
export async function lineAt(
  { file, line }: Location,
  readTextFile: ReadTextFile,
): Promise<string | undefined> {
  const text = await readTextFile(file).catch(() => "");
  const found = text.split(/\r?\n/)[line - 1];
  const secret = [...(found ?? "").matchAll(VARIABLE)]
    .find(([, name = ""]) => isSecretName(name));
  return secret
    ? `${found!.slice(0, secret.index + secret[0].length)}***`
    : found;
}

/** A variable of the environment up to its value; keys of Compose, such as `secrets`, are in lower case. */
const VARIABLE = /\b([A-Z][A-Z\d_]*)["']?\s*[:=]\s*(?=\S)/g;

/** Complaints that name a service, and the keys below it that they are about. */
const ABOUT_SERVICES: readonly [RegExp, (...found: string[]) => string[]][] = [
  [
    /service "([^"]+)" refers to undefined (?:build )?(\w+) (\S+?)(?=:? |$)/,
    (service, kind, name) => [service, `${kind}s`, name],
  ],
  [
    /service "([^"]+)" depends on (?:undefined|unknown) service "?([^"\s]+)/,
    (service, needed) => [service, "depends_on", needed],
  ],
  [
    /service "([^"]+)" is required by "([^"]+)" but is disabled/,
    (needed, service) => [service, "depends_on", needed],
  ],
  [
    /dependency cycle detected: (\S+) -> (\S+)/,
    (service, needed) => [service, "depends_on", needed],
  ],
  [/cannot extend service "([^"]+)"/, (service) => [service, "extends"]],
  [/service "?([\w.-]+)"? declares/, (service) => [service]],
  [/service "([^"]+)"/, (service) => [service]],
];

/** The words of Compose before and since 2.36 for a key that it does not know. */
const UNKNOWN_KEY =
  /(?:Additional property (.+?) is not allowed|additional properties '([^']+)')/;

/** The keys from the top of the file that Compose's message names; undefined if it names none. */
export function pathIn(detail: string): string[] | undefined {
  const [, old, recent] = UNKNOWN_KEY.exec(detail) ?? [];
  const unknown = old ?? recent;
  const below = unknown === undefined ? [] : [unknown];
  const [, path] =
    /((?:services|networks|volumes|secrets|configs)\.[^\s:]+?)\.?(?=[\s:]|$)/
      .exec(detail) ?? [];
  if (path) {
    const keys = path.split(".").map((key) => key.replace(/^\[(\d+)\]$/, "$1"));
    return [...keys, ...below];
  }
  const [, section] =
    /(?:^|: )(services|networks|volumes|secrets|configs) (?:must|Add|add)/m
      .exec(detail) ?? [];
  if (section !== undefined) return [section, ...below];
  if (unknown !== undefined) return [unknown];
  for (const [words, keys] of ABOUT_SERVICES) {
    const found = words.exec(detail);
    if (found) return ["services", ...keys(...found.slice(1))];
  }
  return undefined;
}
