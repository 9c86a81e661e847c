/**
 * The page at `/`, and the static files that it needs.
 *
 * @module
 */

import html from "./page.html" with { type: "text" };

const SECURITY_POLICY =
  "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/** Answers with the page. */
export function pageResponse(): Response {
  return new Response(html, {
    headers: {
      "Content-Type": "text/html; charset=utf-8",
      "Content-Security-Policy": SECURITY_POLICY,
    },
  });
}

/** The static files that the page refers to, as paths below `/static/`. */
export function pageFiles(): string[] {
  return [...html.matchAll(/(?:href|src)="\/static\/([^"]+)"/g)]
    .map(([, path]) => path ?? "");
}
