import { assert, assertEquals } from "@std/assert";
import type { PushedImage } from "../../../lib/publish/publication.ts";
import { owned, recordedTarget } from "../fakes.ts";
import { receiptFor } from "../receipts.ts";

const IMAGE = "sha256:1";

/** The image of a service, pushed under a name. */
const pushed = (change: Partial<PushedImage> = {}): PushedImage => ({
  ...{ service: "app", id: IMAGE, name: "me/shop" },
  whole: "docker.io/me/shop",
  before: new Map(),
  isNamed: true,
  layers: 3,
  ...change,
});

/** The plan for one image, or for these, with these tags. */
const planned = async (
  change: Partial<PushedImage> = {},
  { images = [pushed(change)], tags = ["1.0", "latest"] } = {},
) =>
  await recordedTarget("publish", {
    publication: { receipt: receiptFor("docker.io/me/shop"), images, tags },
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
    before: new Map([["latest", "sha256:2"], ["beta", IMAGE]]),
  }, { tags: ["1.0", "latest", "beta"] });
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

Deno.test("of several images, every version is in the registry before any other tag moves", async () => {
  const images = [
    pushed(),
    pushed({ service: "db", id: "sha256:2", name: "me/db" }),
  ];
  const { steps } = await planned({}, { images });
  assertEquals(steps.map(({ line }) => line).filter((it) => /push/.test(it)), [
    "docker push me/shop:1.0",
    "docker push me/db:1.0",
    "docker push me/shop:latest",
    "docker push me/db:latest",
  ]);
  assertEquals(steps.slice(0, 3).map(({ name, after }) => [name, after]), [
    ["tag app 1.0", []],
    ["push app 1.0", ["tag app 1.0"]],
    ["tag db 1.0", ["push app 1.0"]],
  ]);
});
