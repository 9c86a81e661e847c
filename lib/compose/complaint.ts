/**
 * Reads the complaints of Compose about its files.
 *
 * @module
 */

import { dirname } from "node:path";
import type { Complaint, Location } from "../errors/failure.ts";
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
  [/required variable (\S+) is missing a value/, "variable"],
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
}

/** Adds the facts that are in the files: the place and its line, an example of a missing file, an old format. */
export async function withPlace(
  complaint: Complaint,
  { files, readTextFile }: PlaceOptions,
): Promise<Complaint & { place?: Location }> {
  const read = (path: string) => readTextFile(path).catch(() => undefined);
  const { about } = complaint;
  if (about?.what === "variable" || about?.what === "env-file") {
    const [first = ""] = files;
    const wanted = about.what === "env-file"
      ? about.name
      : `${dirname(first)}/.env`;
    const isThere = about.what === "variable" &&
      await read(wanted) !== undefined;
    for (const end of isThere ? [] : EXAMPLES) {
      const example = `${wanted}${end}`;
      if (await read(example) === undefined) continue;
      return { ...complaint, about: { ...about, example, wanted } };
    }
    return { ...complaint, about: { ...about, wanted } };
  }
  if (/\(root\) Additional property/.test(complaint.detail)) {
    const { parse } = await import("yaml");
    for (const file of files) {
      const text = await read(file);
      if (text === undefined || !isOfV1(safely(() => parse(text)))) continue;
      return { ...complaint, about: { what: "v1", name: file } };
    }
  }
  const place = await placeOf(complaint, { files, readTextFile });
  if (!place) return complaint;
  const line = (await read(place.file))?.split("\n")[place.line - 1];
  return { ...complaint, place, ...(line !== undefined && { line }) };
}

/** How projects call the example of a file that each developer has for himself. */
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
    const { LineCounter, parseAllDocuments } = await import("yaml");
    for (const file of files) {
      const text = await readTextFile(file).catch(() => "");
      const lineCounter = new LineCounter();
      const [error] = [...parseAllDocuments(text, { lineCounter })]
        .flatMap(({ errors }) => errors);
      if (!error) continue;
      const { line, col: column } = lineCounter.linePos(error.pos[0]);
      return { file, line, column };
    }
  }
  const path = pathIn(detail);
  return path && await locate(path, { files, readTextFile });
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
