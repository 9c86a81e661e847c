/**
 * A developer's things beside a target, and in the project of its containers: none is touched, and what is in the way is
 * named.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { type ForeignCase, IDLE, testForeign, withPlace } from "./foreign.ts";

/** A database with a volume, and an application. */
const STACK = {
  "compose.yaml": `
name: SHOP
services:
  db: { ${IDLE}, volumes: ["data:/data"] }
  app: { ${IDLE}, depends_on: [db] }
  test: { image: "debian:bookworm-slim", command: ["true"], profiles: [test] }
volumes: { data: }
`,
};

/** Writes what must not be lost. */
const PRECIOUS =
  `docker compose exec -T db sh -c 'echo precious > /data/precious'`;

const UP = `docker compose up --quiet-pull --detach 2>&1 && ${PRECIOUS}`;

/** The same without an application, which a target could take for a release. */
const UP_DB = UP.replace("--detach", "--detach db");

/** In the project that is a developer's own. */
const THINGS = [
  "container SHOP-db-1",
  "container SHOP-app-1",
  "network SHOP_default",
  "volume SHOP_data",
];

/** The same in the project of the target's containers. */
const IN_TWIN = THINGS.map((thing) => thing.replace("SHOP", "SHOP--release"));

/** The network, which holds no data, is not named. */
const NAMED_IN_TWIN = IN_TWIN.filter((thing) => !thing.startsWith("network"));

/** Code for another checkout, with the files of this one, that Compose and todoflow see in the project SHOP. */
const ELSEWHERE = "cp compose.yaml $OTHER && cd $OTHER";

/** The same, whose commands for Compose are for the project of the target's containers. */
const ELSEWHERE_IN_TWIN =
  `${ELSEWHERE} && export COMPOSE_PROJECT_NAME=SHOP--release`;

/** What is in the project of a release is in the way of a release, and of its removal. */
const IN_THE_WAY = { release: [4], clean: [4] };

/** Makes a volume by hand, with the labels that Compose would give it. */
function labeled(project: string, key: string): string {
  return `docker volume create --label com.docker.compose.project=${project} \\
  --label com.docker.compose.volume=${key} ${project}_${key}
docker run --rm --volume ${project}_${key}:/data debian:bookworm-slim sh -c 'echo precious > /data/precious'`;
}

