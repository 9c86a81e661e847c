/**
 * Looks into the reports that were found without being named: one with a value that is hidden elsewhere does not stay.
 *
 * @module
 */

import { dirname, join, relative } from "node:path";
import { realPath } from "../world.ts";
import { readPlain } from "../reports/plain_file.ts";
import type { Redact } from "./log_lines.ts";
import type { FoundFile } from "./report_look.ts";

/** Options of {@linkcode stayingOf}. */
interface CheckOptions {
  /** The folder of the run, absolute. */
  folder: string;
  /** The key of the Compose file that would name the reports. */
  key: string;
  /** Makes a function that hides secrets; without it, there are none. */
  redact?: (() => Redact) | undefined;
  /** Takes the path of a file that does not stay, and the reason. */
  lost: (path: string, why: string) => void;
}

/** The files that stay; the other ones are removed from the folder, because no key names them. */
export async function stayingOf(
  files: readonly FoundFile[],
  { folder, key, redact, lost }: CheckOptions,
): Promise<readonly FoundFile[]> {
  if (!redact) return files;
  const staying: FoundFile[] = [];
  for (const file of files) {
    const path = join(folder, file.place);
    if (!await hides(path, redact())) {
      staying.push(file);
      continue;
    }
    lost(file.path, `it has a value that is hidden; ${key} would copy it`);
    if (await isStillThere(path, folder)) {
      await Deno.remove(path).catch(() => {});
    }
  }
  return staying;
}

/** Whether the way to a file leads over no link: a container may have put one there by a bind mount, and a file behind it is not ours. */
async function isStillThere(path: string, folder: string): Promise<boolean> {
  const real = await realPath(dirname(path));
  return real === join(await realPath(folder), relative(folder, dirname(path)));
}

/** Whether a file has a value that is hidden; a file that a container has replaced meanwhile has none of its report. */
async function hides(path: string, redact: Redact): Promise<boolean> {
  try {
    using file = readPlain(path);
    const bytes = new Uint8Array(
      await new Response(file.readable).arrayBuffer(),
    );
    const shown = redact(bytes.slice(), true);
    return shown.length !== bytes.length ||
      shown.some((byte, i) => byte !== bytes[i]);
  } catch {
    return false;
  }
}
