/**
 * Reads the complaints of Compose about its files.
 *
 * @module
 */

import { dirname } from "node:path";
import type { Complaint, Location } from "../errors/failure.ts";
import { toShell } from "../plan/script.ts";
import type { ReadTextFile } from "./files.ts";
import { locate } from "./locate.ts";

/** The complaint in what `docker compose config` has written to stderr. Its warnings are kept apart from its error. */
export function complaintIn(stderr: string): Complaint {
  const lines = stderr.trim().split("\n").map((line) => line.trim());
  const warnings = lines.flatMap((line) => WARNING.exec(line)?.[1] ?? [])
    .map((text) => text.replaceAll('\\"', '"'));
  const detail = lines.filter((line) => !WARNING.test(line)).join("\n");
  const about = aboutOf(detail);
  return {
    detail: detail || stderr.trim(),
    ...(warnings.length > 0 && { warnings: [...new Set(warnings)] }),
    ...(about && { about }),
  };
}

/** A line of Compose's log, as it is written to a pipe. */
const WARNING = /^time="[^"]*" level=warning msg="(.*)"$/;

/** The subjects of complaints, in the words of Compose 2.20 to 2.40, and of its library compose-go. */
const ABOUT: readonly [RegExp, "variable" | "env-file" | "file" | "name"][] = [
  [/required variable (\w+) is missing a value/, "variable"],
  [/^env file (.+?) not found: /m, "env-file"],
  [/^Couldn't find env file: (.+)$/m, "env-file"],
  [/^open (.+?): no such file or directory$/m, "file"],
  [/^stat (.+?): no such file or directory$/m, "file"],
  [/invalid project name "([^"]*)"/, "name"],
];

function aboutOf(detail: string): Complaint["about"] {
  for (const [words, what] of ABOUT) {
    const [, name] = words.exec(detail) ?? [];
    if (name !== undefined) return { what, name };
  }
  return undefined;
}

/** Options of {@linkcode withPlace}. */
interface PlaceOptions {
  /** The Compose files, in the order in which Compose uses them. */
  files: readonly string[];
  readTextFile: ReadTextFile;
  /** The path of a file as the user sees it. */
  shown: (file: string) => string;
}

/** Adds the facts that are in the files: the place and its line, the command that helps, an old format. */
export async function withPlace(
  complaint: Complaint,
  options: PlaceOptions,
): Promise<Complaint & { location?: Location }> {
  const { files, readTextFile, shown } = options;
  const read = (path: string) => readTextFile(path).catch(() => undefined);
  const { about, detail } = complaint;
  if (about) {
    return { ...complaint, about: await withCommand(about, options) };
  }
  if (/\(root\) Additional property/.test(detail)) {
    const { parse } = await import("yaml");
    for (const file of files) {
      const text = await read(file);
      if (text === undefined || !isOfV1(safely(() => parse(text)))) continue;
      const name = shown(file);
      // The shell must not empty a file that is there.
      const next = `(set -C; { echo services:; sed 's/^/  /' ${
        toShell([name])
      }; } > compose.v2.yaml)`;
      return { ...complaint, about: { what: "v1", name, next } };
    }
  }
  const place = await placeOf(complaint, options);
  if (!place) return complaint;
  const line = await lineAt(place, readTextFile);
  const location = { ...place, file: shown(place.file) };
  return { ...complaint, location, ...(line !== undefined && { line }) };
}

/** The line at a place; undefined where the file cannot be read. */
export async function lineAt(
  { file, line }: Location,
  readTextFile: ReadTextFile,
): Promise<string | undefined> {
  const text = await readTextFile(file).catch(() => "");
  return text.split(/\r?\n/)[line - 1];
}

/** Adds the command that gives Compose what it lacks, and harms no file that is there. */
async function withCommand(
  { what, name }: NonNullable<Complaint["about"]>,
  { files: [first = ""], readTextFile, shown }: PlaceOptions,
): Promise<NonNullable<Complaint["about"]>> {
  if (what === "file") return { what, name: shown(name) };
  if (what !== "variable" && what !== "env-file") return { what, name };
  const wanted = what === "env-file" ? name : `${dirname(first)}/.env`;
  const isThere = (path: string) =>
    readTextFile(path).then(() => true, () => false);
  const named = what === "env-file" ? shown(name) : name;
  const to = shown(wanted);
  for (const end of await isThere(wanted) ? [] : EXAMPLES) {
    if (!await isThere(`${wanted}${end}`)) continue;
    // The file may be there and unreadable.
    const copy = toShell(["cp", "-n", `${to}${end}`, to]);
    return { what, name: named, next: `${copy}   # then check its values` };
  }
  const next = what === "env-file"
    ? `${toShell(["touch", to])}   # or: required: false`
    // The last line of the file may have no end.
    : `printf '\\n%s=\\n' ${name} >> ${toShell([to])}   # then write its value`;
  return { what, name: named, next };
}

/** The names of examples of a file that each checkout has of its own. */
const EXAMPLES = [".example", ".sample", ".dist", ".template", "-example"];

function safely(parse: () => unknown): unknown {
  try {
    return parse();
  } catch {
    return undefined;
  }
}

/** Whether a file has its services at the top, as Compose v1 allowed. */
function isOfV1(file: unknown): boolean {
  return typeof file === "object" && file !== null && !("services" in file) &&
    Object.values(file).some((one) =>
      typeof one === "object" && one !== null &&
      ("image" in one || "build" in one)
    );
}

/** The place that the complaint is about: a mistake of YAML, or the key that it names. */
async function placeOf(
  { detail }: Complaint,
  { files, readTextFile }: PlaceOptions,
): Promise<Location | undefined> {
  if (/^yaml: /m.test(detail)) {
    return await syntaxError({ files, readTextFile });
  }
  const path = pathIn(detail);
  return path && await locate(path, { files, readTextFile });
}

/** The place of the first mistake of YAML in the Compose files; undefined where there is none. */
export async function syntaxError(
  { files, readTextFile }: Pick<PlaceOptions, "files" | "readTextFile">,
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

/** The keys from the top of the file that Compose's message names; undefined if it names none. */
export function pathIn(detail: string): string[] | undefined {
  const [, path, property] =
    /((?:services|networks|volumes|secrets|configs)\.[^\s:]+?)\.?(?=[\s:]|$)(?: Additional property (\S+))?/
      .exec(detail) ?? [];
  if (path) return [...path.split("."), ...(property ? [property] : [])];
  const [, root] = /\(root\) Additional property (\S+)/.exec(detail) ?? [];
  if (root !== undefined) return [root];
  const [, service] = /service "([^"]+)"/.exec(detail) ?? [];
  return service === undefined ? undefined : ["services", service];
}
