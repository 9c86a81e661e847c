import { assert, assertEquals, assertRejects } from "@std/assert";
import { TodoflowError } from "../../../lib/errors/todoflow_error.ts";
import type { Made } from "../../../lib/plan/plan.ts";
import {
  madeOne,
  MODEL,
  owned,
  recordedPlan,
  recordedTarget,
} from "../fakes.ts";

const lines = (steps: { line: string }[]) => steps.map(({ line }) => line);
const after = (steps: Awaited<ReturnType<typeof recordedPlan>>, name: string) =>
  steps.find((step) => step.name === name)?.after;

Deno.test("release is the Makefile's lines: fresh, build, one-shots, app, acceptance, URL", async () => {
  const wait = "docker compose up --wait --no-deps --no-recreate --no-build";
  assertEquals(lines(await recordedPlan("release")), [
    "docker compose build release test",
    "docker tag shop-release shop-app",
    "docker tag shop-release shop-collectstatic",
    "docker tag shop-release shop-migrate",
    "docker tag shop-test shop-acceptance",
    "docker image inspect --format '{{.Id}}' shop-release shop-test",
    "docker compose up --detach --no-recreate --no-build db",
    "docker compose create --no-recreate --no-build migrate collectstatic app acceptance",
    `${wait} db`,
    "docker start shop-migrate-1",
    "docker start shop-collectstatic-1",
    "docker start shop-app-1",
    `${wait} app`,
    "docker start shop-acceptance-1",
    "docker port shop-app-1 8000",
    "docker compose --profile '*' down --volumes --remove-orphans --timeout 2 --rmi local",
  ]);
});

Deno.test("the database starts while images are built; one-shots run in parallel; the app waits for all", async () => {
  const steps = await recordedPlan("release");
  assertEquals(after(steps, "build"), []);
  assertEquals(after(steps, "up"), []);
  assertEquals(after(steps, "create"), [
    "build",
    "tag app",
    "tag collectstatic",
    "tag migrate",
    "tag acceptance",
    "up",
  ]);
  assertEquals(after(steps, "ready db"), ["up"]);
  assertEquals(after(steps, "run migrate"), ["create", "ready db"]);
  assertEquals(after(steps, "run collectstatic"), ["create"]);
  assertEquals(after(steps, "start app"), [
    "create",
    "run migrate",
    "run collectstatic",
    "ready db",
  ]);
  assertEquals(after(steps, "ready app"), ["start app"]);
  assertEquals(after(steps, "run acceptance"), ["create", "ready app"]);
  assertEquals(after(steps, "url"), ["ready app", "run acceptance"]);
});

Deno.test("one distinct build is one image for all services that share it", async () => {
  const images = (await recordedPlan("release", {
    images: { "shop-test:latest": "sha256:1" },
  })).find(({ name }) => name === "images");
  assertEquals(images?.after, [
    "build",
    "tag app",
    "tag collectstatic",
    "tag migrate",
    "tag acceptance",
  ]);
  assertEquals(images?.does, {
    kind: "images",
    images: [
      {
        services: ["app", "collectstatic", "migrate", "release"],
        before: undefined,
        taken: [],
      },
      {
        services: ["acceptance", "test"],
        before: "sha256:1",
        taken: [{ name: "shop-test:latest", before: "sha256:1" }],
      },
    ],
  });
});

Deno.test("builds that differ in anything are two; services with one image name need no tag", async () => {
  const model = `
name: shop
services:
  app: { build: { context: /src, args: { A: "1" } }, image: "me/app:1" }
  migrate: { build: { args: { A: "1" }, context: /src }, image: "me/app:1" }
  acceptance: { build: { context: /src, args: { A: "2" } } }
`;
  assertEquals(
    lines(await recordedPlan("release", { model })).slice(0, 2),
    [
      "docker compose build acceptance app",
      "docker image inspect --format '{{.Id}}' shop-acceptance me/app:1",
    ],
  );
});

