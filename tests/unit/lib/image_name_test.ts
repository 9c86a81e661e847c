import { assertEquals } from "@std/assert";
import {
  engineName,
  type ImageName,
  isFloating,
  isOfficial,
  isTag,
  lastWord,
  readImageName,
} from "../../../lib/image_name.ts";

const NAMES: Record<string, Partial<ImageName>> = {
  "shop": {},
  "shop:1.0": { tag: "1.0" },
  "me/shop": { name: "me/shop", whole: "docker.io/me/shop" },
  "docker.io/shop:1": { name: "docker.io/shop", tag: "1" },
  "localhost/shop": {
    name: "localhost/shop",
    registry: "localhost",
    whole: "localhost/shop",
  },
  "localhost:5000/a/b": {
    name: "localhost:5000/a/b",
    registry: "localhost:5000",
    whole: "localhost:5000/a/b",
  },
  "ghcr.io/me/shop:1@sha256:0f": {
    name: "ghcr.io/me/shop",
    tag: "1",
    digest: "sha256:0f",
    registry: "ghcr.io",
    whole: "ghcr.io/me/shop",
  },
};

for (const [text, expected] of Object.entries(NAMES)) {
  Deno.test(`the parts of "${text}" are those that docker reads`, () => {
    assertEquals(readImageName(text), {
      name: "shop",
      tag: undefined,
      digest: undefined,
      registry: "docker.io",
      whole: "docker.io/library/shop",
      ...expected,
    });
  });
}

Deno.test("the engine's name of an image has a tag, and leaves out Docker Hub", () => {
  assertEquals(engineName("docker.io/library/redis"), "redis:latest");
  assertEquals(engineName("me/shop:1@sha256:0f"), "me/shop:1");
  assertEquals(engineName("localhost:5000/a"), "localhost:5000/a:latest");
});

Deno.test("a name without a digest floats, unless its tag is another than latest", () => {
  for (const name of ["a", "a:latest", "localhost:5000/a"]) {
    assertEquals(isFloating(name), true, name);
  }
  for (const name of ["a:1", "a@sha256:0f", "a:latest@sha256:0f"]) {
    assertEquals(isFloating(name), false, name);
  }
});

Deno.test("the last word of a name is the program's, the official ones have no folder of their own", () => {
  assertEquals(lastWord("localhost:5000/team/mariadb:11@sha256:0f"), "mariadb");
  for (const name of ["redis:7", "library/redis", "docker.io/redis"]) {
    assertEquals(isOfficial(name), true, name);
  }
  for (const name of ["me/redis", "localhost:5000/redis", "quay.io/a"]) {
    assertEquals(isOfficial(name), false, name);
  }
});

Deno.test("a tag has at most 128 letters, digits, _, . and -, and begins with neither . nor -", () => {
  for (const tag of ["1", "v1.2-rc_3", "_", "a".repeat(128)]) {
    assertEquals(isTag(tag), true, tag);
  }
  for (const tag of ["", ".a", "-a", "a/b", "a:b", "ä", "a".repeat(129)]) {
    assertEquals(isTag(tag), false, tag);
  }
});
