/**
 * Finds what helps after a complaint of Compose: the command, and what is wrong with a file as a whole.
 *
 * @module
 */

import { basename, dirname, join } from "node:path";
import type { Complaint } from "../errors/failure.ts";
import { toShell } from "../plan/script.ts";
import type { Looked } from "./complaint_place.ts";
import { withFileIn, withOthers } from "./missing_file.ts";

/** Options of {@linkcode withCommand}. */
export interface HelpOptions extends Looked {
  /** The path of a file as the user sees it. */
  shown: (file: string) => string;
  /** The names in a folder; undefined if it cannot be read. */
  list: (folder: string) => Promise<readonly string[] | undefined>;
  /** The path of a file as `-f` takes it; by default as the user sees it. */
  asFlag?: (file: string) => string;
}

type About = NonNullable<Complaint["about"]>;

/** Adds the command that gives Compose what it lacks, and harms no file that is there. */
export async function withCommand(
  about: About,
  options: HelpOptions,
): Promise<About> {
  const { what, name } = about;
  const { shown, files, asFlag = shown, list } = options;
  const others = { ...options, asFlag };
  switch (what) {
    case "file":
      return {
        ...(files.includes(name)
          ? await withOthers(about, others)
          : { ...about, name: shown(name) }),
        next: toShell(["ls", shown(await nearestFolder(name, list))]),
      };
    case "folder":
      return {
        ...await withFileIn(about, others),
        next: toShell(["ls", shown(name)]),
      };
    case "unreadable":
      return {
        ...{ ...about, name: shown(name) },
        next: toShell(["ls", "-ld", shown(name)]),
      };
    case "variable":
    case "env-file":
      return await withExample(about, options);
    case "undefined":
      return { ...about, next: await definition(name, options) };
    default:
      return about;
  }
}

/** The folder of a file, or the nearest one above it that is there. */
async function nearestFolder(
  file: string,
  list: HelpOptions["list"],
): Promise<string> {
  let folder = dirname(file);
  while (folder !== dirname(folder)) {
    const names = await list(dirname(folder));
    if (names === undefined || names.includes(basename(folder))) break;
    folder = dirname(folder);
  }
  return folder;
}

async function withExample(
  { what, name }: About,
  { files: [first = ""], readTextFile, shown }: HelpOptions,
): Promise<About> {
  const wanted = what === "env-file" ? name : `${dirname(first)}/.env`;
  const isThere = (path: string) =>
    readTextFile(path).then(() => true, () => false);
  const named = what === "env-file" ? shown(name) : name;
  const to = shown(wanted);
  for (const example of await isThere(wanted) ? [] : examplesOf(wanted)) {
    if (!await isThere(example)) continue;
    // The file may be there and unreadable.
    const copy = toShell(["cp", "-n", shown(example), to]);
    return { what, name: named, next: `${copy}   # then check its values` };
  }
  const next = what === "env-file"
    ? `${toShell(["touch", to])}   # or: required: false`
    // The last line of the file may have no end.
    : `printf '\\n%s=\\n' ${name} >> ${toShell([to])}   # then write its value`;
  return { what, name: named, next };
}

/** Words in names of examples of a file that each checkout has of its own. */
const EXAMPLES = ["example", "sample", "dist", "template", "default", "tmpl"];

/** The paths that examples of an env file have, such as `.env.example`, `env.example`, `example.env`, `app.example.env`. */
function examplesOf(path: string): string[] {
  const folder = dirname(path);
  const name = basename(path);
  const [, stem = "", end = ""] = /^(.*?)(\.env)$/.exec(name) ?? [];
  const names = [
    ...EXAMPLES.flatMap((word) =>
      [".", "-", "_"].map((mark) => `${name}${mark}${word}`)
    ),
    ...EXAMPLES.flatMap((word) => [
      ...(name.startsWith(".") ? [`${name.slice(1)}.${word}`] : []),
      ...(end ? [`${stem ? `${stem}.` : ""}${word}${end}`] : []),
    ]),
    // An example of all env files of a stage, or of one of them.
    ...(name === ".env"
      ? ["local", "dev", "development", "docker"].flatMap((stage) =>
        [".", "-"].flatMap((mark) =>
          ["example", "sample"].map((word) => `.env.${stage}${mark}${word}`)
        )
      )
      : /^\.env[.-]/.test(name)
      ? EXAMPLES.map((word) => `.env.${word}`)
      : []),
  ];
  return names.map((one) => join(folder, one));
}

