/**
 * Whether a checkout has what its commit does not have, found out without the filters of its own configuration: git runs
 * the filter of each changed file, and a filter is a program. https://git-scm.com/docs/gitattributes#_filter
 *
 * @module
 */

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { type Asking, type Git, gitIn, withoutRepository } from "./git.ts";

/** What differs from the commit. */
interface Dirt {
  /** Whether files differ from the commit, or are not in it. */
  dirty: boolean;
  /** The filters that were not run, where files differ only without them. */
  filters: readonly string[];
}

const CLEAN: Dirt = { dirty: false, filters: [] };
const DIRTY: Dirt = { dirty: true, filters: [] };

/** Submodules of submodules beyond this depth count as changed: no project has them, a loop of links has. */
const DEEPEST = 10;

/** Options of {@linkcode dirtOf}. */
interface DirtOptions {
  /** The configuration, as {@linkcode readConfig} reads it; read if absent. */
  config?: readonly Setting[];
  /** Folders, relative to the directory, whose untracked files do not count. */
  besides?: readonly string[];
  /** How many repositories this one is within. */
  depth?: number;
}

/** Looks for what is in no commit; undefined where git cannot tell. */
export async function dirtOf(
  asking: Asking,
  { besides = [], depth = 0, ...options }: DirtOptions = {},
): Promise<Dirt | undefined> {
  const git = gitIn(asking);
  const config = options.config ?? await readConfig(git);
  const { silenced, settings } = filtersOf(config);
  if (settings === undefined) return DIRTY;
  const statusOf = (untracked: string, paths: readonly string[]) =>
    git([
      ...settings,
      ...["status", "--porcelain", "-z", `--untracked-files=${untracked}`],
      ...["--no-renames", "--ignore-submodules=dirty", "--", ...paths],
    ]);
  const excluded = besides.map((path) => `:(exclude,literal)${path}`);
  const literal = besides.map((path) => `:(literal)${path}`);
  const [status, within, index, top] = await Promise.all([
    statusOf("normal", [":/", ...excluded]),
    // A file that is in a commit counts wherever it is.
    literal.length > 0 ? statusOf("no", literal) : { code: 0, stdout: "" },
    git(["ls-files", "-z", "--stage", "--full-name", "--", ":/"]),
    git(["rev-parse", "--show-toplevel"]),
  ]);
  if ([status, within, index, top].some(({ code }) => code !== 0)) {
    return undefined;
  }
  const changes = (status.stdout + within.stdout).split("\0").filter(Boolean);
  const place = { ...asking, directory: top.stdout.replace(/\r?\n$/, "") };
  const entries = index.stdout.split("\0").map(readEntry);
  const modified = changes.filter((line) => line.startsWith(" M "))
    .map((line) => line.slice(3));
  if (modified.length < changes.length) return DIRTY;
  const ids = new Map(entries.map(({ path, id }) => [path, id]));
  const own = await unfiltered(place, { modified, silenced, ids });
  if (own.dirty && own.filters.length === 0) return own;
  const links = entries.filter(({ mode }) => mode === LINK);
  const below = await submodules(place, links.map(({ path }) => path), depth);
  return [own, ...below].find((dirt) => dirt.dirty) ?? CLEAN;
}

/** The mode of a submodule: https://git-scm.com/docs/git-fast-import#_filemodify */
const LINK = "160000";

/** A line of `git ls-files --stage`. */
function readEntry(line: string) {
  const [facts = "", path = ""] = line.split("\t");
  const [mode, id] = facts.split(" ");
  return { mode, id, path };
}

/** A line of the configuration. */
interface Setting {
  /** "system", "global", "local", "worktree", "command", or "unknown" where git is too old to tell it. */
  scope: string;
  key: string;
  value: string;
}

/** Reads what the configuration says of filters, and the remote's URL. */
export async function readConfig(git: Git): Promise<Setting[]> {
  const keys = String.raw`^(filter\..*|remote\.origin\.url)$`;
  const question = ["config", "-z", "--get-regexp", keys];
  const [name = "", ...rest] = question;
  const { code, stdout } = await git([name, "--show-scope", ...rest]);
  // 129: git before 2.26 has no such flag.
  const isOld = code === 129;
  const words = (isOld ? (await git(question)).stdout : stdout).split("\0");
  const pairs = isOld
    ? words.map((setting) => ["unknown", setting] as const)
    : words.flatMap((scope, i) =>
      i % 2 === 0 ? [[scope, words[i + 1] ?? ""] as const] : []
    );
  return pairs.flatMap(([scope, setting]) => {
    const [key = "", ...lines] = setting.split("\n");
    return key === "" ? [] : [{ scope, key, value: lines.join("\n") }];
  });
}

