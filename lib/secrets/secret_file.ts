/**
 * Reads files that hold secrets, with care: a Compose file that is not trusted names them.
 *
 * @module
 */

/** The most bytes that are read of a file: the engine takes no larger secret. */
const MOST_SECRET = 512_000;

/** The first {@linkcode MOST_SECRET} bytes of a regular file; undefined if there is none, or it cannot be read. */
export async function readSecretFile(
  path: string,
): Promise<Uint8Array | undefined> {
  try {
    // A FIFO or a device may never end.
    const { isFile, size } = await Deno.stat(path);
    if (!isFile) return undefined;
    using file = await Deno.open(path);
    const bytes = new Uint8Array(Math.min(size, MOST_SECRET));
    let length = 0;
    for (let count: number | null = 0; length < bytes.length;) {
      count = await file.read(bytes.subarray(length));
      if (count === null) break;
      length += count;
    }
    return bytes.subarray(0, length);
  } catch {
    return undefined;
  }
}