Deno.test("a failed release leaves nothing, unless --keep", async () => {
  const down = (await recordedPlan("release")).at(-1)!;
  assertEquals([down.name, down.cleanup], ["down", "failure"]);
  const kept = await recordedPlan("release", { flags: ["keep"] });
  assert(kept.every(({ cleanup }) => !cleanup));
  assert(
    kept.every(({ does }) =>
      does.kind !== "oneshot" || does.remove === "success"
    ),
  );
});

Deno.test("an earlier release is removed only when the images that are not built are there, too", async () => {
  const fetch = async (images: Record<string, string>, existing: string[]) => {
    const steps = await recordedPlan("release", { images, existing });
    const fetch = steps.find(({ name }) => name === "fetch");
    const waits = steps.find(({ name }) => name === "fresh")?.after ?? [];
    return fetch && [fetch.line, waits.includes("fetch")];
  };
  assertEquals(await fetch({}, ["app"]), [
    "docker compose pull --quiet db",
    true,
  ]);
  assertEquals(
    await fetch({ "mariadb:10.11": "sha256:a" }, ["app"]),
    undefined,
  );
  assertEquals(await fetch({}, []), undefined);
  const model = `
name: shop
services:
  app: { build: ., image: "shop:1" }
  worker: { image: "shop:1" }
`;
  const steps = await recordedPlan("release", { model, existing: ["app"] });
  assertEquals(steps.some(({ name }) => name === "fetch"), false);
});

Deno.test("an app alone is enough: no one-shots, no acceptance, no port", async () => {
  const steps = await recordedPlan("release", {
    model: "name: tiny\nservices: { app: { image: nginx } }",
  });
  assertEquals(steps.map(({ name }) => name), [
    "create",
    "start app",
    "ready app",
    "steady app",
    "down",
  ]);
});

Deno.test("a service that stays, and whose health no other one waits for, must be steady when acceptance is done", async () => {
  const model = `
name: shop
services:
  db: { image: mariadb, healthcheck: { test: [CMD, check] } }
  worker: { image: worker }
  app: { image: app, depends_on: { db: { condition: service_healthy }, worker: { condition: service_started } } }
  acceptance: { image: tests }
`;
  const steps = await recordedPlan("release", { model });
  assertEquals(
    steps.filter(({ does }) => does.kind === "gate" && does.needs === "steady")
      .map(({ name, after }) => [name, after]),
    [
      ["steady worker", ["ready app", "run acceptance"]],
      ["steady app", ["ready app", "run acceptance"]],
    ],
  );
});

Deno.test("a gate asks for what others need: that it runs, is ready, or is healthy", async () => {
  const model = `
name: shop
services:
  cache: { image: redis }
  db: { image: mariadb }
  app:
    image: shop
    depends_on:
      cache: { condition: service_started }
      db: { condition: service_healthy }
`;
  const steps = await recordedPlan("release", { model });
  const needs = ["cache", "db", "app"].map((name) => {
    const gate = steps.find((step) => step.name === `ready ${name}`)?.does;
    assert(gate?.kind === "gate");
    return gate.needs;
  });
  assertEquals(needs, ["started", "healthy", "ready"]);
});

Deno.test("a service with the image that is built for the app need not listen on the port that the image exposes", async () => {
  const model = `
name: shop
services:
  db: { image: mariadb }
  other: { build: /other }
  worker: { build: /app }
  beat: { image: shop }
  app:
    build: /app
    image: shop
    depends_on:
      db: { condition: service_healthy }
      other: { condition: service_healthy }
      worker: { condition: service_healthy }
      beat: { condition: service_healthy }
`;
  const serving = async (model: string) =>
    (await recordedPlan("release", { model })).flatMap(({ does }) =>
      does.kind === "gate" && does.serves && does.needs !== "steady"
        ? does.service
        : []
    ).toSorted();
  assertEquals(await serving(model), ["app", "db", "other"]);
  // An image that is only pulled may be a database.
  const pulled = model.replace("    build: /app\n", "");
  assertEquals(await serving(pulled), ["app", "beat", "db", "other", "worker"]);
});

Deno.test("migrate comes before the app although nothing says so", async () => {
  const model = `
name: shop
services:
  migrate: { image: shop }
  app: { image: shop }
`;
  const steps = await recordedPlan("release", { model });
  assertEquals(after(steps, "start app"), ["create", "run migrate"]);
});

