import { assert, assertEquals } from "@std/assert";
import { MODEL, recordedPlan, recordedTarget } from "../fakes.ts";

const lines = (steps: { line: string }[]) => steps.map(({ line }) => line);

Deno.test("test is the Makefile's lines: pull the bases once, do each distinct build once, run test", async () => {
  assertEquals(lines(await recordedPlan("test")), [
    "docker pull --quiet base:1",
    "docker compose build release test",
    "docker image inspect --format '{{.Id}}' shop-release shop-test",
    "docker compose run --detach --no-deps --name shop-test-run test",
    "docker compose --profile '*' down --volumes --remove-orphans --timeout 2 --rmi local",
  ]);
});

Deno.test("images are tagged for the services that run, and for no others", async () => {
  const model = MODEL.replace(
    "build: { context: /src, target: test }",
    "build: { context: /src, target: test }\n    depends_on: { migrate: { condition: service_completed_successfully } }",
  );
  const steps = await recordedPlan("test", { model });
  assertEquals(lines(steps).filter((line) => line.startsWith("docker tag")), [
    "docker tag shop-release shop-migrate",
  ]);
});

Deno.test("the test service's container is left to clean-up, which copies its reports", async () => {
  for (const existing of [[], ["app"]]) {
    const { owns, steps } = await recordedTarget("test", { existing });
    const does = steps.find(({ name }) => name === "run test")?.does;
    assert(does?.kind === "oneshot");
    assertEquals(does.remove, "never");
    assert(owns?.containers.includes(does.container));
  }
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
    "docker compose --profile '*' down --volumes --remove-orphans --timeout 2 --rmi local",
  ]);
  assertEquals(steps.at(-1)?.cleanup, "always");
});

/** What a test owns when these things are there already. */
async function beside(options: Parameters<typeof recordedTarget>[1]) {
  const { owns, steps } = await recordedTarget("test", {
    model: WITH_DATABASE,
    ...options,
  });
  return { owns: owns!, steps };
}

Deno.test("a released application, and what it needs, stays", async () => {
  const { owns, steps } = await beside({ existing: ["db", "app"] });
  assertEquals(steps.some(({ name }) => name === "fresh"), false);
  const last = steps.at(-1);
  assertEquals(last?.cleanup, "always");
  assertEquals(
    last?.line,
    "docker rm --force --volumes shop-mail-1 shop-test-run",
  );
  assert(last?.does.kind === "remove");
  assertEquals([last.does.owns, last.does.keepsImages], [owns, false]);
});

const MADE = `
networks: { default: { name: shop_default }, mail: { name: shop_mail }, lan: { name: lan, external: true } }
volumes: { data: { name: shop_data }, mails: { name: shop_mails } }
`;

Deno.test("beside a released application only what is not there yet is owned", async () => {
  const { owns } = await beside({
    model: WITH_DATABASE.replace("image: shop", "build: /src") + MADE,
    existing: ["db", "app"],
    networks: ["shop_default"],
    volumes: ["shop_data"],
  });
  assertEquals(owns, {
    project: "shop",
    whole: false,
    containers: ["shop-mail-1", "shop-test-run"],
    networks: ["shop_mail"],
    volumes: ["shop_mails"],
    images: ["shop-test"],
  });
});

Deno.test("an image that was there before the test stays beside a released application", async () => {
  const { owns } = await beside({
    model: WITH_DATABASE.replace("image: shop", "build: /src"),
    existing: ["app"],
    images: { "shop-test": "sha256:1" },
  });
  assertEquals(owns.images, []);
});

Deno.test("without a released application the whole project is owned, and what runs in it goes at the end", async () => {
  const { owns, steps } = await beside({});
  assertEquals([owns.project, owns.whole], ["shop", true]);
  assert(owns.containers.includes("shop-test-run"));
  assert(steps.at(-1)?.does.kind === "remove");
});

Deno.test("test leaves nothing that it would have to answer for", async () => {
  const { leaves } = await recordedTarget("test");
  assertEquals(leaves, undefined);
});

Deno.test("what an earlier run left is removed first, a network alone, too", async () => {
  for (const left of [{ existing: ["test"] }, { networks: ["shop_default"] }]) {
    const steps = await recordedPlan("test", left);
    const [fresh] = steps;
    assertEquals(fresh?.name, "fresh");
    assert(fresh?.does.kind === "remove" && fresh.does.keepsImages);
    const run = steps.find(({ name }) => name === "run test");
    assertEquals(run?.after, ["fresh", "build"]);
  }
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
  plain: { build: d }
  heavy: { build: b, profiles: [heavy] }
  test: { build: c, profiles: [test] }
`;
  const steps = await recordedPlan("test", { model });
  const build = steps.find(({ name }) => name === "build");
  assertEquals(build?.line, "docker compose build app plain test");
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
