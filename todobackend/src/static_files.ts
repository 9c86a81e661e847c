/**
 * Reads collected static files, for requests below `/static/`.
 *
 * @module
 */

import { getMimeType } from "hono/utils/mime";

/**
 * Answers with the static file of this URL path (what follows `/static/`, still percent-encoded).
 *
 * @returns undefined when there is no such file
 */
export async function staticFile(
  root: string,
  encodedPath: string,
): Promise<Response | undefined> {
  const path = safePath(encodedPath);
  if (path === undefined) return undefined;
  try {
    const body = await Deno.readFile(`${root}/${path}`);
    const type = getMimeType(path) ?? "application/octet-stream";
    return new Response(body, { headers: { "Content-Type": type } });
  } catch (error) {
    if (isNoFile(error)) return undefined;
    throw error;
  }
}

/** The decoded path, unless a part of it is hidden, leads upwards or is no plain name. */
function safePath(encodedPath: string): string | undefined {
  let path: string;
  try {
    path = decodeURIComponent(encodedPath);
  } catch {
    return undefined;
  }
  const safe = path.split("/").every((part) => /^[^.\\\0][^\\\0]*$/.test(part));
  return safe ? path : undefined;
}

function isNoFile(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound ||
    error instanceof Deno.errors.NotADirectory ||
    error instanceof Deno.errors.IsADirectory;
}

/** Those of the given files (paths below the root) that are not there. */
export async function missingFiles(
  root: string,
  paths: readonly string[],
): Promise<string[]> {
  const missing: string[] = [];
  for (const path of paths) {
    const file = await staticFile(root, path);
    if (file === undefined) missing.push(path);
  }
  return missing;
}
