import { assertEquals, assertThrows } from "@std/assert";
import {
  buildOf,
  sharing,
  startable,
  withDependencies,
} from "../../../../lib/compose/graph.ts";
import { readWorkflow } from "../../../../lib/compose/workflow.ts";
import { TodoflowError } from "../../../../lib/errors/todoflow_error.ts";

const WORKFLOW = await readWorkflow(`
name: shop
services:
  db: { image: mariadb, network_mode: "service:proxy" }
  cache: { image: redis }
  app:
    build: { context: /src }
    image: shop
    depends_on:
      db: { condition: service_healthy }
      cache: { condition: service_started }
  worker:
    build: { context: /src }
    depends_on: { cache: { condition: service_started } }
  console: { image: shop }
`);

const namesOf = (services: readonly { name: string }[]) =>
  services.map(({ name }) => name);
const service = (name: string) => WORKFLOW.services.get(name)!;

Deno.test("the dependencies of a service come before it, each once", () => {
  assertEquals(
    namesOf(withDependencies(WORKFLOW, ["worker", "app", "nothing"])),
    ["cache", "worker", "db", "app"],
  );
});

Deno.test("a service with an unsupported feature cannot be started, not even as a dependency", () => {
  assertEquals(namesOf(startable(WORKFLOW, ["worker"])), ["cache", "worker"]);
  const { failure } = assertThrows(
    () => startable(WORKFLOW, ["app"]),
    TodoflowError,
  );
  assertEquals(failure.kind, "unsupported");
});

Deno.test("an image is built for all services that share the build, or the image's name", () => {
  const { build } = service("app");
  assertEquals(buildOf(service("worker"), WORKFLOW), service("worker").build);
  assertEquals(buildOf(service("console"), WORKFLOW), build);
  assertEquals(buildOf(service("db"), WORKFLOW), undefined);
  assertEquals(namesOf(sharing(build!, WORKFLOW)), ["app", "worker"]);
});
