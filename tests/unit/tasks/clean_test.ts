import { assertEquals } from "@std/assert";
import { recordedPlan } from "../fakes.ts";

Deno.test("clean is the Makefile's lines: down, and the dangling images with both labels only", async () => {
  assertEquals((await recordedPlan("clean")).map(({ line }) => line), [
    "docker compose down --volumes --remove-orphans --rmi local --timeout 5",
    "docker image prune --force --filter label=application=shop --filter label=com.docker.compose.project=shop",
  ]);
});