Deno.test("a service named like a step of ours does not clash with it", async () => {
  const model = `
name: shop
services:
  create: { image: a }
  build: { image: b, depends_on: { create: { condition: service_healthy } } }
  app: { image: c, depends_on: { build: { condition: service_healthy } } }
`;
  const names = (await recordedPlan("release", { model })).map((step) =>
    step.name
  );
  assertEquals(new Set(names).size, names.length);
});

Deno.test("a release without an app is refused with the names of the services", async () => {
  const error = await assertRejects(
    () => recordedPlan("release", { model: "name: x\nservices: { db: {} }" }),
    TodoflowError,
    "no service is an application",
  );
  assertEquals(error.failure, {
    ...{ kind: "no-role", role: "app", target: "release" },
    ...{ candidates: [], known: ["db"], block: undefined },
  });
});

Deno.test("a container_name is the name that is followed", async () => {
  const model = MODEL.replace(
    "  migrate:",
    "  migrate:\n    container_name: m",
  );
  const migrate = (await recordedPlan("release", { model }))
    .find(({ name }) => name === "run migrate");
  assert(migrate?.does.kind === "oneshot");
  assertEquals(migrate.does.container, "m");
});

const SETUP = `
x-todoflow:
  release:
    setup:
      - migrate
      - { name: static, service: app, run: [collect, a b], after: [] }
      - { name: seed, service: app, run: [seed], after: [migrate, static] }
      - { service: collectstatic, after: [static] }
`;

Deno.test("one-shots of x-todoflow run a service's command or their own, in the order of after", async () => {
  const steps = await recordedPlan("release", { model: MODEL + SETUP });
  const line = (name: string) =>
    steps.find((step) => step.name === name)?.line ?? "";
  assertEquals(
    line("setup static"),
    "docker compose run --detach --interactive=false --no-deps --name shop-static-run app collect 'a b'",
  );
  assertEquals(after(steps, "setup static"), ["create"]);
  assertEquals(after(steps, "setup seed"), [
    "create",
    "run migrate",
    "setup static",
  ]);
  assertEquals(after(steps, "run collectstatic"), ["create", "setup static"]);
  assertEquals(after(steps, "start app"), [
    "create",
    "run migrate",
    "setup static",
    "setup seed",
    "run collectstatic",
    "ready db",
  ]);
});

Deno.test("a one-shot with a command of its own starts what its service depends on, but not the service", async () => {
  const model = `
name: shop
services:
  db: { image: mariadb }
  tools: { build: /tools, depends_on: { db: { condition: service_healthy } } }
  app: { image: shop }
x-todoflow: { release: { setup: [{ service: tools, run: [seed] }] } }
`;
  const steps = await recordedPlan("release", { model });
  const names = steps.map(({ name }) => name);
  assertEquals(names.filter((name) => name.endsWith(" tools")), [
    "setup tools",
  ]);
  assertEquals(after(steps, "setup tools"), ["create", "ready db"]);
  assertEquals(steps[0]?.line, "docker compose build tools");
});

Deno.test("an optional dependency whose profile is not active is left out, as Compose does", async () => {
  const model = `
name: shop
services:
  tracer: { image: t, profiles: [tracing, debug] }
  app: { image: a, depends_on: { tracer: { condition: service_started, required: false } } }
`;
  const names = async (...profiles: string[]) =>
    (await recordedPlan("release", { model, profiles }))
      .map(({ name }) => name);
  assertEquals((await names()).includes("ready tracer"), false);
  assertEquals((await names("other")).includes("ready tracer"), false);
  assertEquals((await names("tracing")).includes("ready tracer"), true);
  assertEquals((await names("*")).includes("ready tracer"), true);
});

Deno.test("a service whose name Compose would read as a flag is refused", async () => {
  await assertRejects(
    () =>
      recordedPlan("release", {
        model:
          "name: x\nservices: { app: { depends_on: { -h: { condition: service_started } } }, -h: {} }",
      }),
    TodoflowError,
    'Cannot use service name "-h"',
  );
});

