import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { startable } from "../../../../lib/compose/graph.ts";
import { readWorkflow } from "../../../../lib/compose/workflow.ts";
import { TodoflowError } from "../../../../lib/errors/todoflow_error.ts";
import { explain } from "../../../../lib/errors/wording.ts";

/** What todoflow says of a service with more keys, when it is to start. */
async function refusalOf(keys: string) {
  const workflow = await readWorkflow(
    `name: shop\nservices: { app: { image: a, ${keys} } }\n`,
  );
  return assertThrows(() => startable(workflow, ["app"]), TodoflowError)
    .failure;
}

for (
  const [keys, feature, key] of [
    ['network_mode: "service:db"', 'network_mode "service:db"', "network_mode"],
    [
      'network_mode: "container:x"',
      'network_mode "container:x"',
      "network_mode",
    ],
    ["external_links: [old]", 'external_links "old"', "external_links"],
    [
      'volumes_from: ["container:x"]',
      'volumes_from "container:x"',
      "volumes_from",
    ],
    ["provider: { type: model }", 'provider "model"', "provider"],
    ["models: { llm: {} }", "models", "models"],
    ["use_api_socket: true", "use_api_socket", "use_api_socket"],
  ] as const
) {
  Deno.test(`a service with ${keys} is refused with the place of the key`, async () => {
    const failure = await refusalOf(keys);
    assertEquals(failure.kind, "unsupported");
    if (failure.kind !== "unsupported") return;
    assertEquals(failure.feature, `${feature} of service "app"`);
    assertEquals(failure.path, ["services", "app", key]);
    const location = { file: "compose.yaml", line: 3, column: 5 };
    const { headline, next } = explain({ ...failure, location });
    assertStringIncludes(headline, "compose.yaml:3:5");
    assertEquals(next, failure.advice);
  });
}

Deno.test("the same keys without effect are no reason to refuse", async () => {
  const workflow = await readWorkflow(`name: shop
services:
  app: { image: a, network_mode: host, external_links: [], volumes_from: [db], models: {}, use_api_socket: false }
`);
  assertEquals(startable(workflow, ["app"]).map(({ name }) => name), ["app"]);
});
