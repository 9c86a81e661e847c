/**
 * The repository around a project: its top, its remote, the CI systems that it uses.
 *
 * @module
 */

import type { Surroundings } from "../child.ts";
import { gitIn, withoutRepository } from "../git/git.ts";
import { TodoflowError } from "../errors/todoflow_error.ts";
import { readImageName } from "../image_name.ts";
import { type Ci, CI_FILES, CI_NAMES, ciText } from "./ci.ts";
import { topOf } from "./files.ts";
import { type Block, type Missing, NOTHING } from "./missing.ts";
import { isPlainPath, type Tree } from "./source.ts";

/** A repository. */
export interface Repository {
  /** Its top folder, without links. */
  top: string;
  /** Hosts of its remotes. */
  hosts: readonly string[];
}

/**
 * Finds it; undefined where the folder is in none. The top is where `.git` lies: git's own answer is a setting of the
 * checkout, which may name any folder.
 */
export async function repositoryOf(
  { directory, env, ...rest }: Surroundings,
): Promise<Repository | undefined> {
  const top = await topOf(directory);
  if (top === undefined) return undefined;
  const git = gitIn({ ...rest, directory, env: withoutRepository(env) });
  try {
    const { stdout } = await git(["config", "--get-regexp", REMOTES]);
    const hosts = stdout.split("\n").filter(Boolean)
      .map((line) => hostOf(line.slice(line.indexOf(" ") + 1)));
    return { top, hosts };
  } catch (error) {
    if (!(error instanceof TodoflowError)) throw error;
    return { top, hosts: [] };
  }
}

/** The settings that name the addresses of remotes. */
const REMOTES = "^remote\\..*\\.url$";

/** The host of a remote such as `https://github.com/a/b` or `git@github.com:a/b`; never its user or password. */
export function hostOf(url: string): string {
  const [, host = ""] = /^(?:\w+:\/\/)?(?:[^@/]*@)?([^/:]+)[/:]/.exec(url) ??
    [];
  return host.toLowerCase();
}

/** Where the CI systems of a repository are looked for. */
interface CiSearch {
  repository: Repository;
  /** The folder of the project, without links. */
  directory: string;
  tree: Tree;
  /** The name of the image that a release builds. */
  image: string | undefined;
  /** A path as the caller would name it. */
  shown: (path: string) => string;
}

/** The files and lines that the repository lacks for its CI systems; for GitHub's, where it uses none and is there. */
export async function missingCi(search: CiSearch): Promise<Missing> {
  const { repository: { top, hosts }, directory } = search;
  const isOutside = directory !== top && !directory.startsWith(`${top}/`);
  if (isOutside) return NOTHING;
  const within = directory.slice(top.length + 1);
  if (within !== "" && !isPlainPath(within)) return NOTHING;
  const used = await systemsIn(search);
  if (
    used.some(({ texts }) => texts.some((text) => /\btodoflow\b/.test(text)))
  ) {
    return NOTHING;
  }
  const all = used.length > 0
    ? used
    : hosts.includes("github.com")
    ? [{ ci: "github" as const, texts: [] }]
    : [];
  const parts = all.map((system) => partOf(system, { ...search, within }));
  return {
    files: parts.flatMap(({ files }) => files),
    blocks: parts.flatMap(({ blocks }) => blocks),
    notes: parts.flatMap(({ notes }) => notes),
  };
}

/** A system, and the texts of its files. */
interface System {
  ci: Ci;
  texts: readonly string[];
}

async function systemsIn(
  { repository: { top }, tree }: CiSearch,
): Promise<System[]> {
  const folder = `${top}/.github/workflows`;
  const names = (await tree.list(folder))
    .filter(({ name, kind }) => kind === "file" && /\.ya?ml$/.test(name));
  const read = async (path: string) => await tree.read(path) ?? [];
  const workflows = (await Promise.all(
    names.map(({ name }) => read(`${folder}/${name}`)),
  )).flat();
  const others = await Promise.all(
    (["gitlab", "jenkins"] as const).map(async (ci): Promise<System[]> => {
      const text = await tree.read(`${top}/${CI_FILES[ci]}`);
      return text === undefined ? [] : [{ ci, texts: [text] }];
    }),
  );
  return [
    ...(names.length > 0 ? [{ ci: "github" as const, texts: workflows }] : []),
    ...others.flat(),
  ];
}

/** A new file, or a block for the one that there is. */
function partOf(
  { ci, texts }: System,
  { repository: { top }, image, within, shown }: CiSearch & { within: string },
): Missing {
  const publishes = image !== undefined && logsInTo(ci, image);
  const text = ciText(ci, { within, publishes });
  const path = `${top}/${CI_FILES[ci]}`;
  const notes = publishes ? [] : [
    `The file for ${
      CI_NAMES[ci]
    } has no \`publish\`: the page of the documentation has its lines, for an image with a name in a registry.`,
  ];
  if (ci === "github") return { files: [{ path, text }], blocks: [], notes };
  const block: Block = {
    place: `below ${shown(path)}:${texts.join("").split("\n").length}`,
    why: ci === "gitlab"
      ? "a job that tests and releases"
      : "stages and `post` of a pipeline that tests and releases",
    text,
    comment: ci === "gitlab" ? "#" : "//",
  };
  return { files: [], blocks: [block], notes };
}

/** Whether the file logs in to the registry of an image. Jenkins has no registry of its own. */
function logsInTo(ci: Ci, image: string): boolean {
  const { registry } = readImageName(image);
  return ci === "github" && registry === "ghcr.io" ||
    ci === "gitlab" && registry === "registry.gitlab.com";
}