for (
  const [what, key] of [
    ["a secret", "secrets: [{ source: token }]"],
    ["a config", "configs: [{ source: settings }]"],
    ["a hook before the start", "pre_start: [{ command: [prepare] }]"],
    ["a hook after the start", "post_start: [{ command: [warm-up] }]"],
    ["a hook before the stop", "pre_stop: [{ command: [drain] }]"],
    ["a hook of a later Compose", "post_stop: [{ command: [report] }]"],
  ]
) {
  Deno.test(`Compose starts a service, or a one-shot, with ${what}`, async () => {
    const model = `
name: shop
services:
  migrate: { build: /src, ${key} }
  app: { build: /src, ${key}, depends_on: { migrate: { condition: service_completed_successfully } } }
`;
    const steps = await recordedPlan("release", { model });
    const lines = steps.filter(({ name }) => /^(start|run) /.test(name))
      .map(({ line }) => line);
    const up = "docker compose up --detach --no-deps --no-recreate --no-build";
    assertEquals(lines, [`${up} migrate`, `${up} app`]);
  });
}

Deno.test("an empty list of hooks does not keep the engine from starting a service", async () => {
  const model = "name: shop\nservices: { app: { build: /src, pre_start: [] } }";
  const steps = await recordedPlan("release", { model });
  const start = steps.find(({ name }) => name === "start app");
  assertEquals(start?.line, "docker start shop-app-1");
});

const WITH_HOOK = `
name: shop
services:
  tools: { image: me/tools, build: /tools }
  db: { image: mariadb, pre_start: [{ image: me/tools, command: [prepare] }] }
  app: { build: /src, depends_on: { db: { condition: service_healthy } } }
`;

for (const target of ["release", "test"]) {
  Deno.test(`${target} builds the image in which a hook runs before it starts the service of the hook`, async () => {
    const model = WITH_HOOK +
      "  test: { build: /src, depends_on: { db: { condition: service_healthy } } }\n";
    const steps = await recordedPlan(target, { model });
    const line = steps.find(({ name }) => name === "build")?.line ?? "";
    assert(line.split(" ").includes("tools"), line);
    assertEquals(steps.some(({ name }) => name === "up"), false);
    assert(after(steps, "create")?.includes("build"));
    const start = steps.find(({ name }) => name === "start db");
    assert(start?.does.kind === "start" && start.does.hooks);
  });
}

Deno.test("a name of an image that a run has built is not reported as taken", async () => {
  const steps = await recordedPlan("release", {
    images: { "shop-test:latest": "id-of-shop-test:latest" },
    made: [madeOne("image", "shop-test:latest")],
  });
  const does = steps.find(({ name }) => name === "images")?.does;
  assert(does?.kind === "images");
  assertEquals(does.images.flatMap(({ taken }) => taken), []);
});

Deno.test("an earlier release is removed when the new images are built, and is named", async () => {
  const made = [
    madeOne("network", "shop_default"),
    madeOne("volume", "shop_data"),
    madeOne("image", "shop-app:latest"),
  ];
  const { steps, owns } = await recordedTarget("release", {
    model: MODEL + "volumes: { data: { name: shop_data } }\n" +
      "networks: { default: { name: shop_default } }\n",
    existing: ["app", "db"],
    made,
    left: {
      ...{ version: "7a356f0", since: "2026-11-29T11:56:00Z" },
      project: "shop",
    },
    images: { "mariadb:10.11": "sha256:1" },
  });
  const fresh = steps.find(({ name }) => name === "fresh");
  assert(fresh?.does.kind === "remove");
  assertEquals(
    fresh.why,
    "removes release 7a356f0 of 4 min ago and its volume shop_data",
  );
  assertEquals(
    fresh.line,
    "docker compose --profile '*' down --volumes --remove-orphans --timeout 2",
  );
  assert(fresh.after.includes("build"));
  assertEquals(after(steps, "build"), []);
  assertEquals(fresh.does.keepsImages, true);
  assertEquals(
    fresh.does.owns.made.map(({ kind }) => kind),
    ["container", "container", "network", "volume"],
  );
  assertEquals(after(steps, "up")?.includes("fresh"), true);
  assert(after(steps, "create")?.includes("fresh"));
  // As long as it is there, nothing of it is the new release's.
  assertEquals(owns?.kept.length, 5);
});

