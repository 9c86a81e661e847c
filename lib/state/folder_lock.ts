/**
 * Keeps the users of a machine from running in one checkout at the same time: it locks the folder of the Compose file,
 * which all of them share. Nothing is written, and replacing a file in the folder does not free it.
 *
 * @module
 */

import { pause } from "../pause.ts";
import type { Every } from "./every.ts";

/** The time (ms) between two attempts, and how long to retry a folder that another user holds. */
const TRY_EVERY = 50;
const TRY_FOR = 300;

/** Options of {@linkcode lockFolder}. */
interface FolderLockOptions {
  /** Whether another run of this user holds the folder: runs of one user, in projects of their own, share it. */
  isShared: () => Promise<boolean>;
  /** Called when this process gets the lock, at once or later; other runs of this user then share it. */
  onLocked: () => void;
  /** Repeats the attempt to take over a lock that a run of this user has. */
  repeat: Every;
}

/**
 * Locks a folder for this user; resolves to a function that frees it, or to undefined if another user holds it. A
 * folder that cannot be opened or locked, as on Windows and on some network file systems, counts as free.
 */
export async function lockFolder(
  directory: string,
  { isShared, ...later }: FolderLockOptions,
): Promise<(() => void) | undefined> {
  const file = await Deno.open(directory).catch(() => undefined);
  if (!file) return () => {};
  const started = performance.now();
  for (;;) {
    if (isLocked(file)) {
      later.onLocked();
      return () => file.close();
    }
    if (await isShared()) return lockLater(file, later);
    if (performance.now() - started > TRY_FOR) {
      file.close();
      return undefined;
    }
    await pause(TRY_EVERY);
  }
}

/** Takes over the lock as soon as the run of this user that holds it ends; otherwise another user could get it then. */
function lockLater(
  file: Deno.FsFile,
  { onLocked, repeat }: Omit<FolderLockOptions, "isShared">,
): () => void {
  const end = repeat(TRY_EVERY, () => {
    if (!isLocked(file)) return;
    end();
    onLocked();
  });
  return () => {
    end();
    file.close();
  };
}

/** Locks an open folder if it is free. */
function isLocked(file: Deno.FsFile): boolean {
  try {
    return file.tryLockSync(true);
  } catch {
    // The file system has no locks.
    return true;
  }
}
