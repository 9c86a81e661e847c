/**
 * Objects that a developer has made next to a release, in its project, and out of its images.
 *
 * @module
 */

import { type ForeignCase, IDLE, testForeign } from "./foreign.ts";

/** An application that is built, with a database that has a volume. */
const BUILT = {
  "Dockerfile": "FROM debian:bookworm-slim\nCOPY v /v\n",
  "v": "1\n",
  "compose.yaml": `
name: SHOP
services:
  db: { ${IDLE}, volumes: ["data:/data"] }
  app: { build: ., init: true, command: [sleep, infinity], depends_on: [db] }
  test: { image: "debian:bookworm-slim", command: ["true"], profiles: [test] }
volumes: { data: }
`,
};

/** The same with more names for its image. */
const TAGGED = {
  ...BUILT,
  "compose.yaml": BUILT["compose.yaml"].replace(
    "build: .",
    "build: { context: ., tags: ['SHOP-extra:1'] }",
  ),
};

/** The same with a one-shot that has a command, and so a container of its own. */
const SEEDED = {
  ...BUILT,
  "compose.yaml": BUILT["compose.yaml"] +
    "x-todoflow: { release: { setup: [{ name: seed, service: app, run: [echo, seeded] }] } }\n",
};

const WRITE = "sh -c 'echo precious > /data/precious'";

/** Writes what must not be lost, into the volume of the release. */
const PRECIOUS = `docker exec SHOP--release-db-1 ${WRITE}`;

const RELEASED = `todoflow release && ${PRECIOUS}`;

/** Lets Compose work in the release's project, as for another checkout: what it makes of this one's counts as the release's. */
const ELSEWHERE =
  "cp -R . $OTHER/ && cd $OTHER && export COMPOSE_PROJECT_NAME=SHOP--release";

/** The release's own things. */
const RELEASE = [
  "container SHOP--release-db-1",
  "container SHOP--release-app-1",
  "network SHOP--release_default",
  "volume SHOP--release_data",
];

/** The release's own things but these. */
function but(...things: readonly string[]): string[] {
  return RELEASE.filter((thing) => !things.includes(thing));
}

/** What is in the project of a release is in the way of a release, and of its removal. */
const IN_THE_WAY = { release: [4], clean: [4] };

