/**
 * Checks of mounts: folders of the checkout in place of files of the image, and the engine's socket.
 *
 * @module
 */

import { join, relative } from "node:path";
import { ENGINE_SOCKET } from "../../compose/candidate.ts";
import { isAtLeast } from "../../compose/resolve.ts";
import { type Copied, copied, workingDirOf } from "../../compose/stage.ts";
import type { Check } from "../project/check.ts";
import type { Draft } from "../project/finding.ts";
import { yamlWord } from "../project/paste.ts";
import { itemPath, writtenAt } from "../project/place.ts";
import type { Part, Project } from "../project/project.ts";

/** The first Compose with `develop.watch`: https://docs.docker.com/compose/how-tos/file-watch/ */
const WATCH = [2, 22] as const;

/** A folder of the checkout that hides files of the image that a service runs. */
interface Hiding {
  part: Part;
  source: string;
  target: string;
  /** The image has the files of the folder itself. */
  isCopied: boolean;
}

/** Tests and acceptance run the mounted folder; `publish` looks for the same, by git, in releases. */
const hidden: Check = (project, { compose }) =>
  project.parts.filter(({ name }) => isJudged(name, project))
    .flatMap((part) => hidingIn(part, project))
    .map((one): Draft => {
      const { part: { name }, source, target } = one;
      const folder = relative(project.directory, source) || ".";
      return {
        id: "source-over-image",
        severity: "warning",
        title:
          `"${name}" runs the folder "${folder}" in place of ${target} of its image`,
        why:
          "the mounted folder is tested and accepted, and not the image, which may lack something; publish refuses a release that ran it",
        at: placeOf(one, project),
        fix: mountFix(one, { project, watches: isAtLeast(compose, WATCH) }),
        group: {
          all: "Services run folders of the checkout in place of their images",
          one: `"${name}": "${folder}" at ${target}`,
        },
      };
    });

/** Whether a service is tested or released, and no acceptance test: these are in no image that is published. */
function isJudged(
  name: string,
  { application, workflow: { test } }: Project,
): boolean {
  return application.has(name) || test.services.includes(name);
}

function hidingIn(part: Part, project: Project): Hiding[] {
  const { build, service } = part;
  if (!build?.stage) return [];
  const { stage, build: { context } } = build;
  const base = stage.base === undefined
    ? undefined
    : project.images.get(stage.base)?.workingDir;
  const workingDir = workingDirOf(stage) ?? base;
  const copies = copied(stage, workingDir ?? "/");
  const volumes = stage.instructions.flatMap(({ keyword, words }) =>
    keyword === "VOLUME" ? words : []
  );
  const paths = [
    ...[service.workingDir, workingDir],
    ...copies.map(({ target }) => target),
  ].filter((path) => path !== undefined && path !== "/");
  return service.binds.flatMap(({ source, target }) => {
    const isOwn = [project.directory, context].some((folder) =>
      isWithin(source, folder) || isWithin(folder, source)
    );
    // A folder without files gets data.
    const hides = isOwn && project.mountedFolders.has(source) &&
      !volumes.includes(target);
    if (!hides) return [];
    const isCopied = copies.some((copy) =>
      isCopyOf({ source, target, context }, copy)
    );
    const isOver = paths.some((path) => isWithin(path!, target));
    return isOver || isCopied ? [{ part, source, target, isCopied }] : [];
  });
}

/** Whether COPY has put the folder of the context exactly at the target. */
function isCopyOf(
  { source, target, context }: {
    source: string;
    target: string;
    context: string;
  },
  copy: Copied,
): boolean {
  return copy.sources.map((one) => join(context, one)).some((one) =>
    isWithin(source, one) && join(copy.target, relative(one, source)) === target
  );
}

function isWithin(path: string, folder: string): boolean {
  return `${path}/`.startsWith(folder.endsWith("/") ? folder : `${folder}/`);
}

/** The entry of the mount, if it is one of the file. */
function placeOf({ part: { name, raw }, target }: Hiding, project: Project) {
  const all = raw.volumes ?? [];
  return itemPath(project.written, ["services", name, "volumes"], {
    index: all.findIndex((one) => one.target === target),
    length: all.length,
  });
}

/** The lines that take the mount's place. */
function mountFix(
  one: Hiding,
  { project, watches }: { project: Project; watches: boolean },
): string {
  const { part: { name, build }, source, target, isCopied } = one;
  const [list] = writtenAt(project.written, ["services", name, "volumes"]);
  const at = placeOf(one, project).at(-1);
  const item = Array.isArray(list) && typeof at === "number" ? list[at] : "";
  const removed = typeof item === "string" && item !== ""
    ? `# - ${item}   # remove this line`
    : `# the mount at ${target}   # remove it`;
  const { context = "" } = build?.build ?? {};
  const within = relative(context, source) || ".";
  if (!isCopied) {
    // Nothing outside of the context can be copied.
    return within.startsWith("..")
      ? ""
      : `${removed}\n# in the Dockerfile, instead:\nCOPY ${within} ${target}`;
  }
  const path = relative(project.directory, source) || ".";
  const shown = path.startsWith(".") ? path : `./${path}`;
  return !watches ? removed : [
    removed,
    "# for docker compose watch, instead:",
    "develop:",
    "  watch:",
    `    - { action: sync, path: ${yamlWord(shown)}, target: ${
      yamlWord(target)
    } }`,
  ].join("\n");
}

const sockets: Check = ({ parts, application }) =>
  parts.filter(({ name }) => application.has(name))
    .flatMap(({ name, service: { binds } }): Draft[] =>
      binds.filter(({ source }) => ENGINE_SOCKET.test(source))
        .map(() => ({
          id: "docker-socket",
          severity: "advice",
          title: `"${name}" has the socket of the engine`,
          why:
            "a process in it can start any container, and so is root on this machine; mounting the socket read-only changes nothing",
          at: ["services", name, "volumes"],
          fix: "",
          group: {
            all: "Services have the socket of the engine",
            one: `"${name}"`,
          },
        }))
    );

/** The checks of mounts. */
export const mountChecks: readonly Check[] = [hidden, sockets];
