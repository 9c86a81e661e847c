import { assert, assertEquals } from "@std/assert";
import {
  madeOne,
  MODEL,
  owned,
  recordedPlan,
  recordedTarget,
} from "../fakes.ts";

const MADE = [
  madeOne("container", "shop-app-1"),
  madeOne("volume", "shop_data"),
  madeOne("image", "shop-app:latest"),
];

Deno.test("clean is the Makefile's line: down", async () => {
  const steps = await recordedPlan("clean", { made: MADE });
  assertEquals(steps.map(({ line }) => line), [
    "docker compose --profile '*' down --volumes --remove-orphans --timeout 2 --rmi local",
  ]);
});

Deno.test("clean owns the objects that earlier runs have made and nothing else, and lists what it has removed", async () => {
  for (const made of [[], MADE]) {
    const { owns, leaves, steps } = await recordedTarget("clean", { made });
    assertEquals(owns, owned({ base: "shop", made }));
    assertEquals(leaves, undefined);
    const [down] = steps;
    assert(down?.does.kind === "remove");
    assertEquals(down.does.owns, owns);
    assert(down.does.tells?.includes("shop-app:latest"));
  }
});

const OTHER = {
  project: "shop-1a2b3c4d",
  made: [madeOne("container", "shop-1a2b3c4d-app-1")],
};

Deno.test("objects that this checkout has made under another name are removed, too", async () => {
  const steps = await recordedPlan("clean", { made: MADE, others: [OTHER] });
  assertEquals(steps.map(({ name, line }) => [name, line]), [
    [
      "down",
      "docker compose --profile '*' down --volumes --remove-orphans --timeout 2 --rmi local",
    ],
    [
      "down shop-1a2b3c4d",
      "docker compose --project-name shop-1a2b3c4d --profile '*' down --volumes --remove-orphans --timeout 2 --rmi local",
    ],
  ]);
  const [, other] = steps;
  assert(other?.does.kind === "remove");
  const { project } = OTHER;
  assertEquals(other.does.owns, owned({ ...OTHER, base: project }));
  assertEquals(other.does.tells, []);
});

Deno.test("clean of a release in its twin, a test that has died, and an older release removes each, and tells of the images once", async () => {
  const model = MODEL.replace("name: shop", "name: shop--release");
  const test = {
    project: "shop--test",
    made: [madeOne("container", "shop--test-db-1")],
  };
  const plain = { project: "shop", made: [madeOne("container", "shop-db-1")] };
  const made = [madeOne("container", "shop--release-app-1")];
  const { owns, steps } = await recordedTarget("clean", {
    ...{ model, base: "shop", made, others: [plain, test] },
  });
  const removals = steps.map(({ name, does }) => {
    assert(does.kind === "remove");
    const { project, base, made } = does.owns;
    return [name, project, base, made, does.tells?.length];
  });
  // The two images that are built, and the names of the twin.
  assertEquals(removals, [
    ["down", "shop--release", "shop", made, 8],
    ["down shop", "shop", "shop", plain.made, 0],
    ["down shop--test", "shop--test", "shop--test", test.made, 0],
  ]);
  assertEquals(owns, owned({ project: "shop--release", base: "shop", made }));
});

Deno.test("where only another project has something, its removal is the only step, and tells of the images", async () => {
  const steps = await recordedPlan("clean", { others: [OTHER] });
  assertEquals(steps.map(({ name }) => name), ["down shop-1a2b3c4d"]);
  const [down] = steps;
  assert(down?.does.kind === "remove");
  assertEquals(down.does.owns, owned({ ...OTHER, base: "shop" }));
  assert(down.does.tells?.includes("shop-app:latest"));
});
