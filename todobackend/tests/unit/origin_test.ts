/**
 * For which origin URLs are made: the request's own, or the one that a trusted proxy names, and nobody else.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { createFindOrigin } from "../../src/origin.ts";
import { withApi } from "./api.ts";

const FORWARDED = {
  "X-Forwarded-Proto": "https",
  "X-Forwarded-Host": "todo.example:8443",
};

/** The root that a client behind `peer` is told. */
function rootFor(
  trustedProxies: readonly string[],
  peer: string | undefined,
  headers: Record<string, string> = FORWARDED,
): string | undefined {
  const request = new Request("http://app:8000/todos?x", { headers });
  return createFindOrigin(trustedProxies)(request, peer)?.origin;
}

Deno.test("nobody is believed unless it is a trusted proxy", () => {
  assertEquals(rootFor([], "10.1.2.3"), "http://app:8000");
  assertEquals(rootFor(["10.1.2.3"], "10.1.2.4"), "http://app:8000");
  assertEquals(rootFor(["10.0.0.0/8"], "11.0.0.1"), "http://app:8000");
  assertEquals(rootFor(["10.0.0.0/8"], undefined), "http://app:8000");
});

Deno.test("a trusted proxy names scheme and host, or one of them", () => {
  const cases = [["10.1.2.3"], ["10.0.0.0/8"], ["::1", "10.0.0.0/8"]];
  for (const proxies of cases) {
    assertEquals(rootFor(proxies, "10.1.2.3"), "https://todo.example:8443");
  }
  assertEquals(
    rootFor(["10.0.0.0/8"], "::ffff:10.1.2.3"),
    "https://todo.example:8443",
  );
  assertEquals(rootFor(["fd00::/8"], "fd12::1"), "https://todo.example:8443");
  const proxies = ["10.1.2.3"];
  assertEquals(
    rootFor(proxies, "10.1.2.3", { "X-Forwarded-Proto": "https" }),
    "https://app:8000",
  );
  assertEquals(
    rootFor(proxies, "10.1.2.3", { "X-Forwarded-Host": "evil, todo.example" }),
    "http://todo.example",
  );
  assertEquals(
    rootFor(proxies, "10.1.2.3", { "X-Forwarded-Proto": "javascript" }),
    "http://app:8000",
  );
});

Deno.test("what is no host name gets no URLs", () => {
  for (const host of ["a/b", "a?b", "a#b", "u@a", "a b", "a\\b", "[", "a:x"]) {
    const headers = { "X-Forwarded-Host": host };
    assertEquals(rootFor(["10.1.2.3"], "10.1.2.3", headers), undefined, host);
  }
});

Deno.test(
  "the host that a proxy names is the one that must be allowed",
  withApi(async ({ send }) => {
    const ask = (headers: Record<string, string>, peer: string) =>
      send("POST", "/todos", undefined, headers, peer);
    const made = await ask(FORWARDED, "10.1.2.3");
    assertEquals(
      made.headers.get("Location"),
      "https://todo.example:8443/todos/1",
    );
    assertEquals((await ask({}, "10.1.2.3")).status, 400);
    assertEquals((await ask(FORWARDED, "10.9.9.9")).status, 400);
  }, { allowedHosts: ["todo.example"], trustedProxies: ["10.1.2.3"] }),
);
