import { assert, assertEquals } from "@std/assert";
import { MODEL, recordedPlan, recordedTarget } from "../fakes.ts";

Deno.test("clean is the Makefile's lines: down, and the dangling images with both labels only", async () => {
  const model = `${MODEL}\nx-todoflow: { application: storefront }`;
  const steps = await recordedPlan("clean", { model, dangling: true });
  assertEquals(steps.map(({ line }) => line), [
    "docker compose --profile '*' down --volumes --remove-orphans --timeout 2 --rmi local",
    "docker image prune --force --filter label=com.docker.compose.project=shop --filter label=application=storefront",
  ]);
});

Deno.test("clean looks for no images that lost their name where there are none", async () => {
  const steps = await recordedPlan("clean");
  assertEquals(steps.map(({ name }) => name), ["down"]);
});

Deno.test("clean owns the whole project and leaves nothing of it", async () => {
  const { owns, leaves } = await recordedTarget("clean");
  assertEquals([owns?.project, owns?.whole], ["shop", true]);
  assertEquals(leaves, undefined);
});

Deno.test("the checkout's other projects go too, each with its own images", async () => {
  const steps = await recordedPlan("clean", {
    others: ["shop-1a2b3c4d"],
    dangling: true,
  });
  assertEquals(steps.slice(2).map(({ line }) => line), [
    "docker compose --project-name shop-1a2b3c4d --profile '*' down --volumes --remove-orphans --timeout 2 --rmi local",
    "docker image prune --force --filter label=com.docker.compose.project=shop-1a2b3c4d",
  ]);
  const [down, prune, otherDown, otherPrune] = steps;
  assertEquals([down?.after, prune?.after], [[], ["down"]]);
  assertEquals(otherDown?.after, []);
  assert(otherDown?.does.kind === "remove");
  assertEquals(otherPrune?.after, [otherDown.name]);
  const { owns } = otherDown.does;
  assertEquals([owns.project, owns.whole], ["shop-1a2b3c4d", true]);
});
