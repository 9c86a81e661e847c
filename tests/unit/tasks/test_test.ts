import { assert, assertEquals } from "@std/assert";
import {
  madeOne,
  MODEL,
  owned,
  recordedPlan,
  recordedTarget,
} from "../fakes.ts";

const lines = (steps: { line: string }[]) => steps.map(({ line }) => line);

Deno.test("test is the Makefile's lines: pull the bases once, do each distinct build once, run test", async () => {
  assertEquals(lines(await recordedPlan("test")), [
    "docker pull --quiet base:1",
    "docker compose build test",
    "docker compose build release",
    "docker image inspect --format '{{.Id}}' shop-release shop-test",
    "docker compose run --detach --interactive=false --no-deps --name shop-test-run test",
    "docker compose --profile '*' down --volumes --remove-orphans --timeout 2 --rmi local",
  ]);
});

Deno.test("a base that is on the engine is compared with the registry while the images are built on it", async () => {
  const images = { "base:1": "sha256:1" };
  const steps = await recordedPlan("test", { images });
  const [pull, build] = steps;
  assertEquals(pull?.line, "docker pull --quiet base:1");
  assertEquals(pull?.does, {
    kind: "base",
    image: "base:1",
    before: "sha256:1",
  });
  assertEquals(build?.after, []);
  const [missing, later] = await recordedPlan("test");
  assertEquals(missing?.does, { kind: "command" });
  assertEquals(later?.after, [missing!.name]);
});

