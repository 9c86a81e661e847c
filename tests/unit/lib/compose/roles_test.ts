import { assertEquals } from "@std/assert";
import { readWorkflow } from "../../../../lib/compose/workflow.ts";

/** The roles of services in a file, in short. */
async function rolesIn(services: string, config = "", name = "shop") {
  const { test, release, guesses } = await readWorkflow(
    `name: ${name}\nservices:\n${services}\n${config}`,
  );
  return {
    app: release.apps.map(({ service, entrance }) =>
      service === entrance ? service : `${service} behind ${entrance}`
    ).join(),
    candidates: release.candidates.join(),
    test: test.services.join(),
    setup: release.setup.map(({ service }) => service).join(),
    ending: release.ending.join(),
    others: release.others.join(),
    left: release.left.map(({ service }) => service).join(),
    acceptance: release.acceptance ?? "",
    guesses: guesses.map(({ role, service }) => `${role} ${service}`).join(),
    reasons: guesses.map(({ reason }) => reason).join("; "),
  };
}

const port = (target: number) => `ports: [{ target: ${target} }]`;
const on = (...names: string[]) =>
  `depends_on: { ${
    names.map((name) => `${name}: { condition: service_started }`).join(", ")
  } }`;
const done = (name: string) =>
  `depends_on: { ${name}: { condition: service_completed_successfully } }`;

/** What is in the file, and the app that is found in it; "" where rules cannot tell. */
const APPS: [what: string, services: string, app: string][] = [
  [
    "a service named app",
    `  app: { image: a }\n  web: { image: w, ${port(80)} }`,
    "app",
  ],
  [
    "the only service with a port, beside a data store with one",
    `  db: { image: "postgres:15", ${port(5432)} }\n  shop: { build: {}, ${
      port(80)
    } }\n  worker: { build: {} }`,
    "shop",
  ],
  [
    "a front end that needs a back end, both with ports",
    `  one: { build: {}, ${port(80)} }\n  two: { build: {}, ${port(81)}, ${
      on("one")
    } }`,
    "two",
  ],
  [
    "a proxy in front of the service that is built",
    `  api: { build: {} }\n  proxy: { image: "nginx:1", ${port(80)}, ${
      on("api")
    } }`,
    "proxy",
  ],
  [
    "FPM behind nginx",
    `  app: { image: fpm }\n  nginx: { image: "nginx:1", ${port(80)}, ${
      on("app")
    } }`,
    "app behind nginx",
  ],
  [
    "tools with ports",
    `  mail: { image: axllent/mailpit, ${port(8025)} }
  adminer: { image: adminer, ${port(8080)} }
  flower: { build: {}, ${port(5555)}, ${on("django")} }
  grafana: { image: "grafana/grafana:9", ${port(3000)} }
  selenium: { image: selenium/standalone-chrome, ${port(4444)} }
  django: { build: {}, ${port(8000)} }`,
    "django",
  ],
  [
    "stores that are built, or have names of their own",
    `  mysql8: { build: {}, ${port(3306)} }
  shop-db: { image: own/image, ${port(5432)} }
  cache: { image: "redis:7", ${port(6379)} }
  search: { image: docker.elastic.co/elasticsearch/elasticsearch, ${
      port(9200)
    } }
  site: { build: {}, ${port(80)} }`,
    "site",
  ],
  [
    "workers that depend on the service with the port",
    `  gateway: { build: {}, ${port(80)} }\n  worker: { build: {}, ${
      on("gateway")
    } }`,
    "gateway",
  ],
  [
    "two services with ports, by name",
    `  web: { build: {}, ${port(80)} }\n  docs: { build: {}, ${port(81)} }`,
    "web",
  ],
  [
    "a back end and a front end that do not know each other",
    `  backend: { build: {}, ${port(80)} }\n  frontend: { build: {}, ${
      port(81)
    } }`,
    "frontend",
  ],
  [
    "a word of its name",
    `  eshopwebmvc: { build: {}, ${
      port(80)
    } }\n  eshoppublicapi: { build: {}, ${port(81)} }`,
    "eshopwebmvc",
  ],
  [
    "a service that is named like the project",
    `  shop: { image: a }\n  other: { image: b }`,
    "shop",
  ],
  [
    "the only one that is built",
    `  bot: { build: {} }\n  helper: { image: b }`,
    "bot",
  ],
  [
    "a worker and a data store",
    "  worker: { build: a }\n  db: { image: mongo }",
    "worker",
  ],
  ["the only service", "  thing: { image: a }", "thing"],
  [
    "a job beside data stores, by none of its words",
    "  post-startup: { image: curl }\n  db: { image: mongo }",
    "",
  ],
  [
    "a fetched helper with a port beside services that are built",
    `  objects: { image: own/objects, ${
      port(9000)
    } }\n  backend: { build: a }\n  frontend: { build: b }`,
    "frontend",
  ],
  [
    "a fetched front of services that are built",
    `  edge: { image: own/edge, ${port(80)}, ${
      on("backend")
    } }\n  backend: { build: a }`,
    "edge",
  ],
  [
    "a worker with a port that needs the web",
    `  web: { build: a, ${port(80)} }\n  worker: { build: a, ${port(81)}, ${
      on("web")
    } }`,
    "web",
  ],
  [
    "an emulator with a port",
    `  gcp-emulator: { build: a, ${port(8080)} }\n  bot: { build: b }`,
    "bot",
  ],
  [
    "a migration that is built, and nothing else",
    `  db-migrate: { build: {} }\n  db: { image: mongo }`,
    "",
  ],
  [
    "services in profiles, if no other can be it",
    `  db: { image: postgres }\n  web: { build: {}, profiles: [full], ${
      port(80)
    } }`,
    "web",
  ],
  [
    "a holder of the Docker socket with a port",
    `  traefik: { image: traefik, ${
      port(80)
    }, volumes: [{ type: bind, source: /var/run/docker.sock, target: /s }] }
  shopper: { build: {} }`,
    "shopper",
  ],
  [
    "an identity provider with a port before an app without one",
    `  auth: { image: quay.io/keycloak/keycloak, ${
      port(8080)
    } }\n  php: { build: {} }`,
    "php",
  ],
  [
    "an identity provider alone, for an app that runs elsewhere",
    `  keycloak: { image: jboss/keycloak, ${
      port(8080)
    } }\n  db: { image: postgres }`,
    "",
  ],
  [
    "a client and a server without ports",
    "  server: { build: a }\n  client: { build: b }",
    "client",
  ],
  [
    "a helper in a profile beside tools",
    `  kibana: { image: kibana, ${
      port(5601)
    } }\n  keys: { build: {}, profiles: [setup] }`,
    "",
  ],
  [
    "stores alone",
    `  db: { image: postgres }\n  s3: { image: minio/minio }`,
    "",
  ],
  [
    "two equal services",
    `  one: { build: {}, ${port(80)} }\n  two: { build: {}, ${port(81)} }`,
    "",
  ],
  [
    "tests and release services with ports",
    `  e2e: { build: {} }\n  release: { build: {} }\n  portal: { build: {} }`,
    "portal",
  ],
];

