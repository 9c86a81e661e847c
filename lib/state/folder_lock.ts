/**
 * One run in a checkout across the users of a machine: the folder of the Compose file is locked itself. Every user meets
 * there, nothing is written, and replacing a file in it does not free it.
 *
 * @module
 */

import { pause } from "../pause.ts";

/** Milliseconds between two attempts, and how long a folder that another user has is tried. */
const TRY_EVERY = 50;
const TRY_FOR = 300;

/** How {@linkcode lockFolder} works. */
interface FolderLockOptions {
  /** Whether another run of this user has the folder: runs of one user, in projects of their own, share it. */
  isShared: () => Promise<boolean>;
  /** Called when this process has the lock, at once or later: others of this user then share it. */
  onLocked: () => void;
}

/**
 * Locks a folder for this user; resolves to what frees it, or to undefined if another user has it. A folder that cannot be
 * opened or locked, as on Windows and on some network file systems, is nobody's.
 */
export async function lockFolder(
  directory: string,
  { isShared, onLocked }: FolderLockOptions,
): Promise<(() => void) | undefined> {
  const file = await Deno.open(directory).catch(() => undefined);
  if (!file) return () => {};
  const started = performance.now();
  for (;;) {
    if (isLocked(file)) {
      onLocked();
      return () => file.close();
    }
    if (await isShared()) return lockLater(file, onLocked);
    if (performance.now() - started > TRY_FOR) {
      file.close();
      return undefined;
    }
    await pause(TRY_EVERY);
  }
}

/** Takes the lock as soon as the run of this user that has it ends: else another user could have it then. */
function lockLater(file: Deno.FsFile, onLocked: () => void): () => void {
  const timer = setInterval(() => {
    if (!isLocked(file)) return;
    clearInterval(timer);
    onLocked();
  }, TRY_EVERY);
  Deno.unrefTimer(timer);
  return () => {
    clearInterval(timer);
    file.close();
  };
}

/** Locks an open folder, if nobody has it. */
function isLocked(file: Deno.FsFile): boolean {
  try {
    return file.tryLockSync(true);
  } catch {
    // A file system without locks.
    return true;
  }
}