/** Whose settings the checkout cannot have brought. */
const TRUSTED = ["system", "global", "command"];

/** git-lfs runs what the checkout's configuration calls `lfs.extension`, so that it is not run itself. */
const LFS = "lfs";

/**
 * The flags that leave of all filters those that the machine or its user has set. Their settings are undefined where a
 * filter's name cannot be written as a flag.
 */
export function filtersOf(config: readonly Setting[]): {
  /** Names of the filters that are not run. */
  silenced: ReadonlySet<string>;
  settings: readonly string[] | undefined;
} {
  const trusted = config.filter(({ scope }) => TRUSTED.includes(scope));
  // Many tools set up the same filter for a user and in a checkout.
  const isTrusted = ({ key, value }: Setting) =>
    trusted.some((other) => other.key === key && other.value === value);
  const silenced = new Set(
    config.flatMap((setting) => {
      const [, name] = /^filter\.(.*)\.[^.]*$/s.exec(setting.key) ?? [];
      if (name === undefined) return [];
      return name === LFS || !isTrusted(setting) ? [name] : [];
    }),
  );
  if ([...silenced].some((name) => name.includes("="))) {
    return { silenced, settings: undefined };
  }
  const settings = [...silenced].flatMap((name) =>
    ["clean=", "process=", "required=false"]
      .flatMap((setting) => ["-c", `filter.${name}.${setting}`])
  );
  return { silenced, settings };
}

/** What is known of files that differ from the index when filters are not run. */
interface Modified {
  /** Relative to the top. */
  modified: readonly string[];
  silenced: ReadonlySet<string>;
  /** IDs in the index, by path. */
  ids: ReadonlyMap<string, string | undefined>;
}

/** Whether they differ with their filters, too: what git-lfs would make of a file is simple enough to be made here. */
async function unfiltered(
  place: Asking,
  { modified, silenced, ids }: Modified,
): Promise<Dirt> {
  if (modified.length === 0) return CLEAN;
  const { stdout } = await gitIn(place)(
    ["check-attr", "-z", "--stdin", "filter"],
    modified.join("\0") + "\0",
  );
  const words = stdout.split("\0");
  const filters = new Map(modified.map((path, i) => [path, words[3 * i + 2]]));
  const found = new Set<string>();
  for (const [path, filter = ""] of filters) {
    if (filter === LFS) {
      const id = ids.get(path);
      if (await lfsId(path, { ...place, like: id }) !== id) return DIRTY;
    } else if (silenced.has(filter)) found.add(filter);
    else return DIRTY;
  }
  return { dirty: found.size > 0, filters: [...found] };
}

/**
 * The ID of the pointer that git-lfs commits for a file; "" where the file cannot be read.
 * https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md#the-pointer
 */
async function lfsId(
  path: string,
  { directory, signal, like }: Asking & { like: string | undefined },
): Promise<string> {
  const content = createReadStream(join(directory, path), { signal });
  const hash = createHash("sha256");
  let size = 0;
  try {
    for await (const chunk of content) {
      hash.update(chunk);
      size += chunk.length;
    }
  } catch {
    return "";
  }
  const pointer = "version https://git-lfs.github.com/spec/v1\n" +
    `oid sha256:${hash.digest("hex")}\nsize ${size}\n`;
  // Of git's two kinds of IDs, the one that the repository has.
  return createHash(like?.length === 64 ? "sha256" : "sha1")
    .update(`blob ${pointer.length}\0${pointer}`).digest("hex");
}

/** Looks into the submodules that are checked out; each has a configuration of its own. */
async function submodules(
  { env, ...place }: Asking,
  paths: readonly string[],
  depth: number,
): Promise<Dirt[]> {
  const found: Dirt[] = [];
  for (const path of paths) {
    const directory = join(place.directory, path);
    const isThere = await Deno.lstat(join(directory, ".git"))
      .then(() => true, () => false);
    if (!isThere) continue;
    if (depth === DEEPEST) return [DIRTY];
    const dirt = await dirtOf({
      ...place,
      directory,
      env: {
        ...withoutRepository(env),
        // Or git would take the repository around it for a broken one.
        GIT_CEILING_DIRECTORIES: join(directory, ".."),
      },
    }, { depth: depth + 1 });
    found.push(dirt ?? DIRTY);
  }
  return found;
}