for (const [what, services, app] of APPS) {
  Deno.test(`the app of a file: ${what}`, async () => {
    assertEquals((await rolesIn(services)).app, app);
  });
}

Deno.test("equal candidates are named, in any order of the file", async () => {
  const one = `  one: { build: {}, ${port(80)} }`;
  const two = `  two: { build: {}, ${port(81)} }`;
  for (const text of [`${one}\n${two}`, `${two}\n${one}`]) {
    assertEquals((await rolesIn(text)).candidates, "one,two");
  }
});

Deno.test("a conventional name is no guess, every other decision is, with its reason", async () => {
  const named = await rolesIn("  app: { image: a }\n  test: { image: t }");
  assertEquals(named.guesses, "");
  const { guesses, reasons } = await rolesIn(
    `  shop: { build: {}, ${port(80)} }\n  tests: { build: {} }`,
  );
  assertEquals(guesses, "app shop,test tests");
  assertEquals(reasons, "the only one that publishes a port; by its name");
  const said = await rolesIn(
    `  shop: { build: {}, ${port(80)} }\n  tests: { build: {} }`,
    "x-todoflow: { test: { service: tests }, release: { app: shop } }",
  );
  assertEquals(said.guesses, "");
});

/** What is in the file, and the service of tests that is found in it. */
const TESTS: [what: string, services: string, test: string][] = [
  ["test beside tests", "  test: { image: a }\n  tests: { image: b }", "test"],
  ["sut", "  sut: { image: a }\n  web: { image: b }", "sut"],
  ["a name that ends in tests", "  api_tests: { build: {} }", "api_tests"],
  ["a name that begins with test", "  test-php: { image: p }", "test-php"],
  [
    "a client of a database",
    '  test: { image: "redis:7", command: [x] }',
    "test",
  ],
  ["a data store for tests", "  test-db: { image: postgres }", ""],
  ["a service with a port", `  test-app: { build: {}, ${port(80)} }`, ""],
  ["a service that always runs", "  tests: { image: a, restart: always }", ""],
  [
    "a service that others need",
    `  test-data: { image: a }\n  web: { image: b, ${on("test-data")} }`,
    "",
  ],
  ["two equal services", "  a-test: { image: a }\n  b-test: { image: b }", ""],
  [
    "unit tests beside acceptance tests",
    "  e2e-tests: { image: a }\n  unit-tests: { image: b }",
    "unit-tests",
  ],
];

