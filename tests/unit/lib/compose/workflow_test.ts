import { assertEquals } from "@std/assert";
import { readWorkflow } from "../../../../lib/compose/workflow.ts";

Deno.test("a network that says nothing is read", async () => {
  const { project, services } = await readWorkflow(
    "name: shop\nservices: { app: { image: a } }\nnetworks: { x: }\n",
  );
  assertEquals([project, [...services.keys()]], ["shop", ["app"]]);
});
