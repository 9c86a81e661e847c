/**
 * Bytes of a log that wait for the end of another line: few of them in memory, more of them in a file.
 *
 * @module
 */

import { dirname } from "node:path";
import {
  closeQuietly,
  isRealFolder,
  writeAllSync,
} from "../reports/plain_file.ts";
import { discard, type Ensure } from "./log_folder.ts";

/** How many bytes are read back from the file at once. */
const CHUNK = 64 * 1024;

/** The most bytes to hold in memory; more go to a file. */
const MAX_HELD = 1024 * 1024;

/**
 * Holds bytes, in memory up to {@linkcode MAX_HELD}, then in a file.
 *
 * @param options.fail takes a fault of the file, after which nothing is held
 */
export function heldIn(
  path: string,
  { ensure, fail }: { ensure: Ensure; fail: (error: unknown) => void },
) {
  let parts: Uint8Array[] = [];
  let size = 0;
  let spool: Deno.FsFile | undefined;
  const spill = () => {
    if (!spool) ensure();
    spool ??= openSpool(path);
    for (const part of parts) writeAllSync(spool, part);
    parts = [];
    size = 0;
  };
  const end = () => {
    parts = [];
    size = 0;
    if (!spool) return;
    closeQuietly(spool);
    spool = undefined;
    try {
      ensure();
      Deno.removeSync(path);
    } catch {
      // Another process has removed it, or replaced its folder.
    }
  };
  const guarded = (action: () => void) => {
    try {
      action();
    } catch (error) {
      fail(error);
      end();
    }
  };
  return {
    has: () => size > 0 || spool !== undefined,
    take: (bytes: Uint8Array) => {
      parts.push(bytes.slice());
      size += bytes.length;
      if (size > MAX_HELD) guarded(spill);
    },
    give: (write: (bytes: Uint8Array) => void) =>
      guarded(() => {
        spool?.seekSync(0, Deno.SeekMode.Start);
        const buffer = new Uint8Array(CHUNK);
        for (let count; (count = spool?.readSync(buffer));) {
          write(buffer.subarray(0, count));
        }
        parts.forEach(write);
        end();
      }),
    end,
  };
}

/** Makes a new file: an existing one of its name may be a link that leads elsewhere. */
function openSpool(path: string): Deno.FsFile {
  const folder = dirname(path);
  if (!isRealFolder(folder)) throw new Error(`${folder} is no folder`);
  discard(path);
  return Deno.openSync(path, { createNew: true, read: true, write: true });
}
