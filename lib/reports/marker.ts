/**
 * The marker: the file by which todoflow recognizes a folder of reports that it has made.
 *
 * @module
 */

import { lstat } from "./look.ts";
import { basename, join } from "node:path";

/** Name of the marker. */
export const MARKER = ".todoflow";

/** Version of the folder's content; a later version of todoflow may keep files in it that must not be removed. */
export const FORMAT = 1;

/** The text of a marker; outside of a checkout, it names the project whose reports are in the folder. */
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

/** Whether any version of todoflow has made the folder for the reports of a target. */
export async function isMade(folder: string): Promise<boolean> {
  return await markerIn(folder) !== undefined || await isEarlier(folder);
}

/** The most bytes of a marker: a path may be long. */
const MARKER_MOST = 8_192;

/** A marker that was read. */
interface Marker {
  file: Deno.FileInfo;
  format: number;
  /** The folder of the project whose reports are in the folder; only outside of a checkout. */
  directory?: string;
}

/** The marker in a folder; undefined if there is none, or if another program has written a file of this name. */
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

/** How many bytes of a line are read: a plan may have many steps. */
const FIRST_LINE = 4_000_000;

/**
 * Whether a version without markers has made the folder: `events.jsonl` then begins with the start of a run of this target.
 * That version, too, would have removed files that were added later.
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
