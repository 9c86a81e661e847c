/**
 * Performs `todoflow init` for a request of the command line.
 *
 * @module
 */

import { relative } from "node:path";
import type { Surroundings } from "../child.ts";
import { exportedEnv } from "../compose/environment.ts";
import { identify, type Identity } from "../compose/project.ts";
import { localFiles } from "../doctor/files.ts";
import { shell } from "../engine/shell.ts";
import type { RunContext } from "../target.ts";
import { style, wantsColor } from "../text/color.ts";
import { realPath } from "../world.ts";
import { examine } from "./compose.ts";
import { isTaken, localTree, writeNew } from "./files.ts";
import { joined, type Missing } from "./missing.ts";
import { missingCi, type Repository, repositoryOf } from "./repository.ts";
import { sourceIn } from "./source.ts";
import { startOf } from "./start.ts";
import { missingText } from "./text.ts";

/** Prints what is missing; with the flag `write`, writes the files, too. Resolves to the exit code. */
export async function init(context: RunContext): Promise<number> {
  const { given, world } = context;
  const place = await placeOf(context);
  const { caller, top } = place;
  const shown = (path: string) => relative(caller, path) || ".";
  const missing = await withoutTaken(await missingIn(place), shown);
  const { files, blocks } = missing;
  const writes = given.flags.has("write");
  const color = wantsColor(
    { ...world, color: given.color ?? "auto" },
    world.stdout,
  );
  world.stdout.write(
    missingText(missing, { shown, asDiff: writes, paint: style(color) }),
  );
  if (!writes) {
    const names = files.map(({ path }) => shown(path)).join(", ");
    const isTold = names !== "" && !given.flags.has("quiet");
    if (isTold) world.stderr.write(`\n--write makes ${names}\n`);
    return 0;
  }
  for (const file of files) {
    await writeNew(file, { top, shown: shown(file.path) });
    world.stderr.write(`Wrote ${shown(file.path)}\n`);
  }
  if (blocks.length > 0) {
    world.stderr.write(
      "Not written: the lines above for files that are there already\n",
    );
  }
  return 0;
}

/** Where `init` works; folders are absolute and without links. */
interface Place {
  /** The folder that paths are shown relative to. */
  caller: string;
  directory: string;
  identity: Identity;
  repository: Repository | undefined;
  /** The folder that nothing is written outside of: the repository, or else that of the project. */
  top: string;
  surroundings: Surroundings;
  /** Whether the caller names the Compose files: a build agent would read others. */
  isNamed: boolean;
}

async function placeOf(
  { given, world, surroundings }: RunContext,
): Promise<Place> {
  const { env } = surroundings;
  const directory = await realPath(surroundings.directory);
  // A Compose file that needs APP_VERSION can be read without one, too.
  const exported = exportedEnv(given, env.APP_VERSION || "0");
  const own = { ...surroundings, directory, env: { ...env, ...exported } };
  const { readTextFile } = localFiles();
  const identity = await identify({ ...own, readTextFile });
  const repository = await repositoryOf(own);
  return {
    ...{ directory, identity, repository, surroundings: own },
    caller: await realPath(world.directory),
    top: repository?.top ?? folderOf(identity, directory),
    isNamed: given.files.length > 0,
  };
}

/** The folder of the project: that of its Compose file, if it has one. */
function folderOf(identity: Identity, directory: string): string {
  return identity.files.length > 0 ? identity.directory : directory;
}

async function missingIn(
  { caller, directory, identity, repository, top, surroundings, isNamed }:
    Place,
): Promise<Missing> {
  const tree = localTree();
  const { missing, image } = identity.files.length > 0
    ? await examine({
      $: await shell(surroundings),
      files: localFiles(),
      ...{ identity, tree, caller, top },
    })
    : {
      missing: await startOf(await sourceIn(directory, tree)),
      image: undefined,
    };
  if (!repository || isNamed) return missing;
  const ci = await missingCi({
    directory: folderOf(identity, directory),
    shown: (path) => relative(caller, path),
    ...{ repository, image, tree },
  });
  return joined([missing, ci]);
}

/** Files whose path is taken, by a link for example, are left alone. */
async function withoutTaken(
  { files, ...rest }: Missing,
  shown: (path: string) => string,
): Promise<Missing> {
  const taken = await Promise.all(files.map(({ path }) => isTaken(path)));
  const left = files.filter((_, i) => taken[i]);
  return {
    ...rest,
    files: files.filter((_, i) => !taken[i]),
    notes: [
      ...left.map(({ path }) =>
        `${
          shown(path)
        } is there, but is no file that init reads: it is left alone.`
      ),
      ...rest.notes,
    ],
  };
}