Deno.test("the round after a base has moved fetches none again", async () => {
  const steps = await recordedPlan("test", { isFetched: true });
  assertEquals(lines(steps).slice(0, 2), [
    "docker compose build test",
    "docker compose build release",
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
    assertEquals([does.remove, does.reports], ["never", undefined]);
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

Deno.test("the dependencies of the tests are started before them, and removed in any case", async () => {
  const steps = await recordedPlan("test", { model: WITH_DATABASE });
  assertEquals(lines(steps), [
    "docker compose up --detach --no-recreate --no-build db mail",
    "docker compose up --wait --no-deps --no-recreate --no-build db",
    "docker compose up --wait --no-deps --no-recreate --no-build mail",
    "docker compose run --detach --interactive=false --no-deps --name shop-test-run test",
    "docker compose --profile '*' down --volumes --remove-orphans --timeout 2 --rmi local",
  ]);
  assertEquals(steps.at(-1)?.cleanup, "always");
});

Deno.test("tests in a twin build for the plain project, and have the whole twin removed, also what an earlier run has left there", async () => {
  const model = MODEL.replace("name: shop", "name: shop--test");
  const made = [madeOne("container", "shop--test-db-1")];
  const { owns, steps } = await recordedTarget("test", {
    ...{ model, made, base: "shop" },
  });
  assert(owns);
  assertEquals([owns.project, owns.base, owns.made], [
    "shop--test",
    "shop",
    [],
  ]);
  assertEquals(owns.containers, ["shop--test-test-run"]);
  assertEquals(lines(steps), [
    "docker pull --quiet base:1",
    "docker compose --project-name shop build test",
    "docker compose --project-name shop build release",
    "docker tag shop-test shop--test-test",
    "docker image inspect --format '{{.Id}}' shop-release shop-test",
    "docker compose --profile '*' down --volumes --remove-orphans --timeout 2",
    "docker compose run --detach --interactive=false --no-deps --name shop--test-test-run test",
    "docker compose --profile '*' down --volumes --remove-orphans --timeout 2 --rmi local",
  ]);
  const old = steps.find(({ name }) => name === "fresh");
  assert(old?.does.kind === "remove");
  assertEquals(old.does.owns.made, made);
  assertEquals(old.why, "removes what an earlier run has left");
});

const DATA = `
volumes: { data: { name: shop_data }, lan: { name: lan, external: true } }
`;

Deno.test("a test names the objects that it makes before it makes them, and the earlier images of the same names", async () => {
  const model = `
name: shop
services:
  db: { image: mariadb }
  test:
    build: { context: /src, tags: ["shop/extra:1", "shop-test"] }
    depends_on: { db: { condition: service_started } }
  app: { build: /app, image: docker.io/me/app }
networks: { default: { name: shop_default }, lan: { name: lan, external: true } }
${DATA}`;
  const { owns } = await recordedTarget("test", {
    model,
    images: { "shop-test:latest": "sha256:1" },
  });
  assertEquals(owns, {
    ...owned({ base: "shop" }),
    containers: ["shop-db-1", "shop-test-run"],
    networks: ["shop_default"],
    volumes: ["shop_data"],
    images: [
      { name: "me/app:latest" },
      { name: "shop-test:latest", before: "sha256:1" },
      { name: "shop/extra:1" },
    ],
  });
});

Deno.test("volumes are made with the run's label before Compose would make them, all that it would make", async () => {
  const model = `
name: shop
services:
  db: { image: a, volumes: [{ type: volume, source: data }, { type: volume }, { type: bind, source: /x }] }
  test: { image: b, profiles: [mail], depends_on: { mail: { condition: service_started } } }
  mail: { image: c, profiles: [mail], volumes: [{ type: volume, source: mails }, { type: volume, source: lan }] }
  other: { image: d, profiles: [other], volumes: [{ type: volume, source: others }] }
volumes:
  data: { name: shop_data, driver: local, driver_opts: { type: tmpfs, o: "size=1m" }, labels: { a: b c } }
  mails: { name: mails }
  others: { name: shop_others }
  lan: { name: lan, external: true }
`;
  const steps = await recordedPlan("test", { model, run: "4711" });
  assertEquals(
    steps.filter(({ does }) => does.kind === "volume").map(({ line }) => line),
    [
      "docker volume create --driver local --opt o=size=1m --opt type=tmpfs --label 'a=b c' --label com.docker.compose.project=shop --label com.docker.compose.volume=data --label com.docker.compose.project.working_dir=/w/shop --label io.todoflow.run=4711 shop_data",
      "docker volume create --label com.docker.compose.project=shop --label com.docker.compose.volume=mails --label com.docker.compose.project.working_dir=/w/shop --label io.todoflow.run=4711 mails",
    ],
  );
  const after = (name: string) =>
    steps.find((step) => step.name === name)?.after ?? [];
  for (const name of ["up", "run test"]) {
    assert(after(name).includes("volume data"), name);
    assert(after(name).includes("volume mails"), name);
  }
  const dry = await recordedPlan("test", { model });
  assert(dry.every(({ line }) => !line.includes("io.todoflow.run")));
});

Deno.test("test leaves nothing that it would have to answer for", async () => {
  const { leaves } = await recordedTarget("test");
  assertEquals(leaves, undefined);
});

Deno.test("a base that was built on this machine keeps its name: it is not fetched", async () => {
  const bases = ["base:1", "docker.io/me/mine"];
  const steps = await recordedPlan("test", {
    bases,
    local: ["me/mine:latest"],
  });
  const pulls = steps.map(({ line }) => line).filter((line) =>
    line.startsWith("docker pull")
  );
  assertEquals(pulls, ["docker pull --quiet base:1"]);
});

Deno.test("builds pull base images that are unknown", async () => {
  const [build, others] = await recordedPlan("test", { bases: null });
  assertEquals(build?.line, "docker compose build --pull test");
  assertEquals(others?.line, "docker compose build --pull release");
});

Deno.test("the images that the tests run are built first, all others while the tests run", async () => {
  const model = MODEL.replace(
    "build: { context: /src, target: test }",
    "build: { context: /src, target: test }\n    depends_on: { db: { condition: service_started } }",
  );
  const { steps } = await recordedTarget("test", { model });
  const after = (name: string) =>
    steps.find((step) => step.name === name)?.after;
  assertEquals(after("build others"), ["build"]);
  assertEquals(after("run test")?.includes("build"), true);
  assertEquals(after("run test")?.includes("build others"), false);
  assertEquals(after("images"), ["build", "build others"]);
});

Deno.test("tests that run the released image build everything before they run", async () => {
  const model = `
name: shop
services:
  app: { build: a }
  test: { build: c, depends_on: { app: { condition: service_started } } }
`;
  const steps = await recordedPlan("test", { model });
  assertEquals(
    lines(steps).filter((line) => line.includes(" build ")),
    ["docker compose build app test"],
  );
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
  const builds = lines(steps).filter((line) => line.includes(" build "));
  assertEquals(builds, [
    "docker compose build test",
    "docker compose build app plain",
  ]);
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
