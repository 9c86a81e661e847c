/**
 * The files that ran and are not in the image, and those in the image that are in no commit.
 *
 * @module
 */

import { join, relative } from "node:path";
import type { ReadTextFile } from "../compose/files.ts";
import { type Ignore, ignoreOf } from "../compose/ignore.ts";
import { application, builderOf, buildOf } from "../compose/graph.ts";
import { publishable } from "../compose/published.ts";
import {
  type Build,
  dockerfilePath,
  type Service,
} from "../compose/service.ts";
import {
  contextSources,
  type Copied,
  copied,
  stageOf,
  takes,
  takesWithin,
} from "../compose/stage.ts";
import type { Workflow } from "../compose/workflow.ts";
import { holdsFile, ignoredFiles } from "../git/ignored.ts";
import type { Asking } from "../git/git.ts";
import { isWithin } from "../reports/checks.ts";
import { lstat } from "../reports/look.ts";
import { realPath } from "../world.ts";

/** A folder of the checkout that hides files of the image. */
export interface HiddenBy {
  /** The service that has the mount. */
  service: string;
  /** Relative to the checkout. */
  folder: string;
  /** Path in the container. */
  target: string;
}

/**
 * The folders of the checkout that are mounted over files of images that can be published: at or above the working
 * directory or what COPY has put there, or over the very folder that COPY has taken, if it has files of the commit: others
 * are data. Single files are configuration.
 *
 * @param workingDirOf the working directory of the image of a service
 */
export async function mountsOverCode(
  workflow: Workflow,
  { checkout, readTextFile, workingDirOf, isCode }: {
    /** Absolute path without links. */
    checkout: string;
    readTextFile: ReadTextFile;
    workingDirOf: (service: string) => Promise<string>;
    /** Whether a folder has files of the commit. */
    isCode: (folder: string) => Promise<boolean>;
  },
): Promise<HiddenBy[]> {
  const hidden: HiddenBy[] = [];
  const builds = publishable(workflow).map(({ build }) => build);
  for (const build of new Map(builds.map((one) => [one.key, one])).values()) {
    const stage = await stageOf(build, readTextFile);
    const context = await realPath(build.context);
    for (const { name, binds, workingDir: own } of usersOf(build, workflow)) {
      const workingDir = await workingDirOf(name);
      const copies = stage ? copied(stage, workingDir) : [];
      for (const { source, target } of binds) {
        const real = await realPath(source);
        if (!isWithin(real, checkout)) continue;
        // Where the engine finds nothing, it makes a folder.
        const found = await lstat(real).catch(() => undefined);
        if (found?.isFile) continue;
        const place = { folder: real, context, target };
        const over = [workingDir, own, ...copies.map(({ target }) => target)]
          .some((path) => path && path !== "/" && isWithin(path, target));
        const isOwn = async () =>
          copies.some((one) => isCopyOf(place, one)) && await isCode(real);
        if (!over && !await isOwn()) continue;
        const folder = relative(checkout, real) || ".";
        hidden.push({ service: name, folder, target });
      }
    }
  }
  return hidden;
}

/** The services of the application that run the image of a build and have mounts. */
function usersOf({ key }: Build, workflow: Workflow): Service[] {
  return application(workflow).filter((service) =>
    service.binds.length > 0 && buildOf(service, workflow)?.key === key
  );
}

/** Whether COPY has put the folder of the context exactly at the target. */
function isCopyOf(
  { folder, context, target }: {
    folder: string;
    context: string;
    target: string;
  },
  { target: copy, sources }: Copied,
): boolean {
  return sources.map((source) => join(context, source)).some((source) =>
    isWithin(folder, source) && join(copy, relative(source, folder)) === target
  );
}

/** The most files that are named. */
const MOST_FILES = 100;

/** Files, relative to the checkout; a folder ends in a slash. */
export interface Uncommitted {
  /** The first hundred. */
  files: readonly string[];
  /** How many there are. */
  count: number;
}

