import { assertEquals } from "@std/assert";
import { isTag, readImageName } from "../../../lib/image_name.ts";

const NAMES: [string, string, string, string, string | undefined][] = [
  ["shop", "shop", "docker.io", "docker.io/library/shop", undefined],
  ["shop:1.0", "shop", "docker.io", "docker.io/library/shop", undefined],
  ["me/shop", "me/shop", "docker.io", "docker.io/me/shop", undefined],
  [
    "docker.io/shop:1",
    "docker.io/shop",
    "docker.io",
    "docker.io/library/shop",
    undefined,
  ],
  [
    "localhost/shop",
    "localhost/shop",
    "localhost",
    "localhost/shop",
    undefined,
  ],
  [
    "localhost:5000/a/b",
    "localhost:5000/a/b",
    "localhost:5000",
    "localhost:5000/a/b",
    undefined,
  ],
  [
    "ghcr.io/me/shop:1@sha256:0f",
    "ghcr.io/me/shop",
    "ghcr.io",
    "ghcr.io/me/shop",
    "sha256:0f",
  ],
];

for (const [text, name, registry, whole, digest] of NAMES) {
  Deno.test(`${text} is ${whole}, as docker reads it`, () => {
    assertEquals(readImageName(text), { name, registry, whole, digest });
  });
}

Deno.test("a tag has at most 128 letters, digits, _, . and -, and begins with neither . nor -", () => {
  for (const tag of ["1", "v1.2-rc_3", "_", "a".repeat(128)]) {
    assertEquals(isTag(tag), true, tag);
  }
  for (const tag of ["", ".a", "-a", "a/b", "a:b", "ä", "a".repeat(129)]) {
    assertEquals(isTag(tag), false, tag);
  }
});
