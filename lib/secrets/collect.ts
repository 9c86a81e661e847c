/**
 * Collects the values that must not be shown: Compose secrets, build arguments with a name like a secret's, and the
 * variables that `x-todoflow.redact` names.
 *
 * @module
 */

import { isAbsolute, join } from "node:path";
import { parseEnv } from "node:util";
import { argumentDefaults } from "../compose/dockerfile.ts";
import {
  composePlace,
  type Lookup,
  type ReadTextFile,
} from "../compose/files.ts";
import { base64Forms, quotedForms } from "./encodings.ts";
import { type Redactor, redactor } from "./redact.ts";
import { readSecretFile } from "./secret_file.ts";
import {
  type BuildSource,
  mergedSources,
  type SecretSources,
  secretSources,
} from "../compose/secret_sources.ts";
import { isSecretName } from "../compose/secret_name.ts";

/** Where values are looked up. */
interface SecretPlaces {
  /** The environment of Compose. */
  env: Readonly<Record<string, string>>;
  /** The variables that `.env` sets. */
  fileEnv: Readonly<Record<string, string>>;
  /** The text of `.env`. */
  dotenv: string;
  /** Absolute path of the folder that relative paths start from. */
  directory: string;
  readTextFile: ReadTextFile;
}

/** The shortest value that is hidden because of its place or name: shorter ones occur in other texts by chance. */
const LEAST = 4;

/** The shortest value that is hidden of a variable that `redact` names. */
const LEAST_NAMED = 2;

/** The most UTF-16 units of a part of a value that is also hidden in encoded forms, such as JSON and Base64. */
const MOST_ENCODED = 16_384;

/** The most bytes of all forms; encoded forms are the first to be dropped. */
const MOST_FORMS = 1_000_000;

/** Words that are never hidden, because the output would be useless without them. */
const WORDS = new Set(
  `admin changeme database debug default dev development docker dummy empty enabled example false guest localhost mysql none null
  password placeholder postgres prod production public release root secret staging test testing tests todo true undefined unknown user`
    .split(/\s+/),
);

/** The redactor of a project; `lookup` says where Compose finds its files. */
export async function redactorIn(
  lookup: Lookup,
  all: readonly SecretSources[],
): Promise<Redactor> {
  const { fileEnv, dotenv, directory } = await composePlace(lookup);
  const sources = mergedSources(all);
  const { values, named } = await collect(sources, {
    ...lookup,
    ...{ fileEnv, dotenv, directory },
  });
  const names = new Set(sources.names);
  const isSecret = (text: string) =>
    text.length >= LEAST && !WORDS.has(text.toLowerCase()) && !names.has(text);
  const parts = [
    ...values.flatMap((value) => partsOf(value, isSecret)),
    ...named.flatMap((value) => [
      ...(value.trim().length >= LEAST_NAMED ? [value.trim()] : []),
      ...partsOf(value, isSecret),
    ]),
  ];
  return redactor(formsOf(parts));
}

/** The redactor for the text of Compose files, even of those that Compose cannot resolve. */
export async function writtenRedactor(lookup: Lookup): Promise<Redactor> {
  const { readWritten } = await import("../compose/written.ts");
  const { files } = await composePlace(lookup);
  const { documents } = await readWritten(files, lookup.readTextFile);
  return await redactorIn(lookup, documents.map(secretSources));
}

type Value = string | Uint8Array;

/** The values in their plain form, with duplicates. */
async function collect(
  { files, variables, values, named, given, builds }: SecretSources,
  places: SecretPlaces,
): Promise<{ values: Value[]; named: string[] }> {
  const { directory } = places;
  const path = (file: string) =>
    isAbsolute(file) ? file : join(directory, file);
  const contents = await Promise.all(
    files.map(async (file) => await readSecretFile(path(file)) ?? []),
  );
  const defaults = (await Promise.all(
    builds.map((build) => defaultsOf(build, places)),
  )).flat();
  const { lookup, expand } = variablesIn(places);
  const isNamed = ([name]: [string, string]) => named.includes(name);
  const valueOf = ([, value]: [string, string]) => value;
  return {
    values: [
      ...contents.filter((content) => content instanceof Uint8Array),
      ...variables.flatMap(lookup),
      ...values.flatMap((value) => [value, expand(value)]),
      ...defaults.filter(([name]) => isSecretName(name)).map(valueOf),
    ],
    named: [
      ...named.flatMap(lookup),
      ...given,
      ...defaults.filter(isNamed).map(valueOf),
    ],
  };
}

async function defaultsOf(
  { path, inline }: BuildSource,
  { directory, readTextFile }: SecretPlaces,
): Promise<[string, string][]> {
  try {
    const file = isAbsolute(path) ? path : join(directory, path);
    return argumentDefaults(inline ?? await readTextFile(file));
  } catch {
    // Without a Dockerfile, the build fails, too.
    return [];
  }
}