Deno.test("an earlier release in another project is removed, too, when the new images are built", async () => {
  const model = MODEL.replace("name: shop", "name: shop--release") +
    "volumes: { data: { name: shop--release_data } }\n";
  const plain = [
    madeOne("container", "shop-app-1"),
    madeOne("volume", "shop_data"),
    madeOne("image", "shop-app:latest"),
  ];
  const own = [madeOne("container", "shop--release-db-1")];
  const { steps, owns } = await recordedTarget("release", {
    ...{ model, base: "shop", made: own },
    others: [{ project: "shop", made: plain }],
    left: {
      ...{ version: "7a356f0", since: "2026-11-29T11:56:00Z" },
      project: "shop",
    },
  });
  const removals = steps.filter(({ name }) => name.startsWith("fresh"));
  assertEquals(removals.map(({ name, line }) => [name, line]), [
    [
      "fresh",
      "docker compose --profile '*' down --volumes --remove-orphans --timeout 2",
    ],
    [
      "fresh shop",
      "docker compose --project-name shop --profile '*' down --volumes --remove-orphans --timeout 2",
    ],
  ]);
  const [first, other] = removals;
  assert(first?.does.kind === "remove" && other?.does.kind === "remove");
  assertEquals(
    [first.does.owns.project, first.does.owns.made],
    ["shop--release", own],
  );
  // The builds take over its images.
  assertEquals(
    [other.does.owns.project, other.does.owns.made],
    ["shop", plain.slice(0, 2)],
  );
  assert(other.why.endsWith("of 4 min ago and its volume shop_data"));
  assertEquals([first.does.keepsImages, other.does.keepsImages], [true, true]);
  for (const name of ["fresh", "fresh shop"]) {
    assert(after(steps, name)?.includes("build"), name);
    for (const later of ["up", "create"]) {
      assert(after(steps, later)?.includes(name), `${later} ${name}`);
    }
  }
  assertEquals(owns?.kept, own);
});

Deno.test("where only another project has an earlier release, it goes after the builds", async () => {
  const model = MODEL.replace("name: shop", "name: shop--release");
  const steps = await recordedPlan("release", {
    ...{ model, base: "shop" },
    others: [{ project: "shop", made: [madeOne("network", "shop_default")] }],
    images: { "mariadb:10.11": "sha256:1" },
  });
  const names = steps.map(({ name }) => name);
  assertEquals(names.filter((name) => name.startsWith("fresh")), [
    "fresh shop",
  ]);
  // The old database still has its port and its data.
  assertEquals(after(steps, "build"), []);
  assert(after(steps, "fresh shop")?.includes("build"));
});

Deno.test("leftovers of an earlier run that are no release are removed, too, even a network alone", async () => {
  const steps = await recordedPlan("release", {
    made: [madeOne("network", "shop_default")],
  });
  assertEquals(
    steps.find(({ name }) => name === "fresh")?.why,
    "removes what an earlier run has left",
  );
});

Deno.test("a build leaves the processor to a database that is starting, unless its image is yet to be fetched", async () => {
  const steps = await recordedPlan("release", {
    images: { "mariadb:10.11": "sha256:1" },
  });
  assertEquals(after(steps, "build"), ["up"]);
});

const OWN_RUN = `
networks: { default: { name: shop_default }, lan: { name: lan, external: true } }
volumes: { data: { name: shop_data } }
x-todoflow: { release: { setup: [{ name: seed, service: app, run: [seed] }] } }
`;

Deno.test("release names the objects that it makes before it makes them", async () => {
  const { owns } = await recordedTarget("release", { model: MODEL + OWN_RUN });
  assertEquals(owns, {
    ...owned({ base: "shop" }),
    containers: [
      "shop-collectstatic-1",
      "shop-db-1",
      "shop-migrate-1",
      "shop-app-1",
      "shop-acceptance-1",
      "shop-seed-run",
    ],
    networks: ["shop_default"],
    volumes: ["shop_data"],
    images: [
      { name: "shop-acceptance:latest" },
      { name: "shop-app:latest" },
      { name: "shop-collectstatic:latest" },
      { name: "shop-migrate:latest" },
      { name: "shop-release:latest" },
      { name: "shop-test:latest" },
    ],
  });
});

