/**
 * Which encoding a client gets, and when it gets nothing because it has it already.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { encode, represent, respond } from "../../src/representation.ts";

const TEXT = "the same again and again\n".repeat(50);
const REPRESENTATION = represent(encode(new TextEncoder().encode(TEXT)), {
  "Content-Type": "text/plain",
  "Cache-Control": "no-cache",
});

function get(headers: Record<string, string> = {}): Response {
  return respond(new Headers(headers), REPRESENTATION);
}

Deno.test("a client gets the encoding that it prefers, and of several the smallest", () => {
  const cases = [
    [undefined, null],
    ["", null],
    ["gzip, deflate, br, zstd", "br"],
    ["gzip, deflate", "gzip"],
    ["GZIP", "gzip"],
    ["br;q=0.5, gzip;q=0.8", "gzip"],
    ["br;q=0.5, gzip;q=0.5", "br"],
    ["br; q=0, gzip", "gzip"],
    ["*", "br"],
    ["*;q=0.5, br;q=0", "gzip"],
    ["identity, gzip;q=0.5", null],
    ["identity;q=0.5, gzip", "gzip"],
    ["deflate", null],
    ["gzip;q=0", null],
    ["gzip;q=nonsense", null],
    ["br;q=0, gzip;q=0, identity;q=0", null],
    [",;,", null],
  ] as const;
  for (const [accepted, expected] of cases) {
    const headers: Record<string, string> = accepted === undefined
      ? {}
      : { "Accept-Encoding": accepted };
    const response = get(headers);
    assertEquals(
      [accepted, response.headers.get("Content-Encoding")],
      [accepted, expected],
    );
    assertEquals(response.headers.get("Vary"), "Accept-Encoding");
    assertEquals(response.headers.get("X-Content-Type-Options"), "nosniff");
  }
});

Deno.test("each encoding has an ETag of its own", () => {
  const tags = ["br", "gzip", "identity"].map((encoding) =>
    get({ "Accept-Encoding": encoding }).headers.get("ETag")
  );
  assertEquals(new Set(tags).size, 3);
  for (const tag of tags) assert(/^"[0-9a-f]{32}"$/.test(tag ?? ""));
});

Deno.test("who has it already gets 304 without what describes a body, anybody else all of it", async () => {
  const etag = get().headers.get("ETag")!;
  for (
    const known of [etag, `W/${etag}`, `"x", ${etag}`, `W/"x",${etag}`, "*"]
  ) {
    const response = get({ "If-None-Match": known });
    assertEquals([known, response.status], [known, 304]);
    assertEquals(await response.text(), "");
    assertEquals(response.headers.get("ETag"), etag);
    assertEquals(response.headers.get("Cache-Control"), "no-cache");
    assertEquals(response.headers.get("Vary"), "Accept-Encoding");
    assertEquals(response.headers.get("Content-Type"), null);
  }
  for (const unknown of ['"x"', "", etag.slice(1, -1)]) {
    const response = get({ "If-None-Match": unknown });
    assertEquals([unknown, response.status], [unknown, 200]);
    assertEquals(await response.text(), TEXT);
  }
  // That of another encoding is that of something else.
  const gzip = { "Accept-Encoding": "gzip", "If-None-Match": etag };
  assertEquals(get(gzip).status, 200);
});
