/**
 * The page at `/`.
 *
 * @module
 */

import type { Asset } from "./assets.ts";
import html from "./page.html" with { type: "text" };
import { encode, represent, type Representation } from "./representation.ts";

// Everything that is not needed is forbidden: what somebody manages to write into the page must not do anything.
const SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join("; ");

const HEADERS = {
  "Content-Type": "text/html; charset=utf-8",
  // The names in it are those of this release: it is asked for each time, and mostly a 304.
  "Cache-Control": "no-cache",
  "Content-Security-Policy": SECURITY_POLICY,
  "Cross-Origin-Resource-Policy": "same-origin",
  "Permissions-Policy":
    "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
  "Referrer-Policy": "no-referrer",
  "X-Frame-Options": "DENY",
};

/**
 * Makes the page, in which static files have their names with hashes.
 *
 * @throws {Error} when it names a file that is not there
 */
export function createPage(
  assets: ReadonlyMap<string, Asset>,
): Representation {
  const text = html.replace(/(?<="\/static\/)[^"]+/g, (source) => {
    const asset = assets.get(source);
    if (asset === undefined) throw new Error(`${source} is not there`);
    return asset.name;
  });
  return represent(encode(new TextEncoder().encode(text)), HEADERS);
}
