/**
 * Finds in a Compose model, resolved or as it is written, the sources of the values that must not be shown.
 *
 * @module
 */

import { isSecretName } from "./secret_name.ts";
import { dockerfilePath } from "./service.ts";

/** A Dockerfile, whose build arguments may have defaults. */
export interface BuildSource {
  /** Absolute, or relative to the project's folder. */
  path: string;
  /** The Dockerfile itself, where it stands in the Compose file. */
  inline?: string;
}

/** The sources of values that must not be shown. */
export interface SecretSources {
  /** Paths of Compose secrets. */
  files: readonly string[];
  /** Names of variables that hold Compose secrets, or build arguments that are named like secrets. */
  variables: readonly string[];
  /** Values of both that stand in the model. */
  values: readonly string[];
  /** The names in `x-todoflow.redact`. */
  named: readonly string[];
  /** The values that the model gives to these names. */
  given: readonly string[];
  /** The Dockerfiles of all builds. */
  builds: readonly BuildSource[];
  /** The names that the model gives to its own parts, which are not secret. */
  names: readonly string[];
}

/** Whether there is nothing to look for. */
export function isWithout(
  { files, variables, values, named, builds }: SecretSources,
): boolean {
  return [files, variables, values, named, builds]
    .every(({ length }) => length === 0);
}

/** Reads a model. Parts whose form Compose does not allow are left out. */
export function secretSources(model: unknown): SecretSources {
  const { name, services, networks, volumes, secrets, ...rest } = mapOf(model);
  const all: Fields[] = Object.values(mapOf(services)).map(mapOf);
  const builds: Fields[] = all.flatMap(({ build }): Fields[] =>
    typeof build === "string"
      ? [{ context: build }]
      : build
      ? [mapOf(build)]
      : []
  );
  const args = builds.flatMap(({ args }) => variablesOf(args))
    .filter(([name]) => isSecretName(name));
  const stores: Fields[] = Object.values(mapOf(secrets)).map(mapOf);
  const { redact } = mapOf(rest["x-todoflow"]);
  // The message about a value that was written there by mistake must not show it either.
  const told = variablesOf(typeof redact === "string" ? [redact] : redact);
  const named = told.map(([name]) => name);
  const settings = [
    ...told,
    ...all.flatMap(({ environment }) => variablesOf(environment)),
    ...builds.flatMap(({ args }) => variablesOf(args)),
  ];
  const parts = [services, networks, volumes, secrets].map(mapOf);
  return {
    files: stores.flatMap(({ file }) => textsOf(file)),
    variables: [
      ...stores.flatMap(({ environment }) => textsOf(environment)),
      ...args.flatMap(([name, value]) => value === null ? name : []),
    ],
    values: [
      ...stores.flatMap(({ content }) => textsOf(content)),
      ...args.flatMap(([, value]) => value ?? []),
    ],
    named,
    given: settings.flatMap(([name, value]) =>
      named.includes(name) ? value ?? [] : []
    ),
    builds: builds.map(buildSource),
    names: [...textsOf(name), ...parts.flatMap((part) => Object.keys(part))],
  };
}

/** All of several models, such as one for each Compose file. */
export function mergedSources(all: readonly SecretSources[]): SecretSources {
  const of = <K extends keyof SecretSources>(key: K) =>
    all.flatMap((one) => one[key] as SecretSources[K][number][]);
  return {
    files: of("files"),
    variables: of("variables"),
    values: of("values"),
    named: of("named"),
    given: of("given"),
    builds: of("builds"),
    names: of("names"),
  };
}

function buildSource(build: Fields): BuildSource {
  const [context = "."] = textsOf(build.context);
  const [dockerfile = "Dockerfile"] = textsOf(build.dockerfile);
  const [inline] = textsOf(build.dockerfile_inline);
  return {
    path: dockerfilePath({ context, dockerfile }),
    ...(inline !== undefined && { inline }),
  };
}

type Fields = Readonly<Record<string, unknown>>;

function mapOf(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? value as Fields
    : {};
}

/** One text, or a list of them. */
function textsOf(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value])
    .filter((item) => typeof item === "string");
}

/** Variables as a map or as a list of `NAME=value`; null is the value of one that has the caller's. */
function variablesOf(value: unknown): [name: string, value: string | null][] {
  if (!Array.isArray(value)) {
    return Object.entries(mapOf(value))
      .map(([name, value]) => [name, value === null ? null : String(value)]);
  }
  return textsOf(value).map((text) => {
    const at = text.indexOf("=");
    return at < 0 ? [text, null] : [text.slice(0, at), text.slice(at + 1)];
  });
}
