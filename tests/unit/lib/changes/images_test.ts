import { assertEquals } from "@std/assert";
import {
  imagesNamed,
  movedImages,
  usedNames,
} from "../../../../lib/changes/images.ts";
import { readWorkflow } from "../../../../lib/compose/workflow.ts";

const idOf = (digit: string) => `sha256:${digit.repeat(64)}`;
const [A, B, C] = ["a", "b", "c"].map(idOf) as [string, string, string];

type Pair = { before: string; now: string };

const MOVES: [string, object, object, Pair | undefined][] = [
  ["another ID", { id: A }, { id: B }, { before: A, now: B }],
  ["the same ID", { id: A }, { id: A }, undefined],
  ["another digest", { digest: A }, { digest: B }, { before: A, now: B }],
  ["another digest, ID and all", { id: A, digest: B }, { id: B, digest: C }, {
    before: B,
    now: C,
  }],
  [
    "another digest of the same image",
    { id: A, digest: B },
    { id: A, digest: C },
    undefined,
  ],
  ["nothing in common", { id: A }, { digest: B }, undefined],
];

for (const [what, before, now, moved] of MOVES) {
  Deno.test(`an image with ${what} has ${moved ? "" : "not "}moved`, () => {
    const name = "db:1";
    assertEquals(
      movedImages([{ name, ...before }], [{ name, ...now }]),
      moved ? [{ name, ...moved }] : [],
    );
  });
}

Deno.test("an image that only one of the runs has used has not moved", () => {
  assertEquals(
    movedImages([{ name: "a:1", id: A }], [{ name: "b:1", id: B }]),
    [],
  );
});

Deno.test("the images of a run are those of its services and the bases of its builds, without those that the file builds", async () => {
  const workflow = await readWorkflow(`
name: shop
services:
  app: { image: shop, build: { context: /app } }
  worker: { image: shop }
  base: { image: shop-base, build: { context: /base } }
  db: { image: postgres }
  other: { image: redis }
`);
  const keyOf = (name: string) => workflow.services.get(name)!.build!.key;
  const bases = new Map([
    [keyOf("app"), ["shop-base", "docker.io/library/debian:12"]],
    [keyOf("base"), ["unused"]],
  ]);
  const services = new Set(["app", "worker", "db"]);
  assertEquals(usedNames(workflow, { bases, services }), [
    ...["debian:12", "postgres:latest"],
  ]);
});

Deno.test("an image of which nothing is known is left out", () => {
  const facts = {
    ids: new Map([["a:1", A]]),
    digests: new Map([["a:1", B], ["b:1", C]]),
  };
  assertEquals(imagesNamed(["a:1", "b:1", "c:1"], facts), [
    { name: "a:1", id: A, digest: B },
    { name: "b:1", digest: C },
  ]);
});
