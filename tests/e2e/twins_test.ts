/**
 * Ways to share something with a developer's stack that is up: tests and a release have twins of its project, so that
 * its containers go on and its data stays.
 *
 * @module
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { type ForeignCase, IDLE, testForeign, withPlace } from "./foreign.ts";
import { exec, output } from "./harness.ts";

/** A database that writes what it holds into a file at once. */
const REDIS =
  `image: "redis:7", command: [redis-server, --save, "1 1", --appendonly, "no"]`;

/** The same, whose data is in a mount. */
function stack(mount: string, rest = ""): Readonly<Record<string, string>> {
  return {
    "compose.yaml": `
name: SHOP
services:
  db: { ${REDIS}, volumes: ["${mount}:/data"] }
  app: { ${IDLE}, depends_on: [db] }
  test: { image: "redis:7", command: [redis-cli, -h, db, flushall], depends_on: [db], profiles: [test] }
${rest}`,
  };
}

/** A stack of an application alone, with more keys. */
function idle(keys: string, rest = ""): Readonly<Record<string, string>> {
  return {
    "compose.yaml": `
name: SHOP
services:
  app: { ${IDLE}, ${keys} }
  test: { image: "debian:bookworm-slim", command: ["true"], depends_on: [app], profiles: [test] }
${rest}`,
  };
}

const UP = "docker compose up --quiet-pull --detach 2>&1";

/** Writes what must not be lost, and waits until it is in the file. */
const PRECIOUS = `${UP}
docker compose exec -T db redis-cli set precious order
docker compose exec -T db redis-cli save`;

const CONTAINERS = ["container SHOP-db-1", "container SHOP-app-1"];

const TABLE: readonly ForeignCase[] = [
  {
    name: "a container_name",
    files: idle("container_name: SHOP-fixed"),
    setup: UP,
    foreign: ["container SHOP-fixed"],
  },
  {
    name: "a volume with a name of its own",
    files: stack("data", "volumes: { data: { name: SHOP-orders } }\n"),
    setup: PRECIOUS,
    foreign: [...CONTAINERS, "volume SHOP-orders"],
  },
  {
    name: "a network with a name of its own",
    long: true,
    files: idle(
      "restart: always",
      "networks: { default: { name: SHOP-net } }\n",
    ),
    setup: UP,
    foreign: ["container SHOP-app-1", "network SHOP-net"],
  },
  {
    name: "a database in a folder of the checkout",
    files: stack("./data"),
    setup: PRECIOUS,
    foreign: [],
    beside: [...CONTAINERS, "file data/dump.rdb"],
    codes: { release: [4] },
    says: {
      test: '"db" has a new volume at /data instead of',
      release: 'container SHOP-db-1 (running), of the project "SHOP", uses',
    },
  },
  {
    name: "a database in an external volume",
    files: stack(
      "data",
      "volumes: { data: { external: true, name: SHOP-orders } }\n",
    ),
    setup: `docker volume create SHOP-orders && ${PRECIOUS}`,
    foreign: [],
    beside: [...CONTAINERS, "volume SHOP-orders"],
    codes: { release: [4] },
    says: {
      test: '"db" has a new volume at /data instead of SHOP-orders',
      release: "uses the volume SHOP-orders",
    },
  },
  {
    name: "a database in a volume that is a folder of the host",
    files: stack(
      "data",
      'volumes: { data: { driver_opts: { type: none, o: bind, device: "$DATA" } } }\n',
    ),
    setup: `mkdir -p data && echo "DATA=$PWD/data" > .env && ${PRECIOUS}`,
    foreign: [],
    beside: [...CONTAINERS, "file data/dump.rdb"],
    codes: { release: [4] },
    says: { test: '"db" has a new volume at /data instead of' },
  },
  {
    name: "the Docker socket",
    long: true,
    files: idle('volumes: ["/var/run/docker.sock:/var/run/docker.sock"]'),
    setup: UP,
    foreign: ["container SHOP-app-1"],
  },
  {
    name: "a port of the host",
    files: idle('ports: ["127.0.0.1:18473:8000"]'),
    setup: UP,
    foreign: [],
    beside: ["container SHOP-app-1"],
    codes: { release: [4] },
    says: { release: "is in use by container SHOP-app-1 (project SHOP)" },
  },
  {
    name: "the network of the host",
    long: true,
    files: idle("network_mode: host"),
    setup: UP,
    foreign: ["container SHOP-app-1"],
  },
  {
    name: "a name on an external network, which a dependent asks for",
    files: {
      "compose.yaml": stack("/data")["compose.yaml"] +
        "networks: { default: { external: true, name: SHOP-net } }\n",
    },
    setup: `docker network create SHOP-net && ${UP}`,
    foreign: [],
    beside: [...CONTAINERS, "network SHOP-net"],
    codes: { test: [4], release: [4] },
    says: { test: 'uses the name "db" on the network SHOP-net' },
  },
  {
    name: "a route of a proxy",
    files: idle('labels: { "caddy": "shop.example", "plain": "kept" }'),
    setup: UP,
    foreign: [],
    beside: ["container SHOP-app-1"],
    codes: { release: [4] },
    says: { release: "uses the route caddy=shop.example" },
  },
  {
    name: "a project whose name has the suffix of a twin",
    files: {
      "compose.yaml": idle("restart: always")["compose.yaml"]!
        .replace("name: SHOP", "name: SHOP--test"),
    },
    setup: UP,
    foreign: ["container SHOP--test-app-1", "network SHOP--test_default"],
    codes: { test: [2], release: [2], clean: [2] },
    says: { clean: 'project name "SHOP--test": its suffix is reserved' },
  },
  {
    name: "a range of addresses",
    files: idle(
      "restart: always",
      "networks: { default: { ipam: { config: [{ subnet: 10.199.77.0/24 }] } } }\n",
    ),
    setup: UP,
    foreign: [],
    beside: ["container SHOP-app-1", "network SHOP_default"],
    codes: { test: [3], release: [3] },
    says: {
      test: "the network SHOP_default has the addresses 10.199.77.0/24",
    },
  },
];