/**
 * The files of the build contexts of images that can be published, as far as a Dockerfile takes them, that git ignores or that
 * are outside of the checkout.
 *
 * @param options.besides folders of reports, absolute
 */
export async function uncommittedFiles(
  workflow: Workflow,
  { asking, bases, checkout, readTextFile, besides }: {
    asking: Asking;
    /** The base images of each build, by its key. */
    bases: ReadonlyMap<string, readonly string[] | undefined>;
    /** Absolute path without links. */
    checkout: string;
    readTextFile: ReadTextFile;
    besides: readonly string[];
  },
): Promise<Uncommitted> {
  const found = new Set<string>();
  for (const build of buildsBelow(workflow, bases)) {
    const stage = await stageOf(build, readTextFile);
    const main = stage ? contextSources(stage) : [undefined];
    const folders = [
      ...(main.length > 0 ? [[build.context, main] as const] : []),
      ...Object.values(build.contexts)
        .map((folder) => [folder, [undefined]] as const),
    ].filter(([folder]) => folder.startsWith("/"));
    for (const [context, sources] of folders) {
      const folder = await realPath(context);
      const files = await inContext(folder, {
        ...{ build, sources, readTextFile, asking, checkout },
      });
      for (const file of files) {
        const path = join(folder, file);
        if (besides.some((one) => isWithin(path, one))) continue;
        const end = path.endsWith("/") ? "/" : "";
        found.add((relative(checkout, path) || ".") + end);
      }
    }
  }
  const files = [...found].toSorted();
  return { files: files.slice(0, MOST_FILES), count: files.length };
}

/** The builds of images that can be published, and those of the file on which they stand. */
function buildsBelow(
  workflow: Workflow,
  bases: ReadonlyMap<string, readonly string[] | undefined>,
): Build[] {
  const found = new Map<string, Build>();
  const visit = (build: Build | undefined) => {
    if (!build || found.has(build.key)) return;
    found.set(build.key, build);
    for (const image of bases.get(build.key) ?? []) {
      visit(builderOf(image, workflow)?.build);
    }
    for (const context of Object.values(build.contexts)) {
      const [, service = ""] = /^service:(.*)/.exec(context) ?? [];
      visit(workflow.services.get(service)?.build);
    }
  };
  publishable(workflow).forEach(({ build }) => visit(build));
  return [...found.values()];
}

/** The files of one context, relative to it. */
async function inContext(
  folder: string,
  { build, sources, readTextFile, asking, checkout }: {
    build: Build;
    sources: readonly (string | undefined)[];
    readTextFile: ReadTextFile;
    asking: Asking;
    checkout: string;
  },
): Promise<string[]> {
  // Beside the Dockerfile, it counts for the main context only.
  const isMain = folder === await realPath(build.context);
  const dockerfile = isMain && build.inline === undefined
    ? dockerfilePath(build)
    : undefined;
  const { ignore } = await ignoreOf(folder, { dockerfile, readTextFile });
  const ignored = isWithin(folder, checkout)
    ? await ignoredFiles({ ...asking, directory: folder }, checkout)
    : undefined;
  // Nothing of a folder outside of the repository is in its commit.
  if (ignored === undefined) return ["./"];
  const taken: string[] = [];
  for (const path of ignored) {
    const isTaken = path.endsWith("/")
      ? await holds(folder, path.slice(0, -1), { ignore, sources })
      : !ignore.ignores(path) && takes(sources, path);
    if (isTaken) taken.push(path);
  }
  return taken;
}

/** Whether a folder of a context has a file that the build may take. */
function holds(
  context: string,
  path: string,
  { ignore, sources }: {
    ignore: Ignore;
    sources: readonly (string | undefined)[];
  },
): Promise<boolean> {
  return holdsFile(path, {
    within: context,
    enters: (folder) =>
      folder === "." ||
      !ignore.ignoresAll(folder) && takesWithin(sources, folder),
    is: (file) => !ignore.ignores(file) && takes(sources, file),
  });
}