for (const [what, services, test] of TESTS) {
  Deno.test(`the tests of a file: ${what}`, async () => {
    assertEquals((await rolesIn(services)).test, test);
  });
}

Deno.test("test.run without a service runs in the app", async () => {
  const config = "x-todoflow: { test: { run: [pytest] } }";
  const web = `  web: { build: {}, ${port(80)} }`;
  const { test, others, app } = await rolesIn(web, config);
  assertEquals([test, others, app], ["web", "", "web"]);
  const two = `  one: { build: {}, ${port(80)} }\n  two: { build: {}, ${
    port(81)
  } }`;
  assertEquals((await rolesIn(two, config)).test, "");
});

Deno.test("one-shots are those that the app needs completed, and those with such names", async () => {
  const { setup, ending, guesses } = await rolesIn(`
  app: { build: {}, ${done("prepare")} }
  prepare: { build: {} }
  db-migrations: { build: {} }
  migrator: { image: web-tool, restart: always }
  seed: { build: {} }
  minio-init: { image: minio/mc }
  create-buckets: { image: x, restart: on-failure }
  init-server: { image: x, ${port(80)} }
  data-seeder: { build: {}, ${on("app")} }
`);
  assertEquals(setup, "db-migrations,prepare");
  assertEquals(ending, "create-buckets,data-seeder,minio-init,seed");
  assertEquals(
    guesses.split(",").filter((guess) => guess.startsWith("one-shot")).length,
    5,
  );
});

Deno.test("a migration that needs the app comes after it", async () => {
  const { setup, ending } = await rolesIn(
    `  app: { image: a }\n  migrate: { image: a, ${on("app")} }`,
  );
  assertEquals([setup, ending], ["", "migrate"]);
});

Deno.test("acceptance tests reach the app", async () => {
  const of = async (services: string) => (await rolesIn(services)).acceptance;
  assertEquals(
    await of(`  app: { image: a }\n  e2e: { image: b, ${on("app")} }`),
    "e2e",
  );
  const net = "networks: { default: null }";
  assertEquals(
    await of(`  app: { image: a, ${net} }\n  smoke: { image: b, ${net} }`),
    "smoke",
  );
  assertEquals(await of("  app: { image: a }\n  e2e: { image: b }"), "");
  assertEquals(
    await of("  app: { image: a }\n  acceptance: { image: b }"),
    "acceptance",
  );
});

Deno.test("an acceptance test that is not chosen is no service of the release", async () => {
  const two = `
  app: { image: a }
  acceptance: { image: b, ${on("app")} }
  e2e: { image: c, ${on("app")} }`;
  const beside = await rolesIn(two);
  assertEquals(
    [beside.acceptance, beside.others, beside.left],
    ["acceptance", "", "e2e"],
  );
  const named = await rolesIn(
    two,
    "x-todoflow: { release: { acceptance: e2e } }",
  );
  assertEquals(
    [named.acceptance, named.others, named.left],
    ["e2e", "", "acceptance"],
  );
  const apart = await rolesIn(
    "  app: { image: a }\n  e2e: { image: c, network_mode: host }",
  );
  assertEquals(
    [apart.acceptance, apart.others, apart.left],
    ["", "", "e2e"],
  );
  const included = await rolesIn(
    two,
    "x-todoflow: { release: { with: [e2e] } }",
  );
  assertEquals([included.others, included.left], ["e2e", ""]);
});