for (const one of TABLE) testForeign(one);

Deno.test("a later docker compose up in the twin of a release recreates nothing, and the plain project has nothing", () =>
  withPlace(async ({ todoflow, sh, project }) => {
    const { code, stderr } = await todoflow("release");
    assertEquals(code, 0, stderr);
    const ids = () =>
      output([
        ...["docker", "ps", "--quiet", "--no-trunc", "--filter"] as const,
        `label=com.docker.compose.project=${project}--release`,
      ]);
    const before = await ids();
    await sh(`docker compose -p ${project}--release up --detach --no-build`);
    assertEquals(await ids(), before);
    assertEquals(await sh("docker compose ps --all --quiet"), "");
  }, {
    files: {
      ...stack("data", "volumes: { data: }\n"),
    },
  }));

Deno.test("a fixed name stays an alias, and the file that changes names is kept and printed", () =>
  withPlace(async ({ todoflow, directory, filled }) => {
    const { code, stderr } = await todoflow("release");
    assertEquals(code, 0, stderr);
    const asked = await exec([
      ...["docker", "exec", filled("SHOP--release-app-1")] as const,
      ...["getent", "hosts", filled("SHOP-fixed")],
    ]);
    assertEquals(asked.code, 0, asked.stderr);
    const file = "reports/release/compose.override.yaml";
    const text = await Deno.readTextFile(`${directory}/${file}`);
    assertStringIncludes(text, "container_name: !reset null");
    const dry = await todoflow("release", "--dry-run");
    assertStringIncludes(dry.stdout, `cat > ${file} <<'EOF'\nservices:\n`);
  }, { files: idle("container_name: SHOP-fixed") }));

Deno.test("a release in the plain project: exit code 4 while a developer's stack is there, and the release of a twin goes", () =>
  withPlace(async ({ todoflow, sh, project, edit }) => {
    assertEquals((await todoflow("release")).code, 0);
    await edit("compose.yaml", "services:", PLAIN);
    await sh("docker compose up --detach app");
    const refused = await todoflow("release");
    assertEquals(refused.code, 4, refused.stderr);
    assertStringIncludes(refused.stderr, `container ${project}-app-1`);
    await sh("docker compose down");
    const { code, stderr } = await todoflow("release");
    assertEquals(code, 0, stderr);
    assertEquals(
      await sh("docker ps --all --format '{{.Names}}' --filter name=SHOP"),
      `${project}-app-1`,
    );
    assertEquals((await todoflow("clean")).code, 0);
  }, { files: idle("restart: always") }));

const PLAIN = "x-todoflow: { release: { project: plain } }\nservices:";

/** An image whose name has the project's name, which another service runs, and an image on which it stands. */
const NAMED = {
  "base/Dockerfile": "FROM debian:bookworm-slim\nRUN echo base > /base\n",
  "Dockerfile": 'FROM SHOP/base:1\nCMD ["sleep", "infinity"]\n',
  "compose.yaml": `
name: SHOP
services:
  base: { build: ./base, image: "SHOP/base:1", profiles: [build] }
  app: { build: ., image: "\${COMPOSE_PROJECT_NAME}/app:1", init: true }
  test: { image: "\${COMPOSE_PROJECT_NAME}/app:1", command: [cat, /base], profiles: [test] }
`,
};

for (const CI of ["", "true"]) {
  Deno.test(
    `images that are named after the project stand on each other, and run in its twin${
      CI && ", under CI too"
    }`,
    () =>
      withPlace(async ({ todoflow, project }) => {
        for (const target of ["test", "release", "clean"]) {
          const { code, stderr } = await todoflow(target);
          assertEquals(code, 0, stderr);
          if (target === "test") assertStringIncludes(stderr, "| base\n");
        }
        const names = await output([
          "docker",
          "images",
          "--format={{.Repository}}",
        ]);
        assertEquals(names.includes(project), false, names);
      }, { files: NAMED, env: { CI } }),
  );
}