const TABLE: readonly ForeignCase[] = [
  {
    name: "a running stack with the volume of its database",
    files: STACK,
    setup: UP,
    foreign: THINGS,
  },
  {
    name: "a running stack without a service app",
    long: true,
    files: {
      "compose.yaml": STACK["compose.yaml"].replaceAll("app:", "web:") +
        "x-todoflow: { release: { app: web } }\n",
    },
    setup: UP,
    foreign: THINGS.map((thing) => thing.replace("app", "web")),
  },
  {
    name: "a volume that docker compose down has left",
    files: STACK,
    setup: `${UP} && docker compose down`,
    foreign: ["volume SHOP_data"],
  },
  {
    name: "a volume of no project, with the name of one",
    long: true,
    files: STACK,
    setup:
      `docker run --rm --volume SHOP--release_data:/data debian:bookworm-slim sh -c 'echo precious > /data/precious'`,
    foreign: ["volume SHOP--release_data"],
    // Compose would use it with a warning; clean removes what was made.
    codes: { release: [4] },
  },
  {
    name: "a network alone",
    long: true,
    files: STACK,
    setup:
      "docker compose create test && docker compose --profile '*' rm --force",
    foreign: ["network SHOP_default"],
  },
  {
    name: "stopped containers",
    long: true,
    files: STACK,
    setup: `${UP} && docker compose stop --timeout 0`,
    foreign: THINGS,
  },
  {
    name: "containers that were only created",
    long: true,
    files: STACK,
    setup: "docker compose create",
    foreign: THINGS,
  },
  {
    name: "a paused container",
    long: true,
    files: STACK,
    setup: `${UP} && docker compose pause db`,
    foreign: THINGS,
  },
  {
    name: "a service that is scaled",
    long: true,
    files: STACK,
    setup: "docker compose up --detach --scale app=2 && " + PRECIOUS,
    foreign: [...THINGS, "container SHOP-app-2"],
  },
  {
    name: "a one-off container of docker compose run",
    long: true,
    files: STACK,
    setup:
      "docker compose run --detach --no-deps --name SHOP-mine test sleep infinity",
    foreign: ["container SHOP-mine", "network SHOP_default"],
  },
  {
    name: "a container with a container_name",
    long: true,
    files: {
      "compose.yaml": `
name: SHOP
services:
  app: { ${IDLE}, container_name: SHOP-fixed }
  test: { image: "debian:bookworm-slim", command: ["true"] }
`,
    },
    setup: "docker compose up --detach app",
    foreign: ["container SHOP-fixed", "network SHOP_default"],
  },
  {
    name: "a volume with a name of its own, left by down",
    long: true,
    files: {
      "compose.yaml": STACK["compose.yaml"].replace(
        "{ data: }",
        "{ data: { name: SHOP-orders } }",
      ),
    },
    setup: `${UP} && docker compose down`,
    foreign: ["volume SHOP-orders"],
  },
  {
    name: "a network with a name of its own",
    long: true,
    files: {
      "compose.yaml": STACK["compose.yaml"] +
        "networks: { default: { name: SHOP-net } }\n",
    },
    setup: `${UP} && docker compose rm --stop --force`,
    foreign: ["network SHOP-net", "volume SHOP_data"],
  },
  {
    name: "a container of a service that the file no longer has",
    long: true,
    files: STACK,
    setup: `printf 'name: SHOP\nservices: { old: { ${IDLE} } }\n' |
docker compose --file - up --detach`,
    foreign: ["container SHOP-old-1", "network SHOP_default"],
  },
  {
    name: "a volume of the project by its label alone",
    long: true,
    files: STACK,
    setup: labeled("SHOP", "old"),
    foreign: ["volume SHOP_old"],
  },
  {
    name: "a volume of the release's project by its label alone",
    files: STACK,
    setup: labeled("SHOP--release", "old"),
    foreign: ["volume SHOP--release_old"],
    codes: IN_THE_WAY,
  },
  {
    name: "a volume that has the name and the label of a release's",
    long: true,
    files: STACK,
    setup: labeled("SHOP--release", "data"),
    foreign: ["volume SHOP--release_data"],
    codes: IN_THE_WAY,
  },
  {
    name: "a volume of the tests' project by its label alone",
    files: STACK,
    setup: labeled("SHOP--test", "old"),
    foreign: ["volume SHOP--test_old"],
    codes: { test: [4] },
  },
  {
    name: "the stack of another checkout with the same name",
    files: STACK,
    setup: `${ELSEWHERE} && ${UP}`,
    foreign: THINGS,
  },
  {
    name: "the release of another checkout with the same name",
    files: STACK,
    setup: `${ELSEWHERE} && git init --quiet && git add compose.yaml
git -c user.name=e2e -c user.email=e2e@example.com commit --quiet --message e2e
todoflow release && export COMPOSE_PROJECT_NAME=SHOP--release && ${PRECIOUS}`,
    foreign: NAMED_IN_TWIN,
    beside: IN_TWIN,
    codes: IN_THE_WAY,
  },
  {
    name: "a stack of another folder that -p has put into a release's project",
    long: true,
    files: STACK,
    setup: `${ELSEWHERE_IN_TWIN} && ${UP}`,
    foreign: NAMED_IN_TWIN,
    beside: IN_TWIN,
    codes: IN_THE_WAY,
  },
  {
    name: "a stack of this folder that -p has put into a release's project",
    files: STACK,
    setup: `export COMPOSE_PROJECT_NAME=SHOP--release && ${UP}`,
    // Its containers count as todoflow's, but it has data.
    foreign: ["volume SHOP--release_data"],
    beside: IN_TWIN,
    codes: IN_THE_WAY,
  },
  {
    name: "a volume that another checkout's down has left",
    long: true,
    files: STACK,
    setup: `${ELSEWHERE} && ${UP} && docker compose down`,
    foreign: ["volume SHOP_data"],
  },
  {
    name: "a volume in a release's project that another folder's down has left",
    long: true,
    files: STACK,
    setup: `${ELSEWHERE_IN_TWIN} && ${UP} && docker compose down`,
    foreign: ["volume SHOP--release_data"],
    codes: IN_THE_WAY,
  },
  {
    name: "a project of another folder that -p names",
    long: true,
    files: {
      "compose.yaml": STACK["compose.yaml"].replace("name: SHOP\n", ""),
    },
    args: ["-p", "SHOP"],
    setup: `${ELSEWHERE} && export COMPOSE_PROJECT_NAME=SHOP && ${UP}`,
    foreign: THINGS,
  },
  {
    name: "a project of another folder that .env names",
    long: true,
    files: {
      "compose.yaml": STACK["compose.yaml"].replace("name: SHOP\n", ""),
      ".env": "COMPOSE_PROJECT_NAME=SHOP\n",
    },
    setup: `cp compose.yaml .env $OTHER && cd $OTHER && ${UP_DB}`,
    foreign: THINGS.filter((thing) => !thing.includes("app")),
  },
  {
    name: "a project of another folder that .env names, under CI",
    long: true,
    files: {
      "compose.yaml": STACK["compose.yaml"].replace("name: SHOP\n", ""),
      ".env": "COMPOSE_PROJECT_NAME=SHOP\n",
    },
    env: { CI: "1" },
    setup: `cp compose.yaml .env $OTHER && cd $OTHER && ${UP_DB}`,
    foreign: THINGS.filter((thing) => !thing.includes("app")),
  },
  {
    name: "the developer's own stack in this checkout, under CI",
    files: STACK,
    env: { CI: "1" },
    setup: UP,
    foreign: THINGS,
  },
  {
    name: "the developer's stack of this folder under another name",
    long: true,
    files: STACK,
    setup: `export COMPOSE_PROJECT_NAME=SHOP-dev && ${UP}`,
    foreign: THINGS.map((thing) => thing.replace("SHOP", "SHOP-dev")),
  },
  {
    name: "an external volume and an external network",
    long: true,
    files: {
      "compose.yaml": STACK["compose.yaml"].replace(
        "{ data: }",
        "{ data: { external: true, name: SHOP-orders } }\n" +
          "networks: { default: { external: true, name: SHOP-net } }",
      ),
    },
    setup: `docker network create SHOP-net && docker volume create SHOP-orders
docker run --rm --volume SHOP-orders:/data debian:bookworm-slim sh -c 'echo precious > /data/precious'`,
    foreign: ["volume SHOP-orders", "network SHOP-net"],
  },
  {
    name: "a volume of another project, which the file names",
    long: true,
    files: {
      "compose.yaml": STACK["compose.yaml"].replace(
        "{ data: }",
        "{ data: { name: SHOP-shared } }",
      ),
    },
    setup:
      `docker volume create --label com.docker.compose.project=SHOP-other \\
  --label com.docker.compose.volume=data SHOP-shared
docker run --rm --volume SHOP-shared:/data debian:bookworm-slim sh -c 'echo precious > /data/precious'`,
    foreign: ["volume SHOP-shared"],
  },
  {
    name: "an anonymous volume",
    long: true,
    files: {
      "compose.yaml": STACK["compose.yaml"].replace("data:/data", "/data"),
    },
    // Compose gives it no label, so that only its container shows whose it is.
    setup: `docker compose up --detach
docker compose exec -T db sh -c 'echo precious > /data/precious'
test "$(docker compose exec -T db cat /data/precious)" = precious`,
    foreign: ["container SHOP-db-1", "container SHOP-app-1"],
  },
  {
    name: "an anonymous volume in a release's project, of another folder",
    long: true,
    files: {
      "compose.yaml": STACK["compose.yaml"].replace("data:/data", "/data"),
    },
    setup: `${ELSEWHERE_IN_TWIN}
docker compose up --detach
docker compose exec -T db sh -c 'echo precious > /data/precious'`,
    foreign: NAMED_IN_TWIN.filter((thing) => !thing.startsWith("volume")),
    codes: IN_THE_WAY,
  },
];

for (const one of TABLE) testForeign(one);

Deno.test("the commands that a refusal prints free the project: after them the target runs", () =>
  withPlace(async ({ sh, todoflow }) => {
    await sh(`${ELSEWHERE} && export COMPOSE_PROJECT_NAME=SHOP--test && ${UP}`);
    const { stderr } = await todoflow("test");
    const [, next = ""] = stderr.split(/^Next: /m);
    const commands = next.split("\n").map((line) => line.trim())
      .filter((line) => line.startsWith("# docker "))
      .map((line) => line.slice(2));
    assert(commands.length > 0, stderr);
    await sh(commands.join("\n"));
    const { code, stderr: told } = await todoflow("test");
    assertEquals(code, 0, told);
  }, { files: STACK }));