Deno.test("the conventional acceptance can be left out, and does not accept itself", async () => {
  const without = await rolesIn(
    `  app: { image: a }\n  acceptance: { image: b, ${on("app")} }`,
    "x-todoflow: { release: { without: [acceptance] } }",
  );
  assertEquals([without.acceptance, without.others], ["", ""]);
  const { app, acceptance } = await rolesIn(
    `  acceptance: { build: {}, ${port(80)} }`,
  );
  assertEquals([app, acceptance], ["acceptance", ""]);
});

Deno.test("a release starts all that docker compose up starts, but tests and what acts on the outside", async () => {
  const { others, left } = await rolesIn(`
  app: { build: {}, ${on("mail")} }
  db: { image: postgres }
  worker: { build: {} }
  tests: { build: {}, ${on("test-db")} }
  test-db: { image: postgres }
  tools: { image: t, profiles: [dev] }
  mail: { image: boky/postfix }
  watchtower: { image: containrrr/watchtower }
  tunnel: { image: "cloudflare/cloudflared:latest" }
  cron: { build: {} }
  db-backup: { image: prodrigestivill/postgres-backup-local }
  shop-backup: { image: own/image }
  pma: { image: phpmyadmin/phpmyadmin, ${port(80)} }
  sidecar: { image: s, volumes: [{ type: bind, source: /var/run/docker.sock, target: /s }] }
  grafana: { image: grafana/grafana }
`);
  // What the app needs comes with it, whatever it does.
  assertEquals(others, "db,grafana,mail,worker");
  assertEquals(
    left,
    "cron,db-backup,pma,shop-backup,sidecar,tunnel,watchtower",
  );
});

Deno.test("with includes services and without leaves them out", async () => {
  const services = `
  app: { build: {} }
  cron: { build: {} }
  docs: { image: d }
  debug: { image: x, profiles: [dev] }`;
  const { others, left } = await rolesIn(
    services,
    "x-todoflow: { release: { with: [cron, debug], without: [docs] } }",
  );
  assertEquals([others, left], ["cron,debug", ""]);
});

Deno.test("several apps have a port, a path and a proof each", async () => {
  const { release } = await readWorkflow(`
name: x
services:
  api: { build: {}, ${port(8000)} }
  web: { build: {}, ${port(80)} }
x-todoflow: { release: { app: [api, { service: web, path: /up, proof: tcp }] } }
`);
  assertEquals(
    release.apps.map(({ service, port, path, proof }) => [
      ...[service, port, path, proof],
    ]),
    [["api", 8000, "/", undefined], ["web", 80, "/up", "tcp"]],
  );
});

Deno.test("an app that is an entry of its own has the port, the path and the proof of the release, too", async () => {
  const { release } = await readWorkflow(`
name: x
services: { api: { build: {} } }
x-todoflow: { release: { app: [{ service: api, path: /up }], port: 81, path: /, proof: tcp } }
`);
  assertEquals(
    release.apps.map(({ port, path, proof }) => [port, path, proof]),
    [[81, "/up", "tcp"]],
  );
});

Deno.test("two services of acceptance tests are no part of a release until one is named, or left out", async () => {
  const services = `
  app: { image: a }
  e2e: { image: b, ${on("app")} }
  smoke: { image: b, ${on("app")} }`;
  const of = async (config = "") => {
    const { release } = await readWorkflow(
      `name: x\nservices:${services}\n${config}`,
    );
    return [release.acceptance, release.acceptances, release.others];
  };
  assertEquals(await of(), [undefined, ["e2e", "smoke"], []]);
  const without = "x-todoflow: { release: { without: [smoke] } }";
  assertEquals(await of(without), ["e2e", [], []]);
});

Deno.test("an app in an inactive profile, or without containers, is no app", async () => {
  const web = `  web: { build: {}, ${port(80)} }`;
  for (const more of ["profiles: [dev]", "scale: 0"]) {
    const { app } = await rolesIn(`  app: { image: x, ${more} }\n${web}`);
    assertEquals(app, "web");
  }
  const alone = await rolesIn("  app: { image: x, profiles: [dev] }");
  assertEquals([alone.app, alone.guesses], ["app", "app app"]);
});

Deno.test("names may have dots", async () => {
  const { test, setup, others } = await rolesIn(
    "  app: { build: {} }\n  unit.test: { image: x }\n  db.migrate: { image: x }",
  );
  assertEquals([test, setup, others], ["unit.test", "db.migrate", ""]);
});
