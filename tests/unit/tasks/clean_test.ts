import { assert, assertEquals } from "@std/assert";
import { madeOne, owned, recordedPlan, recordedTarget } from "../fakes.ts";

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
    assertEquals(owns, owned({ made }));
    assertEquals(leaves, undefined);
    const [down] = steps;
    assert(down?.does.kind === "remove");
    assertEquals(down.does.owns, owns);
    assert(down.does.tells?.includes("shop-app:latest"));
  }
});

Deno.test("objects that this checkout has made under another name are removed, too", async () => {
  const made = [madeOne("container", "shop-1a2b3c4d-app-1")];
  const steps = await recordedPlan("clean", {
    others: [{ project: "shop-1a2b3c4d", made }],
  });
  const [, other] = steps;
  assertEquals(
    other?.line,
    "docker compose --project-name shop-1a2b3c4d --profile '*' down --volumes --remove-orphans --timeout 2 --rmi local",
  );
  assert(other?.does.kind === "remove");
  assertEquals(other.does.owns, owned({ project: "shop-1a2b3c4d", made }));
});
