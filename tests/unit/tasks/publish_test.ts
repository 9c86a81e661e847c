import { assert, assertEquals } from "@std/assert";
import type { Publication } from "../../../lib/publish/publication.ts";
import { owned, recordedTarget } from "../fakes.ts";

const IMAGE = "sha256:1";
const PUBLICATION: Publication = {
  receipt: {
    format: 1,
    ...{ project: "shop", builtIn: "shop", files: ["compose.yml"] },
    ...{ service: "app", repository: "docker.io/me/shop" },
    commit: "abc1234",
    dirty: false,
    image: IMAGE,
    version: "1.0",
    tests: { tests: 0, passed: 0, failed: 0, skipped: 0 },
    tool: "0.1.0",
    at: "2024-06-07T08:09:10.000Z",
  },
  name: "me/shop",
  whole: "docker.io/me/shop",
  tags: ["1.0", "latest"],
  before: new Map(),
  isNamed: true,
  layers: 3,
};

const planned = async (publication: Partial<Publication> = {}) =>
  await recordedTarget("publish", {
    publication: { ...PUBLICATION, ...publication },
  });

Deno.test("publish is the Makefile's lines: tag and push the accepted image by its ID, tag by tag", async () => {
  const { steps } = await planned();
  assertEquals(steps.map(({ line }) => line), [
    "docker tag sha256:1 me/shop:1.0",
    "docker push me/shop:1.0",
    "docker tag sha256:1 me/shop:latest",
    "docker push me/shop:latest",
    "docker rmi --force --no-prune me/shop:1.0 me/shop:latest",
  ]);
  assertEquals(steps.slice(0, 4).map(({ after }) => after), [
    [],
    ["tag 1.0"],
    ["push 1.0"],
    ["tag latest"],
  ]);
  for (const { does } of [steps[1]!, steps[3]!]) {
    assert(does.kind === "push");
    assertEquals([does.image, does.layers], [IMAGE, 3]);
  }
});

Deno.test("names that the engine had before are left as they were, after success and failure", async () => {
  const { steps } = await planned({
    tags: ["1.0", "latest", "beta"],
    before: new Map([["latest", "sha256:2"], ["beta", IMAGE]]),
  });
  const cleanup = steps.filter(({ cleanup }) => cleanup === "always");
  assertEquals(cleanup.map(({ line }) => line), [
    "docker rmi --force --no-prune me/shop:1.0",
    "docker tag sha256:2 me/shop:latest",
  ]);
});

Deno.test("an image that has no other name keeps those of the registry, or it would go with them", async () => {
  const { steps, owns } = await planned({ isNamed: false });
  assertEquals(steps.filter(({ cleanup }) => cleanup), []);
  assertEquals(owns?.images, []);
});

Deno.test("publish owns the names that it gives, so that a later run can undo them, and leaves nothing", async () => {
  const { owns, leaves } = await planned({
    before: new Map([["latest", IMAGE]]),
  });
  assertEquals(leaves, undefined);
  assertEquals(owns, owned({ images: [{ name: "me/shop:1.0" }] }));
});