/**
 * `lookup`: the possible values of a variable: from the environment, as Compose reads `.env`, as Node reads it, and as it is
 * written there, because Compose quotes a file that it refuses.
 * `expand`: a text with the values of the variables that it names.
 */
function variablesIn({ env, fileEnv, dotenv }: SecretPlaces) {
  const parsed = parseEnv(dotenv) as Record<string, string>;
  const written = writtenIn(dotenv);
  const all = { ...parsed, ...fileEnv, ...env };
  const expand = (text: string) => expanded(text, all);
  const lookup = (name: string) =>
    [env[name], fileEnv[name], parsed[name], ...written.get(name) ?? []]
      .flatMap((value) => value ? [value, expand(value)] : []);
  return { lookup, expand };
}

/** How much (UTF-16 units) of `.env` may belong to one value. */
const MOST_WRITTEN = 65_536;

/**
 * The texts of `.env` that may be a part of a variable's value, by name: whatever is wrong with the file, such as a quote
 * that nothing closes, a message about it must not show the value.
 */
function writtenIn(dotenv: string): Map<string, readonly string[]> {
  const written = new Map<string, readonly string[]>();
  const name = /^\s*(?:export\s+)?([\w.-]+)\s*[=:][ \t]*/gm;
  for (const match of dotenv.matchAll(name)) {
    const start = match.index + match[0].length;
    const behind = dotenv.slice(start, start + MOST_WRITTEN);
    const [line = ""] = behind.split("\n", 1);
    const lines = [line, line.replace(/\s#.*$/, "")].map((text) => text.trim());
    // From quote to quote, or to the end of the file.
    const [, , quoted = ""] =
      /^(["'])((?:\\.|(?!\1)[^\\])*)(?:\1|\\?$)/s.exec(behind) ?? [];
    // Lines without a name, which go on with the value or are an error.
    const [more = ""] = /^(?:\n(?!\s*(?:export\s+)?[\w.-]+\s*[=:]|\s*#).*)+/
      .exec(behind.slice(line.length)) ?? [];
    written.set(match[1]!, [
      ...written.get(match[1]!) ?? [],
      ...lines,
      ...lines.map((text) => text.replace(/^(["'])(.*)\1$/, "$2")),
      ...lines.map((text) => text.replace(/^["']|["']$/g, "")),
      ...[quoted, more].map((text) => text.trim()),
    ]);
  }
  return written;
}

/** The text with the values of the variables that it names, as far as they are known. */
function expanded(
  text: string,
  env: Readonly<Record<string, string>>,
): string {
  return text.replace(
    /\$(?:\$|(\w+)|\{(\w+)(?::?-([^}]*)|[^}]*)\})/g,
    (_, plain, braced, fallback = "") => {
      const name = plain ?? braced;
      return name === undefined ? "$" : env[name] || fallback;
    },
  );
}

/** The parts of a value to hide: all of it, its lines, and the password of a URL, each without surrounding whitespace. */
function partsOf(
  value: Value,
  isSecret: (text: string) => boolean,
): Value[] {
  const bytes = typeof value === "string" ? undefined : value;
  const text = typeof value === "string" ? value : textOf(value);
  if (text === undefined) return bytes!.length >= LEAST ? [bytes!] : [];
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  return [...new Set([text.trim(), ...lines, ...passwordsOf(text.trim())])]
    .filter(isSecret);
}

/** The bytes as text; undefined if they are not UTF-8. */
function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function passwordsOf(text: string): string[] {
  const { password = "" } = URL.parse(text) ?? {};
  try {
    return [password, decodeURIComponent(password)];
  } catch {
    return [password];
  }
}

/** The forms of all parts, within the limits: plain forms before encoded ones, and short ones first. */
function formsOf(parts: readonly Value[]): Uint8Array[] {
  const encoder = new TextEncoder();
  const bytesOf = (value: Value) =>
    typeof value === "string" ? encoder.encode(value) : value;
  const plain = parts.filter((part) =>
    part.length <= MOST_ENCODED || typeof part !== "string" ||
    // Each line of a long text is a part of its own.
    !part.includes("\n")
  ).map(bytesOf);
  const encoded = parts.filter(({ length }) => length <= MOST_ENCODED)
    .flatMap((part) => [
      ...(typeof part === "string" ? quotedForms(part) : []),
      ...base64Forms(bytesOf(part)),
    ]).map(bytesOf);
  let size = 0;
  const fits = ({ length }: Uint8Array) => {
    // A form that is too large must not exclude the forms after it.
    if (size + length > MOST_FORMS) return false;
    size += length;
    return true;
  };
  return [...shortFirst(plain), ...shortFirst(encoded)].filter(fits);
}

function shortFirst(forms: readonly Uint8Array[]): Uint8Array[] {
  return forms.toSorted((a, b) => a.length - b.length);
}
