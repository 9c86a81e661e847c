/**
 * Short hashes that distinguish names.
 *
 * @module
 */

/** The first eight hexadecimal digits of the SHA-256 hash. */
export async function shortHash(text: string): Promise<string> {
  const bytes = new TextEncoder().encode(text);
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return hash.slice(0, 4).toHex();
}
