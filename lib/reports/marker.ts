/**
 * The file by which todoflow knows a folder of reports that it has made.
 *
 * @module
 */

import { lstat } from "./look.ts";
import { basename, join } from "node:path";

/** Name of the file that says that todoflow has made the folder it is in. */
export const MARKER = ".todoflow";

/** Of what is in the folder; a later version may keep in it what must not be emptied. */
export const FORMAT = 1;

/** The text of the marker; a folder that no checkout has says whose reports it takes. */
export function markerText(
  { checkout, directory }: { checkout?: string; directory?: string },
): string {
  const isShared = checkout === undefined && directory !== undefined;
  const text = JSON.stringify({
    format: FORMAT,
    about: "todoflow has made this folder and empties it in each run",
    ...(isShared && { directory }),
  });
  return `${text}\n`;
}

/** Whether todoflow, in whatever version, has made a folder that a target's reports may be in. */
export async function isMade(folder: string): Promise<boolean> {
  return await markerIn(folder) !== undefined || await isEarlier(folder);
}

/** Bytes that a marker has at most: a path may be long. */
const MARKER_MOST = 8_192;

/** A marker as it is read. */
interface Marker {
  file: Deno.FileInfo;
  format: number;
  /** Whose reports the folder takes, where no checkout has it. */
  directory?: string;
}

/** The marker in a folder; undefined where there is none, or a file of that name that something else has written. */
export async function markerIn(folder: string): Promise<Marker | undefined> {
  const path = join(folder, MARKER);
  const file = await lstat(path);
  if (!file?.isFile || file.size > MARKER_MOST) return undefined;
  try {
    const { format, directory } = JSON.parse(await Deno.readTextFile(path));
    return Number.isInteger(format)
      ? { file, format, ...(typeof directory === "string" && { directory }) }
      : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) {
      return undefined;
    }
    throw error;
  }
}

/** Bytes that are looked at of a line: a plan has many steps. */
const FIRST_LINE = 4_000_000;

/**
 * Whether a version without markers has made the folder: it has emptied it, and then written the beginning of a run there.
 * What was added since then, it would have removed as well.
 */
export async function isEarlier(folder: string): Promise<boolean> {
  const path = join(folder, "events.jsonl");
  if (!(await lstat(path))?.isFile) return false;
  using file = await Deno.open(path);
  const buffer = new Uint8Array(64 * 1024);
  const decoder = new TextDecoder();
  let text = "";
  while (!text.includes("\n") && text.length < FIRST_LINE) {
    const count = await file.read(buffer);
    if (count === null) break;
    text += decoder.decode(buffer.subarray(0, count), { stream: true });
  }
  try {
    const [line = ""] = text.split("\n", 1);
    const { kind, target, tool, steps } = JSON.parse(line);
    return kind === "run-start" && typeof tool === "string" &&
      Array.isArray(steps) && target === basename(folder);
  } catch {
    return false;
  }
}
