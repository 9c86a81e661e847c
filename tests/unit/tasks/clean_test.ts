import { assertEquals } from "@std/assert";
import { MODEL, recordedPlan } from "../fakes.ts";

Deno.test("clean is the Makefile's lines: down, and the dangling images with both labels only", async () => {
  const model = `${MODEL}\nx-todoflow: { application: storefront }`;
  const steps = await recordedPlan("clean", { model });
  assertEquals(steps.map(({ line }) => line), [
    "docker compose --profile '*' down --volumes --remove-orphans --timeout 5 --rmi local",
    "docker image prune --force --filter label=com.docker.compose.project=shop --filter label=application=storefront",
  ]);
});
