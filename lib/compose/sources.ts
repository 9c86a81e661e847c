/**
 * Finds what builds, secrets and configs take from this machine and what is not there.
 *
 * @module
 */

import { basename, dirname, join } from "node:path";
import { toShell } from "../plan/script.ts";
import { readStages, targetOf } from "./dockerfile.ts";
import type { ReadTextFile } from "./files.ts";
import type { kindOf } from "../world.ts";
import { type Build, dockerfilePath, type Service } from "./service.ts";

/** A thing that a service lacks. */
export interface Lack {
  /** The work that it is needed for. */
  work: "build" | "start";
  service: string;
  /** A clause. */
  lack: string;
  /** Keys from the top of the Compose file. */
  path: readonly string[];
  /** The things that are there instead. */
  why?: string;
  /** The command, or the advice, that helps. */
  next: string;
}

/** Options of {@linkcode lackOfBuild} and {@linkcode lackOfStart}. */
export interface SourceOptions {
  /** The folder of the Compose file, absolute. */
  directory: string;
  /** The path of a file as the user sees it. */
  shown: (path: string) => string;
  kindOf: typeof kindOf;
  readTextFile: ReadTextFile;
}

/** The first thing that the build of a service lacks. A context outside this machine, such as a URL, is not looked at. */
export async function lackOfBuild(
  service: Service,
  options: SourceOptions,
): Promise<Lack | undefined> {
  const { name, build } = service;
  if (!build) return undefined;
  const found = await lackOfContexts(build, options) ??
    await lackOfDockerfile(build, options);
  if (!found) return undefined;
  const { key, ...rest } = found;
  const path = ["services", name, "build", ...key];
  return { work: "build", service: name, path, ...rest };
}

/** A thing that a build lacks; `key` is the path within it. */
type BuildLack = Pick<Lack, "lack" | "why" | "next"> & {
  key: readonly string[];
};

async function lackOfContexts(
  { context, contexts }: Build,
  options: SourceOptions,
): Promise<BuildLack | undefined> {
  const all = [
    { key: ["context"], path: context, use: "" },
    ...Object.entries(contexts).map(([name, path]) => ({
      ...{ key: ["additional_contexts", name], path },
      use: ` for the context "${name}"`,
    })),
  ];
  for (const { key, path, use } of all) {
    const kind = await seen(path, options);
    if (kind !== "file" && kind !== undefined) continue;
    const name = options.shown(path);
    const near = options.shown(dirname(path));
    return kind === "file"
      ? {
        ...{ key, lack: `${name} is a file, not a folder${use}` },
        next: use
          ? `name a folder, such as ${near}`
          : `write context: ${near} and dockerfile: ${basename(path)}`,
      }
      : {
        ...{ key, lack: `there is no folder ${name}${use}` },
        next: await subModule(path, options) ??
          `${toShell(["ls", near])}   # then name one of its folders`,
      };
  }
  return undefined;
}