/** How to define a thing, such as `network "back"`, that a service names. */
async function definition(
  thing: string,
  { files, readTextFile, shown }: HelpOptions,
): Promise<string> {
  const [, kind = "", name = ""] = /^(\w+) "(.*)"$/.exec(thing) ?? [];
  if (kind === "service") return `add a service "${name}"`;
  const { parseAllDocuments, isMap } = await import("yaml");
  const known: string[] = [];
  let appends: string | undefined;
  for (const file of files) {
    const text = await readTextFile(file).catch(() => "");
    const documents = [...parseAllDocuments(text)];
    appends = documents.length === 1 && isMap(documents[0]?.contents) &&
        !documents[0].contents.flow && !/^\.\.\.$/m.test(text)
      ? file
      : undefined;
    const all = documents.map((one) => one.toJS() as unknown);
    known.push(...all.flatMap((one) => keysOf(one, `${kind}s`)));
  }
  const isPlain = /^[\w.-]+$/.test(name) &&
    ["network", "volume"].includes(kind);
  if (known.length > 0 || appends === undefined || !isPlain) {
    const others = known.filter((key) => key !== "").join(", ");
    return `add it under ${kind}s:` +
      (others ? `, or name one of: ${others}` : "");
  }
  const file = toShell([shown(appends)]);
  return `printf '\\n${kind}s:\\n  ${name}:\\n' >> ${file}`;
}

/** The keys of a section; one that is there and empty counts as "". */
function keysOf(file: unknown, section: string): string[] {
  if (typeof file !== "object" || file === null || !(section in file)) {
    return [];
  }
  const keys = Object.keys((file as Record<string, object>)[section] ?? {});
  return keys.length > 0 ? keys : [""];
}

/** The fault of one of the files as a whole, if that is the cause of the complaint. */
export async function wholeFile(
  detail: string,
  { files, readTextFile, shown }: HelpOptions,
): Promise<About | undefined> {
  const isUnknown =
    /\(root\) Additional property|validating [^:]*: +additional properties/
      .test(detail);
  const isBroken =
    /^yaml: |empty compose file|top-level object must be a mapping/m
      .test(detail);
  if (!isUnknown && !isBroken) return undefined;
  const { parseAllDocuments } = await import("yaml");
  for (const file of files) {
    const text = await readTextFile(file).catch(() => undefined);
    if (text === undefined) continue;
    const name = shown(file);
    if (isBroken && /^<{7} /m.test(text) && /^>{7}/m.test(text)) {
      const next = toShell(["grep", "-nE", "^(<|=|>){7}", name]);
      return { what: "conflict", name, next };
    }
    const documents = [...parseAllDocuments(text)];
    if (documents.some(({ errors }) => errors.length > 0)) continue;
    const all = documents.map((one) => one.toJS() as unknown)
      .filter((one) => one !== null && one !== undefined);
    if (isUnknown && all.some(isOfV1)) {
      // The shell must not empty a file that is there.
      const next = `(set -C; { echo services:; sed 's/^/  /' ${
        toShell([name])
      }; } > compose.v2.yaml)`;
      return { what: "v1", name, next };
    }
    if (!isBroken) continue;
    if (all.length === 0) return { what: "empty", name };
    if (all.some((one) => typeof one !== "object" || Array.isArray(one))) {
      return { what: "no-mapping", name };
    }
  }
  return undefined;
}

/** Whether a file has its services at the top, as Compose v1 allowed. */
function isOfV1(file: unknown): boolean {
  return typeof file === "object" && file !== null && !("services" in file) &&
    Object.values(file).some((one) =>
      typeof one === "object" && one !== null &&
      ("image" in one || "build" in one)
    );
}
