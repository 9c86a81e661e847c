/**
 * Reads, replaces and removes the files in the folder of a run's logs.
 *
 * @module
 */

import { dirname } from "node:path";
import { MAX_LOG, type ServiceLog } from "../page/logs.ts";
import { isRealFolder, plainSize, readPlain } from "../reports/plain_file.ts";

/** Throws when the folder of a run was replaced, so that a link in its place is not followed. */
export type Ensure = () => void;

/** The logs in a folder; only the end of a long one. */
export async function readLogs(folder: string): Promise<ServiceLog[]> {
  const names: string[] = [];
  try {
    for await (const { name, isFile } of Deno.readDir(folder)) {
      if (isFile && name.endsWith(".log")) names.push(name);
    }
  } catch {
    // The folder was removed.
  }
  const logs = await Promise.all(
    names.toSorted().map(async (name) => {
      try {
        return [await readLog(folder, name)];
      } catch {
        return [];
      }
    }),
  );
  return logs.flat();
}

async function readLog(folder: string, name: string): Promise<ServiceLog> {
  const file = readPlain(`${folder}/${name}`);
  const cut = Math.max(0, (await file.stat()).size - MAX_LOG);
  await file.seek(cut, Deno.SeekMode.Start);
  const text = await new Response(file.readable).text();
  return {
    service: name.slice(0, -".log".length),
    // Begins with a whole line.
    text: cut > 0 ? text.slice(text.indexOf("\n") + 1) : text,
    cut,
  };
}

/**
 * Replaces a log by one that was read again, unless the existing one is longer.
 *
 * @param options.fresh path of the new log, which is moved or removed
 */
export function replaceIfLonger(
  path: string,
  { fresh, ensure = () => {} }: { fresh: string; ensure?: Ensure | undefined },
): void {
  try {
    ensure();
    if (!isRealFolder(dirname(path))) return;
    if (plainSize(fresh) >= plainSize(path)) Deno.renameSync(fresh, path);
    else Deno.removeSync(fresh);
  } catch {
    // The folder was removed, or the log could not be written.
  }
}

/** Removes the unfinished log that a dead process has left. */
export function discard(path: string, ensure: Ensure = () => {}): void {
  try {
    ensure();
    if (isRealFolder(dirname(path))) Deno.removeSync(path);
  } catch {
    // There is no such file.
  }
}