const TABLE: readonly ForeignCase[] = [
  {
    name:
      "a container that docker run has started from an image of the project",
    long: true,
    files: BUILT,
    setup:
      "docker compose build && docker run --detach --init --name SHOP-mine SHOP-app sleep infinity",
    foreign: ["container SHOP-mine"],
  },
  {
    name: "a container of no project with the name of a one-shot's",
    files: SEEDED,
    setup: `${RELEASED} && docker run --detach --name SHOP--release-seed-run \\
  --init debian:bookworm-slim sleep infinity`,
    foreign: ["container SHOP--release-seed-run"],
    // It is seen before the earlier release goes.
    beside: RELEASE,
    targets: ["test", "release"],
    codes: { release: [4] },
    says: { release: 'names that the project "SHOP--release" needs are taken' },
  },
  {
    name: "a container of no project with the name of the tests'",
    long: true,
    files: BUILT,
    setup:
      "docker run --detach --name SHOP--test-test-run --init debian:bookworm-slim sleep infinity",
    foreign: ["container SHOP--test-test-run"],
    codes: { test: [4] },
  },
  {
    name: "a container of docker run that has exited",
    long: true,
    files: BUILT,
    setup: "docker compose build && docker run --name SHOP-mine SHOP-app true",
    foreign: ["container SHOP-mine"],
  },
  {
    name: "a container of docker run from a released image, during test",
    long: true,
    files: BUILT,
    setup:
      `${RELEASED} && docker run --detach --init --name SHOP-mine SHOP-app sleep infinity`,
    foreign: ["container SHOP-mine"],
    beside: RELEASE,
    targets: ["test"],
  },
  {
    name: "a container of docker run from a released image",
    files: BUILT,
    setup:
      `${RELEASED} && docker run --detach --init --name SHOP-mine SHOP-app sleep infinity`,
    foreign: ["container SHOP-mine"],
    targets: ["release", "clean"],
  },
  {
    name:
      "a container of docker run from an image with the name of the release's project",
    files: BUILT,
    setup:
      `${RELEASED} && docker run --detach --init --name SHOP-mine SHOP--release-app sleep infinity`,
    foreign: ["container SHOP-mine"],
    targets: ["release", "clean"],
  },
  {
    name: "a released container that docker compose up has recreated",
    long: true,
    files: BUILT,
    setup:
      `${RELEASED} && ${ELSEWHERE} && docker compose up --detach --no-deps --force-recreate app`,
    foreign: ["container SHOP--release-app-1"],
    beside: but("container SHOP--release-app-1"),
    codes: IN_THE_WAY,
  },
  {
    name: "a released stack that down and up have made anew",
    long: true,
    files: BUILT,
    setup: `${RELEASED} && export COMPOSE_PROJECT_NAME=SHOP--release
docker compose down --volumes && docker compose up --detach && ${PRECIOUS}`,
    // Its containers count as the release's, but todoflow has not made the volume with the data.
    foreign: ["volume SHOP--release_data"],
    beside: RELEASE,
    codes: IN_THE_WAY,
  },
  {
    name: "a released volume that was removed and made again",
    files: BUILT,
    setup: `${RELEASED} && export COMPOSE_PROJECT_NAME=SHOP--release
docker compose rm --stop --force db
docker volume rm SHOP--release_data && docker compose up --detach db && ${PRECIOUS}`,
    foreign: ["volume SHOP--release_data"],
    beside: RELEASE,
    codes: IN_THE_WAY,
  },
  {
    name: "a volume that has those labels of a released one that Compose gives",
    long: true,
    files: BUILT,
    setup: `${RELEASED} && docker compose -p SHOP--release rm --stop --force db
docker volume inspect --format '{{range $k, $v := .Labels}}--label {{$k}}={{$v}} {{end}}' SHOP--release_data > labels
docker volume rm SHOP--release_data
sleep 1.1
docker volume create $(grep -o -- '--label com.docker.compose[^ ]*' labels | grep -v working_dir) SHOP--release_data
docker run --rm --volume SHOP--release_data:/data debian:bookworm-slim ${WRITE}`,
    foreign: ["volume SHOP--release_data"],
    beside: but("container SHOP--release-db-1"),
    codes: IN_THE_WAY,
  },
  {
    name: "a released service that docker compose up has scaled",
    long: true,
    files: BUILT,
    setup:
      `${RELEASED} && ${ELSEWHERE} && docker compose up --detach --no-recreate --scale app=2`,
    foreign: ["container SHOP--release-app-2"],
    beside: RELEASE,
    codes: IN_THE_WAY,
  },
  {
    name: "a one-off container in the project of a release",
    long: true,
    files: BUILT,
    setup:
      `${RELEASED} && ${ELSEWHERE} && docker compose run --detach --no-deps --name SHOP-mine test sleep infinity`,
    foreign: ["container SHOP-mine"],
    beside: RELEASE,
    codes: IN_THE_WAY,
  },
  {
    name: "a released network that down and up have made anew",
    long: true,
    files: BUILT,
    setup:
      `${RELEASED} && ${ELSEWHERE} && docker compose down && docker compose up --detach`,
    foreign: but("volume SHOP--release_data", "network SHOP--release_default"),
    beside: RELEASE,
    codes: IN_THE_WAY,
  },
  {
    name: "an image that docker compose build has made",
    files: BUILT,
    setup: "docker compose build && echo 2 > v",
    foreign: [],
    beside: ["image SHOP-app:latest"],
    // release keeps the name; its test is below.
    targets: ["test", "clean"],
    says: {
      test: "takes the name SHOP-app:latest from image sha256:",
      clean: "SHOP-app:latest",
    },
  },
  {
    name: "an image of another origin with the name of a built one",
    files: BUILT,
    setup: "docker tag debian:bookworm-slim SHOP-app:latest",
    foreign: [],
    beside: ["image SHOP-app:latest", "image debian:bookworm-slim"],
    targets: ["test", "clean"],
    says: {
      test: "takes the name SHOP-app:latest from image sha256:",
      clean: "SHOP-app:latest",
    },
  },
  {
    name: "an image with build.tags that docker compose build has made",
    files: TAGGED,
    setup: "docker compose build && echo 2 > v",
    foreign: [],
    beside: ["image SHOP-app:latest", "image SHOP-extra:1"],
    targets: ["test", "clean"],
    says: {
      test: "takes the name SHOP-extra:1 from image sha256:",
      clean: "SHOP-extra:1",
    },
  },
];

for (const one of TABLE) testForeign(one);
