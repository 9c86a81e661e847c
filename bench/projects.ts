/**
 * Repositories to measure in, each under a Compose project of its own, and what removes all that a project and its twins
 * have on the engine. Nothing here touches what belongs to another project.
 *
 * @module
 */

import { commitAll, family } from "../tests/e2e/harness.ts";
import { type Argv, output, type Place } from "./processes.ts";

/** A folder with a git commit, and the Compose project's name in the environment. */
export interface Project extends Place {
  name: string;
  env: Record<string, string>;
}

/** Copies what git would (committed or not yet) of `paths` in `from` into a repository in a temporary folder. */
export async function makeProject(
  key: string,
  { from, paths = ["."] }: { from: string; paths?: readonly string[] },
): Promise<Project> {
  const cwd = await Deno.makeTempDir({ prefix: `todoflow-bench-${key}-` });
  for (const file of await sources(from, paths)) {
    await Deno.mkdir(new URL(".", `file://${cwd}/${file}`), {
      recursive: true,
    });
    await Deno.copyFile(`${from}/${file}`, `${cwd}/${file}`);
  }
  await commitAll(cwd);
  const name = `bench-${key}-${crypto.randomUUID().slice(0, 8)}`;
  return { name, cwd, env: { COMPOSE_PROJECT_NAME: name } };
}

async function sources(from: string, paths: readonly string[]) {
  const options = ["--cached", "--others", "--exclude-standard", "--"];
  const files = await output(["git", "ls-files", ...options, ...paths], {
    cwd: from,
  });
  return files.split("\n").filter(Boolean);
}

/** Removes the containers, networks and volumes of the project and its twins: no round meets what another left behind. */
export async function sweep(project: Project): Promise<void> {
  for (const filter of filters(project)) {
    await remove(
      ["docker", "ps", "--all", "--quiet", ...filter],
      ["docker", "rm", "--force", "--volumes"],
    );
    await remove(
      ["docker", "network", "ls", "--quiet", ...filter],
      ["docker", "network", "rm"],
    );
    await remove(
      ["docker", "volume", "ls", "--quiet", ...filter],
      ["docker", "volume", "rm"],
    );
  }
}

/** Removes all that is left of the project and its twins: images and the folder, too. */
export async function discard(project: Project): Promise<void> {
  await sweep(project);
  for (const filter of filters(project)) {
    await remove(
      ["docker", "images", "--quiet", ...filter],
      ["docker", "rmi", "--force"],
    );
  }
  await Deno.remove(project.cwd, { recursive: true });
}

/** The arguments with which docker lists what a project has, for the project and each of its twins. */
function filters({ name }: Project): string[][] {
  return family(name).map((project) => [
    "--filter",
    `label=com.docker.compose.project=${project}`,
  ]);
}

async function remove(list: Argv, command: Argv) {
  const found = (await output(list)).split("\n").filter(Boolean);
  if (found.length > 0) await output([...command, ...new Set(found)]);
}
