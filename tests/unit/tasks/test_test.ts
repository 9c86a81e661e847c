import { assertEquals } from "@std/assert";
import { recordedPlan } from "../fakes.ts";

const lines = (steps: { line: string }[]) => steps.map(({ line }) => line);

Deno.test("test is the Makefile's lines: pull the bases once, do each distinct build once, run test", async () => {
  assertEquals(lines(await recordedPlan("test")), [
    "docker pull --quiet base:1",
    "docker compose build release test",
    "docker tag shop-release shop-app",
    "docker tag shop-release shop-collectstatic",
    "docker tag shop-release shop-migrate",
    "docker tag shop-test shop-acceptance",
    "docker image inspect --format '{{.Id}}' shop-release shop-test",
    "docker compose run --detach --no-deps --name shop-test-run test",
    "docker compose --profile '*' down --volumes --remove-orphans --timeout 5",
  ]);
});

Deno.test("arguments go to the test service, each as one argument", async () => {
  const args = ["-k", "a b", "$(touch x)", "it's", ""];
  const steps = await recordedPlan("test", { args });
  const run = steps.find(({ name }) => name === "run test");
  assertEquals(run?.argv.slice(-6), ["test", ...args]);
});

const WITH_DATABASE = `
name: shop
services:
  db: { image: mariadb }
  mail: { image: mailhog }
  test:
    image: shop
    depends_on: { db: { condition: service_healthy }, mail: { condition: service_started } }
  app: { image: shop, depends_on: { db: { condition: service_healthy } } }
`;

Deno.test("what the tests depend on is started before, and removed whatever happens", async () => {
  const steps = await recordedPlan("test", { model: WITH_DATABASE });
  assertEquals(lines(steps), [
    "docker compose up --detach --no-recreate --no-build db mail",
    "docker compose up --wait --no-deps --no-recreate --no-build db",
    "docker compose up --wait --no-deps --no-recreate --no-build mail",
    "docker compose run --detach --no-deps --name shop-test-run test",
    "docker compose --profile '*' down --volumes --remove-orphans --timeout 5",
  ]);
  assertEquals(steps.at(-1)?.cleanup, "always");
});

Deno.test("a released application, and what it needs, stays", async () => {
  const options = { model: WITH_DATABASE, existing: ["db", "app"] };
  const last = (await recordedPlan("test", options)).at(-1);
  assertEquals(last?.line, "docker compose rm --stop --force --volumes mail");
  assertEquals(last?.cleanup, "always");
});

Deno.test("what an earlier run left is removed first", async () => {
  const steps = await recordedPlan("test", { existing: ["test"] });
  assertEquals(steps.slice(0, 2).map(({ name }) => name), ["stop", "fresh"]);
  const run = steps.find(({ name }) => name === "run test");
  assertEquals(run?.after, ["fresh", "build"]);
});

Deno.test("where the bases cannot be told, the build pulls them", async () => {
  const [build] = await recordedPlan("test", { bases: null });
  assertEquals(build?.line, "docker compose build --pull release test");
});

Deno.test("a service whose profile is not active is not built, unless it has a role", async () => {
  const model = `
name: shop
services:
  app: { build: a }
  heavy: { build: b }
  test: { build: c }
`;
  const steps = await recordedPlan("test", { model, active: ["app"] });
  const build = steps.find(({ name }) => name === "build");
  assertEquals(build?.line, "docker compose build app test");
});

Deno.test("the test service's own name is its step's, so that no other service's clashes with it", async () => {
  const model = `
name: shop
services:
  test: { image: a }
  unit: { image: b, depends_on: { test: { condition: service_completed_successfully } } }
x-todoflow: { test: { service: unit } }
`;
  const steps = await recordedPlan("test", { model });
  assertEquals(steps.map(({ name }) => name), [
    "create",
    "run test",
    "run unit",
    "down",
  ]);
});
