/**
 * Files that exist only while another program reads them.
 *
 * @module
 */

/** Writes a text to a file that only this user can read; resolves to its path. */
export type WriteScratch = (name: string, text: string) => Promise<string>;

/** Calls a function that may write such files, which are gone when its promise settles. */
export async function withScratch<T>(
  use: (write: WriteScratch) => Promise<T>,
): Promise<T> {
  const folder = await Deno.makeTempDir({ prefix: "todoflow-" });
  try {
    return await use(async (name, text) => {
      const path = `${folder}/${name}`;
      await Deno.writeTextFile(path, text, { mode: 0o600 });
      return path;
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
