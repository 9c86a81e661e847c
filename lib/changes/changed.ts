/**
 * Tells in lines what differs between a run and the last one that has succeeded.
 *
 * @module
 */

import type { Evidence } from "../errors/evidence.ts";
import type { Asking } from "../git/git.ts";
import type { Source } from "../git/source.ts";
import type { GreenImage, Past, Versions } from "../state/green.ts";
import { shortId } from "../text/short_id.ts";
import { age, seconds } from "../text/units.ts";
import {
  changedKeys,
  hashed,
  type KeyChange,
  type Keys,
  type Renames,
} from "./compose_keys.ts";
import { type Moved, movedImages } from "./images.ts";
import { listed } from "./list.ts";
import {
  recordedChanges,
  type RepositoryChanges,
  repositoryChanges,
  shortCommit,
} from "./repository.ts";

/** The surroundings of a run. */
export interface Present {
  /** Of the application. */
  version: string | undefined;
  /** The checkout when the run began; undefined without a commit. */
  source: Source | undefined;
  /** Of the Compose model; undefined if they are too many. */
  keys: Keys | undefined;
  /** The images that the run has not built, as far as they are known. */
  images: readonly GreenImage[];
  versions: Versions;
  /** Milliseconds of each step, by its name. */
  steps: ReadonlyMap<string, number>;
}

/** The surroundings in the form in which they are recorded. */
export async function pastOf(
  { version, source, keys, images, versions, steps }: Present,
): Promise<Past> {
  const changes = source && recordedChanges(source);
  // Otherwise equal values would have equal hashes in all records.
  const salt = crypto.getRandomValues(new Uint8Array(16)).toHex();
  return {
    at: new Date().toISOString(),
    ...(version !== undefined && { version }),
    ...(source && { commit: source.commit, dirty: source.dirty }),
    ...(changes && { changes }),
    ...(keys && { salt, keys: await hashed(keys, salt) }),
    ...{ images, versions },
    steps: Object.fromEntries(steps),
  };
}

/** Options of {@linkcode changedSince}. */
export interface ChangedOptions {
  /** The run in words, such as "the last green test". */
  what: string;
  /** Texts that stand in values of Compose keys, now and in the other run. */
  renames: Renames;
  /** Asks git about the checkout. */
  asking: Asking;
  /** In ms since 1970. */
  now: number;
}

/**
 * The differences from an earlier run, the most telling first.
 *
 * @throws {Error} if git does not answer
 */
export async function changedSince(
  past: Past,
  present: Present,
  { what, renames, asking, now }: ChangedOptions,
): Promise<Evidence> {
  const repository = await repositoryChanges(past, present.source, asking);
  const keys = await changedKeys(present.keys, past, renames) ?? [];
  const outside = [
    keys.map(keyText),
    movedImages(past.images, present.images).map(movedText),
    versionTexts(past.versions, present.versions),
    slowTexts(past.steps ?? {}, present.steps),
  ].filter(({ length }) => length > 0)
    .map((texts) => listed(texts, { between: "; " }));
  const isKept = repository.isSame !== false && outside.length === 0;
  return {
    title: titleOf(past, { what, now }),
    lines: [
      ...repositoryTexts(repository, { past, isModelSame: keys.length === 0 }),
      ...outside,
      ...(isKept ? ["nothing else is known to have changed"] : []),
    ],
  };
}

/** Such as "changed since the last green test, 7a356f0 of 2 h ago". */
function titleOf(
  { commit, dirty, at }: Past,
  { what, now }: { what: string; now: number },
): string {
  const state = dirty ? " with uncommitted changes" : "";
  const which = commit === undefined ? "" : `, ${shortCommit(commit)}${state}`;
  const before = age(now - Date.parse(at), { long: true });
  return `changed since ${what}${which} of ${before} ago`;
}

function repositoryTexts(
  { isSame, lines }: RepositoryChanges,
  { past: { commit = "", dirty }, isModelSame }: {
    past: Past;
    isModelSame: boolean;
  },
): readonly string[] {
  if (isSame === undefined) {
    return ["the commits cannot be compared: one of them is not known"];
  }
  if (!isSame) return lines;
  const which = shortCommit(commit) +
    (dirty ? " with the same uncommitted changes" : "");
  return [
    isModelSame
      ? `nothing in the repository has changed: commit ${which}`
      : `the commit is the same: ${which}`,
  ];
}

/** Such as "services.db.image is postgres:17 now". */
function keyText({ path, kind, value }: KeyChange): string {
  switch (kind) {
    case "differs":
      return value === undefined
        ? `${path} differs`
        : `${path} is ${value} now`;
    case "new":
    case "gone":
      return `${path} is ${kind}`;
  }
}

function movedText({ name, before, now }: Moved): string {
  return `${name} has moved from ${shortId(before)} to ${shortId(now)}`;
}

/** The programs of a run. */
const PROGRAMS = {
  engine: "Docker Engine",
  compose: "Compose",
  todoflow: "todoflow",
} as const;

function versionTexts(before: Versions, now: Versions): string[] {
  const names = ["engine", "compose", "todoflow"] as const;
  return names.flatMap((name) => {
    const [was, is] = [before[name], now[name]];
    return was === undefined || is === undefined || was === is
      ? []
      : [`${PROGRAMS[name]} is ${is} now, and was ${was}`];
  });
}

/** A step is slow if it has taken longer by this factor, and by more than this time (ms). */
const FACTOR = 2;
const LONGER = 1_000;

/** The slow steps, the one that has lost most first. */
function slowTexts(
  before: Readonly<Record<string, number>>,
  now: ReadonlyMap<string, number>,
): string[] {
  const known = new Map(Object.entries(before));
  return [...now].flatMap(([name, ms]) => {
    const was = known.get(name);
    const isSlow = was !== undefined && ms > FACTOR * was &&
      ms - was > LONGER;
    return isSlow ? [{ name, ms, was }] : [];
  }).toSorted((a, b) => b.ms - b.was - (a.ms - a.was)).map((
    { name, ms, was },
  ) => `step "${name}" took ${seconds(ms)}, and ${seconds(was)} then`);
}
