/**
 * Performs `todoflow init` for a request of the command line.
 *
 * @module
 */

import { relative } from "node:path";
import { exportedEnv } from "../compose/environment.ts";
import { identify } from "../compose/project.ts";
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
  const { given, world, surroundings } = context;
  const caller = await realPath(world.directory);
  const directory = await realPath(surroundings.directory);
  const repository = await repositoryOf({ ...surroundings, directory });
  const top = repository ? await realPath(repository.top) : directory;
  const missing = await withoutTaken(
    await missingIn(context, { caller, directory, repository, top }),
    (path) => relative(caller, path) || path,
  );
  const writes = given.flags.has("write");
  const color = wantsColor(
    { ...world, color: given.color ?? "auto" },
    world.stdout,
  );
  world.stdout.write(
    missingText(missing, { caller, asDiff: writes, paint: style(color) }),
  );
  const names = missing.files.map(({ path }) => relative(caller, path));
  if (!writes) {
    if (names.length > 0) {
      const list = names.join(", ");
      world.stderr.write(`\ntodoflow init --write   # writes ${list}\n`);
    }
    return 0;
  }
  for (const [i, file] of missing.files.entries()) {
    const shown = names[i]!;
    await writeNew(file, { top, shown });
    world.stderr.write(`Wrote ${shown}\n`);
  }
  return 0;
}

/** Where `init` works, all absolute and without links. */
interface Place {
  /** The folder that paths are shown relative to. */
  caller: string;
  directory: string;
  repository: Repository | undefined;
  /** The folder that nothing is written outside of. */
  top: string;
}

async function missingIn(
  { given, surroundings }: RunContext,
  { caller, directory, repository, top }: Place,
): Promise<Missing> {
  // A Compose file that needs APP_VERSION can be read without one, too.
  const exported = exportedEnv(given, surroundings.env.APP_VERSION || "0");
  const env = { ...surroundings.env, ...exported };
  const files = localFiles();
  const tree = localTree();
  const shown = (path: string) => relative(caller, path) || ".";
  const identity = await identify({
    ...{ directory, env, readTextFile: files.readTextFile },
  });
  const isNamed = given.files.length > 0;
  const examined = identity.files.length > 0
    ? await examine({
      $: await shell({ ...surroundings, directory, env }),
      ...{ identity, files, tree, caller, top },
    })
    : {
      missing: await startOf(await sourceIn(directory, tree), shown(directory)),
      image: undefined,
    };
  const ci = !repository || isNamed ? undefined : await missingCi({
    repository: { ...repository, top },
    directory: identity.files.length > 0 ? identity.directory : directory,
    image: examined.image,
    ...{ tree, shown },
  });
  return joined([examined.missing, ...(ci ? [ci] : [])]);
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
