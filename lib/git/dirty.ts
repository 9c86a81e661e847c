/**
 * Finds out whether a checkout has changes that its commit lacks, without the filters of its own configuration: git
 * runs the filter of each changed file, and a filter is a program. https://git-scm.com/docs/gitattributes#_filter
 *
 * @module
 */

import { allEnded } from "../pause.ts";
import { join } from "node:path";
import { type Asking, type Git, gitIn, withoutRepository } from "./git.ts";

/** The difference from the commit. */
interface Dirt {
  /** Whether files differ from the commit, or are missing from it. */
  dirty: boolean;
  /** The filters that were not run, if files differ only without them. */
  filters: readonly string[];
  /**
   * The paths that differ, relative to the top of the checkout; of a new folder only its own, with a slash at its end. None
   * if git cannot tell which ones differ.
   */
  changes: readonly string[];
  /** The top of the checkout, if there are changes. */
  top: string;
}

const CLEAN: Dirt = { dirty: false, filters: [], changes: [], top: "" };
const DIRTY: Dirt = { ...CLEAN, dirty: true };

/** Deeper submodules count as changed: no project has them, but a loop of links does. */
const DEEPEST = 10;

/** Options of {@linkcode dirtOf}. */
interface DirtOptions {
  /** The output of {@linkcode readConfig}; read if absent. */
  config?: readonly Setting[];
  /** Folders, relative to the directory, whose untracked files do not count. */
  besides?: readonly string[];
  /** The depth of this repository among submodules. */
  depth?: number;
}

/** Looks for uncommitted changes; undefined if git cannot find out. */
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
  const [status, within, index, top] = await allEnded([
    statusOf("normal", [":/", ...excluded]),
    // A file of the commit counts in any folder.
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
  const others = changes.filter((line) => !line.startsWith(" M "))
    .map((line) => line.slice(3));
  const ids = new Map(entries.map(({ path, id }) => [path, id]));
  const own = await unfiltered(place, { modified, silenced, ids });
  const known = {
    dirty: true,
    changes: [...others, ...own.changed, ...own.unsure.keys()],
    top: place.directory,
  };
  if (others.length + own.changed.length > 0) return { ...known, filters: [] };
  if (own.unsure.size > 0) {
    return { ...known, filters: [...new Set(own.unsure.values())] };
  }
  const links = entries.filter(({ mode }) => mode === LINK);
  const below = await submodules(place, links.map(({ path }) => path), depth);
  return below.find((dirt) => dirt.dirty) ?? CLEAN;
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
  /** "system", "global", "local", "worktree", "command", or "unknown" where git is too old to report it. */
  scope: string;
  key: string;
  value: string;
}

/** Reads the filters and the remote's URL from the configuration. */
export async function readConfig(git: Git): Promise<Setting[]> {
  const keys = String.raw`^(filter\..*|remote\.origin\.url)$`;
  const question = ["config", "-z", "--get-regexp", keys];
  const [name = "", ...rest] = question;
  const { code, stdout } = await git([name, "--show-scope", ...rest]);
  // Exit code 129: git before 2.26 does not know the flag.
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

/** The scopes of settings that a checkout cannot bring along. */
const TRUSTED = ["system", "global", "command"];

/** git-lfs runs each `lfs.extension` of the checkout's configuration, so git-lfs is not run, either. */
const LFS = "lfs";

/**
 * The flags that turn off all filters except those of the machine or its user. The settings are undefined if the name
 * of a filter cannot be written as a flag.
 */
export function filtersOf(config: readonly Setting[]): {
  /** Names of the filters that are not run. */
  silenced: ReadonlySet<string>;
  settings: readonly string[] | undefined;
} {
  const trusted = config.filter(({ scope }) => TRUSTED.includes(scope));
  // Many tools configure the same filter for the user and in the checkout.
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

/** The files that differ from the index when filters are not run. */
interface Modified {
  /** Relative to the top. */
  modified: readonly string[];
  silenced: ReadonlySet<string>;
  /** IDs in the index, by path. */
  ids: ReadonlyMap<string, string | undefined>;
}

/**
 * The files that differ with their filters, too: the pointers of git-lfs are simple enough to be computed here; and the
 * filters of the files of which that is unknown, by their paths.
 */
async function unfiltered(
  place: Asking,
  { modified, silenced, ids }: Modified,
): Promise<{ changed: string[]; unsure: Map<string, string> }> {
  const changed: string[] = [];
  const unsure = new Map<string, string>();
  if (modified.length === 0) return { changed, unsure };
  const { stdout } = await gitIn(place)(
    ["check-attr", "-z", "--stdin", "filter"],
    modified.join("\0") + "\0",
  );
  const words = stdout.split("\0");
  for (const [i, path] of modified.entries()) {
    const filter = words[3 * i + 2] ?? "";
    if (filter === LFS) {
      const id = ids.get(path);
      if (await lfsId(path, { ...place, like: id }) !== id) changed.push(path);
    } else if (silenced.has(filter)) unsure.set(path, filter);
    else changed.push(path);
  }
  return { changed, unsure };
}

/**
 * The ID of the pointer that git-lfs commits for a file; "" if the file cannot be read.
 * https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md#the-pointer
 */
async function lfsId(
  path: string,
  { directory, signal, like }: Asking & { like: string | undefined },
): Promise<string> {
  // Loaded here, because node:crypto takes longer to load than a clean checkout takes to look at.
  const [{ createHash }, { createReadStream }] = await Promise.all([
    import("node:crypto"),
    import("node:fs"),
  ]);
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
  // git has two kinds of IDs: use that of the repository.
  return createHash(like?.length === 64 ? "sha256" : "sha1")
    .update(`blob ${pointer.length}\0${pointer}`).digest("hex");
}

/** Checks the submodules that are checked out; each has a configuration of its own, and counts as one change. */
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
    const isChanged = { changes: [path], top: place.directory };
    if (depth === DEEPEST) return [{ ...DIRTY, ...isChanged }];
    const dirt = await dirtOf({
      ...place,
      directory,
      env: {
        ...withoutRepository(env),
        // Otherwise git would answer for the outer repository if this one is broken.
        GIT_CEILING_DIRECTORIES: join(directory, ".."),
      },
    }, { depth: depth + 1 });
    const { dirty, filters } = dirt ?? DIRTY;
    found.push(dirty ? { dirty, filters, ...isChanged } : CLEAN);
  }
  return found;
}
