/**
 * Reads files that hold secrets: apart, because they are bytes, and named by a Compose file that may name anything.
 *
 * @module
 */

/** The most that is read of a file, in bytes: what the engine takes for a secret at most. */
const MOST_SECRET = 512_000;

/** The first {@linkcode MOST_SECRET} bytes of a regular file; undefined where there is none that can be read. */
export async function readSecretFile(
  path: string,
): Promise<Uint8Array | undefined> {
  try {
    // A FIFO or a device might never end.
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
