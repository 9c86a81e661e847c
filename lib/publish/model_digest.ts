/**
 * The digest of the resolved Compose model, by which two machines can tell that they ran the same stack.
 *
 * @module
 */

import type { Model } from "../compose/model.ts";

/** The keys whose values are no part of the digest: they may be secrets, which a digest would let a reader guess. */
const KEYS_ONLY = new Set(["environment", "args", "content"]);

/**
 * The digest, such as "sha256:…": the same in every folder and project, and whatever the values of variables are.
 *
 * @param options.directory of the Compose file, without links
 * @param options.hide hides secrets in a text
 */
export async function modelDigest(
  { name, ...model }: Model,
  { directory, hide }: { directory: string; hide: (text: string) => string },
): Promise<string> {
  // Compose puts the project's name before the names of volumes and networks.
  const own = `${name}_`;
  const word = (text: string) =>
    hide(text.startsWith(own) ? text.slice(own.length) : text)
      .replaceAll(directory, ".");
  const text = JSON.stringify(plain(model, word));
  const bytes = new TextEncoder().encode(text);
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return `sha256:${hash.toHex()}`;
}

/** The value with sorted keys. */
function plain(value: unknown, word: (text: string) => string): unknown {
  if (typeof value === "string") return word(value);
  if (Array.isArray(value)) return value.map((one) => plain(one, word));
  if (typeof value !== "object" || value === null) return value;
  return Object.entries(value).toSorted(([a], [b]) => a < b ? -1 : 1)
    .map(([key, one]) => [
      key,
      KEYS_ONLY.has(key) ? namesIn(one) : plain(one, word),
    ]);
}

/** The names of variables, without their values. */
function namesIn(value: unknown): readonly string[] {
  return Array.isArray(value)
    ? value.map((one) => String(one).split("=")[0]!).toSorted()
    : typeof value === "object" && value !== null
    ? Object.keys(value).toSorted()
    : [];
}
