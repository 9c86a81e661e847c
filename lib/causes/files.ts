/**
 * Causes: a file or a file system does not let the program do what it wants.
 *
 * @module
 */

import { mebibytes } from "../text/units.ts";
import { type Facts, type Mounted, mountOf, mountText } from "./facts.ts";
import { at, type Groups, type Row, type Told } from "./row.ts";

/** A path as programs quote it, or at the end of a line. */
const QUOTED = "['\"‘“`](?<path>/[^'\"’”`]{1,300})['\"’”`]";

/** The words of one fault of the system, before or behind the path. */
function faultOf(words: string): RegExp[] {
  return [
    // Node and Python name the path behind, shells and tools before.
    new RegExp(`(?:${words}).{0,60}${QUOTED}`),
    new RegExp(`${QUOTED}:? (?:failed )?\\(?(?:\\d{1,3}: )?(?:${words})`),
    new RegExp(`(?:^|[\\s:])(?<path>/[^\\s:]{1,300}):? \\(?(?:${words})`),
  ];
}

const FAULTS: readonly [
  string,
  (path: string | undefined, facts: Facts | undefined) => Told,
][] = [
  ["EISDIR|[Ii]s a directory", isFolder],
  ["EROFS|[Rr]ead-only file system", isReadOnly],
  ["ENOSPC|[Nn]o space left on device", isFull],
  ["EACCES|[Pp]ermission denied", isClosed],
];

/** The rows. */
export const FILE_ROWS: readonly Row[] = [
  {
    words: /ENOSPC: System limit for number of file watchers reached/,
    cause: () =>
      "this machine lets programs watch no further files: sysctl fs.inotify.max_user_watches",
  },
  {
    words: /EACCES: permission denied (?:\S{1,60}:)(?<port>\d{1,4})$/,
    cause: ({ port }, { facts }) =>
      facts?.user
        ? `user "${facts.user}" may not listen on port ${port}: one below 1024 needs root`
        : undefined,
  },
  {
    words:
      /could not resize shared memory segment .{0,99}No space left on device/,
    cause: (_, { facts }) => shmFull(facts),
  },
  {
    words: /EMFILE|[Tt]oo many open files/,
    cause: (_, { facts }) =>
      at(
        "the program has too many files or connections open: see ulimits: nofile",
        facts,
        { path: ["ulimits"] },
      ),
  },
  ...FAULTS.flatMap(([words, cause]) =>
    faultOf(words).map((words): Row => ({
      words,
      cause: ({ path }: Groups, { facts }) => cause(path, facts),
    }))
  ),
];

/** The rows of causes whose words name no path. */
export const NAMELESS_FILE_ROWS: readonly Row[] = FAULTS.map((
  [words, cause],
) => ({
  words: new RegExp(words),
  cause: (_, { facts }) => cause(undefined, facts),
}));

/** Whether the words say that a folder is where a file should be. */
export function isAboutFolder(lines: readonly string[]): boolean {
  return lines.some((line) => /EISDIR|[Ii]s a directory/.test(line));
}

/** A folder in the place of a file: Docker makes one where a mounted file is missing. */
function isFolder(path: string | undefined, facts?: Facts): Told {
  const isOne = ({ kind, target, isFolder }: Mounted) =>
    kind === "folder" && isFolder !== false &&
    (path === undefined ? isFolder === true : path === target);
  const found = facts?.mounts.filter(isOne) ?? [];
  const [{ source, target } = { source: "", target: "" }] = found;
  return found.length === 1
    ? at(
      `${source}, mounted at ${target}, is a folder: Docker makes one where the file to mount is missing`,
      facts,
      { word: target },
    )
    : undefined;
}

function isReadOnly(
  path: string | undefined,
  facts?: Facts,
): Told {
  if (!facts) return undefined;
  const mount = path === undefined ? undefined : mountOf(facts, path);
  if (mount) {
    return mount.isReadOnly
      ? at(
        `${path} is on ${
          mountText(mount)
        }, which is mounted read-only at ${mount.target}`,
        facts,
        { word: mount.target },
      )
      : undefined;
  }
  if (!facts.isReadOnly) return undefined;
  const why = `${
    path === undefined ? "the container's file system" : path
  } is read-only (read_only: true): mount a tmpfs or a volume where the program writes`;
  return at(why, facts, { path: ["read_only"] });
}

function isFull(path: string | undefined, facts?: Facts): Told {
  if (path?.startsWith("/dev/shm/")) return shmFull(facts);
  const mount = facts && path !== undefined ? mountOf(facts, path) : undefined;
  if (mount?.kind === "tmpfs") {
    return at(tmpfsFull(mount), facts, { word: mount.target });
  }
  const limited = facts?.mounts.filter(({ size }) => size !== undefined) ?? [];
  // Without a path, the small file system is as likely as the disk.
  if (path === undefined && limited.length > 0) return undefined;
  return mount
    ? `${mountText(mount)} is full: no space is left for ${path}`
    : `no space is left${
      path === undefined ? "" : ` for ${path}`
    } on the disk of the container: docker system df`;
}

function tmpfsFull({ target, size }: Mounted): string {
  return `the tmpfs ${target} is full` +
    (size === undefined ? "" : `: its size is ${mebibytes(size)} MiB`);
}

function shmFull(facts?: Facts): Told {
  const size = facts
    ? `: its size is ${mebibytes(facts.shm)} MiB, see shm_size`
    : "";
  return at(`/dev/shm is full${size}`, facts, { path: ["shm_size"] });
}

function isClosed(path: string | undefined, facts?: Facts): Told {
  if (path === undefined || !facts) return undefined;
  const mount = mountOf(facts, path);
  // Root may change the user later, and then its name is not known.
  const isRoot = ["", "0", "root", "0:0", "root:root"].includes(facts.user);
  if (isRoot && !mount) return undefined;
  const who = isRoot
    ? "the user of the program"
    : `user "${facts.user}", who runs the program,`;
  return mount
    ? at(`${who} has no right to ${path}, on ${mountText(mount)}`, facts, {
      word: mount.target,
    })
    : `${who} has no right to ${path}`;
}
