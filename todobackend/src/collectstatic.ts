/**
 * The command `collectstatic`: copies the static files to where they are served from.
 *
 * @module
 */

import { CommandError, errorMessage } from "./errors.ts";
import { staticRoot } from "./settings.ts";
import type { World } from "./world.ts";

const SOURCE = new URL("../static", import.meta.url);

/**
 * Copies all static files to STATIC_ROOT, which is made if it is not there; other files in it stay.
 *
 * @throws {CommandError} when a file cannot be read or written
 */
export async function collectStatic({ env, out }: World): Promise<void> {
  const target = staticRoot(env);
  try {
    const count = await copyFolder(SOURCE.pathname, target);
    out(`${count} static files copied to "${target}"`);
  } catch (error) {
    throw new CommandError(
      `Cannot copy static files to "${target}": ${
        errorMessage(error)
      } (STATIC_ROOT)`,
      1,
      { cause: error },
    );
  }
}

async function copyFolder(source: string, target: string): Promise<number> {
  await Deno.mkdir(target, { recursive: true });
  let count = 0;
  for await (const { name, isDirectory } of Deno.readDir(source)) {
    const [from, to] = [`${source}/${name}`, `${target}/${name}`];
    if (isDirectory) {
      count += await copyFolder(from, to);
    } else {
      // Not copyFile: it would copy a read-only mode too, and the next collection could not write.
      await Deno.writeFile(to, await Deno.readFile(from));
      count += 1;
    }
  }
  return count;
}