Deno.test("a failed release removes the objects that it owns, images included", async () => {
  const { owns, steps } = await recordedTarget("release");
  const does = steps.at(-1)?.does;
  assert(does?.kind === "remove");
  assertEquals([does.owns, does.keepsImages], [owns!, false]);
});

Deno.test("a successful release leaves the application, a failed one only with --keep", async () => {
  const { leaves } = await recordedTarget("release");
  assertEquals(leaves, { success: true, failure: false });
  const kept = await recordedTarget("release", { flags: ["keep"] });
  assertEquals(kept.leaves, { success: true, failure: true });
});

Deno.test("images of earlier runs that have lost their name are removed at the end, no others", async () => {
  const images = { "shop-app:latest": "sha256:1" };
  const last = async (made: Made[]) =>
    (await recordedPlan("release", { images, made })).at(-1);
  assertEquals((await last([]))?.name, "down");
  const made = madeOne("image", "shop-app:latest");
  const prune = await last([made]);
  assertEquals([prune?.name, prune?.cleanup], ["prune", "always"]);
  assertEquals(
    prune?.line,
    "docker image prune --force --filter label=com.docker.compose.project=shop",
  );
  assert(prune?.does.kind === "remove");
  // Without its name, so that one that has it still stays.
  assertEquals(
    prune.does.owns,
    owned({ base: "shop", made: [{ ...made, name: "" }] }),
  );
});

Deno.test("containers have all but 3 s of the time until everything must be gone, and at least one", async () => {
  const graceOf = async (stop: string) => {
    const model = `${MODEL}x-todoflow: { deadlines: { stop: ${stop} } }`;
    const does = (await recordedPlan("release", { model })).at(-1)?.does;
    assert(does?.kind === "remove");
    return does.grace;
  };
  assertEquals(await graceOf("30s"), 27);
  assertEquals(await graceOf("1s"), 1);
});

Deno.test("containers whose service may take longer have that time, at most half of a step", async () => {
  const planOf = async (grace: string) => {
    const model = MODEL.replace(
      "services:\n",
      `services:\n  slow: { image: slow, stop_grace_period: ${grace} }\n`,
    );
    const step = (await recordedPlan("release", { model })).at(-1);
    assert(step?.does.kind === "remove");
    return [step.does.graces, step.line.includes("--timeout 2")];
  };
  assertEquals(await planOf("30s"), [{ "shop-slow-1": 30 }, false]);
  assertEquals(await planOf("1h0m0s"), [{ "shop-slow-1": 450 }, false]);
  assertEquals(await planOf("1s"), [undefined, true]);
});

Deno.test("a release in its twin owns the names that it gives, and not those of a developer's own builds", async () => {
  const { owns } = await recordedTarget("release", {
    model: MODEL.replace("name: shop", "name: shop--release"),
    base: "shop",
  });
  const names = owns?.images.map(({ name }) => name) ?? [];
  assertEquals(names.filter((name) => !name.includes("--release-")), [
    ...["shop-release:latest", "shop-test:latest"],
  ]);
});

Deno.test("a service that runs another one's image waits for its build, whatever the form of the name", async () => {
  const model = `
name: shop
services:
  worker: { image: "me/shop:latest" }
  app:
    image: me/shop
    build: { context: /src }
    depends_on: { worker: { condition: service_started, required: true } }
`;
  const steps = await recordedPlan("release", {
    model,
    images: { "me/shop:latest": "sha256:old" },
  });
  assertEquals(steps.some(({ name }) => name === "up"), false);
  const start = steps.find(({ name }) => name === "start worker");
  assertEquals(start?.after.includes("create"), true, JSON.stringify(start));
});

Deno.test("the image of the app is built where only another service has its build", async () => {
  const model = `
name: shop
services:
  image: { image: me/shop, build: { context: /src }, profiles: [build] }
  app: { image: me/shop }
`;
  const steps = await recordedPlan("release", { model });
  const build = steps.find(({ name }) => name === "build");
  assertEquals(build?.line, "docker compose build image");
});