async function lackOfDockerfile(
  build: Build,
  options: SourceOptions,
): Promise<BuildLack | undefined> {
  const { context, inline, target, contexts } = build;
  const { shown, readTextFile } = options;
  if (!context.startsWith("/")) return undefined;
  if (/:\/\//.test(build.dockerfile)) return undefined;
  const path = dockerfilePath(build);
  const isGone = inline === undefined && await seen(path, options) !== "file" &&
    await seen(lowered(path), options) === undefined;
  if (isGone) {
    const find = toShell(["find", shown(context), "-iname", "*dockerfile*"]);
    return {
      key: ["dockerfile"],
      lack: `there is no file ${shown(path)}`,
      next: await subModule(context, options) ??
        `${find}   # then name one by build.dockerfile`,
    };
  }
  const text = inline ?? await readDockerfile(build, readTextFile);
  const isReadable = text !== undefined && !hasOtherSyntax(text);
  if (target === undefined || !isReadable) return undefined;
  // Which of its stages has a number differs from frontend to frontend.
  if (/^\d+$/.test(target) || Object.hasOwn(contexts, target)) return undefined;
  const stages = readStages(text, build);
  if (stages.length === 0 || targetOf(stages, build)) return undefined;
  const names = stages.flatMap(({ name }) => name ?? []);
  const where = inline === undefined ? shown(path) : "its Dockerfile";
  return {
    key: ["target"],
    lack: `${where} has no stage "${target}"`,
    why: names.length > 0
      ? `its stages are: ${names.join(", ")}`
      : "none of its stages has a name",
    next: names.length > 0
      ? `name one of its stages by build.target, or add a stage "${target}"`
      : `add a stage "${target}", or remove build.target`,
  };
}

/** The text of a build's Dockerfile; undefined where it cannot be read. BuildKit also takes the name in lower case. */
export async function readDockerfile(
  build: Build,
  readTextFile: ReadTextFile,
): Promise<string | undefined> {
  const path = dockerfilePath(build);
  return await readTextFile(path)
    .catch(() => readTextFile(lowered(path)))
    .catch(() => undefined);
}

function lowered(path: string): string {
  return path.replace(/\/Dockerfile$/, "/dockerfile");
}

/** https://docs.docker.com/build/concepts/dockerfile/#dockerfile-syntax */
function hasOtherSyntax(text: string): boolean {
  const [, syntax] = /^\s*(?:#|\/\/)\s*syntax\s*=\s*(\S+)/i.exec(text) ?? [];
  return syntax !== undefined &&
    !/^(docker\.io\/)?docker\/dockerfile(:|@|$)/.test(syntax);
}

/** The kind of a local path; `unknown` where not even its folder is on this machine, but perhaps on docker's. */
async function seen(path: string, { kindOf }: SourceOptions) {
  if (!path.startsWith("/")) return "unknown";
  const kind = await kindOf(path);
  if (kind !== undefined) return kind;
  const around = dirname(path);
  // Each machine has the top.
  const isHere = around !== "/" && await kindOf(around) === "folder";
  return isHere ? undefined : "unknown";
}

/** The command that fetches a folder, if it is a submodule. */
async function subModule(
  path: string,
  { directory, readTextFile }: SourceOptions,
): Promise<string | undefined> {
  for (let top = directory;; top = dirname(top)) {
    const text = await readTextFile(join(top, ".gitmodules")).catch(() => "");
    const folders = [...text.matchAll(/^\s*path\s*=\s*(.+?)\s*$/gm)];
    if (folders.some(([, folder = ""]) => join(top, folder) === path)) {
      return "git submodule update --init";
    }
    if (top === dirname(top)) return undefined;
  }
}

/**
 * The first thing that the start of a service lacks: the file or the variable of a secret or config. Only files of the checkout are
 * looked for, because the engine may be on another machine.
 */
export async function lackOfStart(
  { name, injected }: Service,
  options: SourceOptions & {
    /** The environment, with the variables that `.env` adds; undefined where it is not fully known. */
    env: Readonly<Record<string, string>> | undefined;
  },
): Promise<Lack | undefined> {
  const { directory, shown, env } = options;
  const common = { work: "start", service: name } as const;
  for (const { kind, key, file, variable } of injected) {
    const what = `the ${kind} "${key}"`;
    const path = [`${kind}s`, key];
    if (variable !== undefined && env && env[variable] === undefined) {
      return {
        ...{ ...common, path: [...path, "environment"] },
        lack: `the variable ${variable} of ${what} is not set`,
        next: typed(variable, toShell(["export", variable])),
      };
    }
    if (!file?.startsWith(`${directory}/`)) continue;
    if (await seen(file, options) !== undefined) continue;
    return {
      ...{ ...common, path: [...path, "file"] },
      lack: `there is no file ${shown(file)} for ${what}`,
      next: typed(
        "value",
        [
          ...(await seen(dirname(file), options) === "folder"
            ? []
            : [toShell(["mkdir", "-p", shown(dirname(file))])]),
          `printf %s "$value" > ${toShell([shown(file)])}`,
        ].join(" && "),
      ),
    };
  }
  return undefined;
}

/** A command that asks for a value, so that it is in no history, and then uses it. */
function typed(variable: string, use: string): string {
  return `${
    toShell(["read", "-r", variable])
  } && ${use}   # then type the value`;
}
