import { assertEquals, assertStringIncludes } from "@std/assert";
import { diagnosed, lines, only, project, single } from "../situation.ts";

const GATED = project({
  text: `  app:
    image: shop:1
    depends_on:
      none: { condition: service_healthy }
      off: { condition: service_healthy }
      silenced: { condition: service_healthy }
      private: { condition: service_healthy }
      there: { condition: service_healthy }
      socket: { condition: service_healthy }
      tcp: { condition: service_healthy }
      elsewhere: { condition: service_healthy }
      started: { condition: service_started }
    healthcheck: { test: [CMD, app, check], interval: 60s }
  none:
    image: postgres:16
  off:
    image: mariadb:10.11
    healthcheck: { disable: true }
  silenced:
    image: company.example/cache:1
    healthcheck: { disable: true }
  private:
    image: company.example/db:3
  there:
    image: company.example/cache:1
  socket:
    image: mysql:8.4
    healthcheck:
      test: mysqladmin ping -uroot -p"$$MYSQL_ROOT_PASSWORD"
      interval: 3s
  tcp:
    image: postgres:16
    healthcheck:
      test: pg_isready -h 127.0.0.1
      start_interval: 1s
  elsewhere:
    image: postgres:16
    environment: { PGHOST: elsewhere }
    healthcheck:
      test: [CMD, pg_isready]
      interval: 3s
  started:
    image: redis:7
    healthcheck:
      test: redis-cli -s /run/redis.sock ping
`,
  services: `  app:
    depends_on:
      elsewhere:
        condition: service_healthy
        required: true
      none:
        condition: service_healthy
        required: true
      "off":
        condition: service_healthy
        required: true
      private:
        condition: service_healthy
        required: true
      silenced:
        condition: service_healthy
        required: true
      socket:
        condition: service_healthy
        required: true
      started:
        condition: service_started
        required: true
      tcp:
        condition: service_healthy
        required: true
      there:
        condition: service_healthy
        required: true
    healthcheck:
      test:
        - CMD
        - app
        - check
      interval: 1m0s
    image: shop:1
    networks:
      default: null
  elsewhere:
    environment:
      PGHOST: elsewhere
    healthcheck:
      test:
        - CMD
        - pg_isready
      interval: 3s
    image: postgres:16
    networks:
      default: null
  none:
    image: postgres:16
    networks:
      default: null
  "off":
    healthcheck:
      disable: true
    image: mariadb:10.11
    networks:
      default: null
  private:
    image: company.example/db:3
    networks:
      default: null
  silenced:
    healthcheck:
      disable: true
    image: company.example/cache:1
    networks:
      default: null
  socket:
    healthcheck:
      test:
        - CMD-SHELL
        - mysqladmin ping -uroot -p"$$MYSQL_ROOT_PASSWORD"
      interval: 3s
    image: mysql:8.4
    networks:
      default: null
  started:
    healthcheck:
      test:
        - CMD-SHELL
        - redis-cli -s /run/redis.sock ping
    image: redis:7
    networks:
      default: null
  tcp:
    healthcheck:
      test:
        - CMD-SHELL
        - pg_isready -h 127.0.0.1
      start_interval: 1s
    image: postgres:16
    networks:
      default: null
  there:
    image: company.example/cache:1
    networks:
      default: null
`,
});

const GATES = {
  ...GATED,
  images: {
    "company.example/cache:1": {
      Config: { Healthcheck: { Test: ["CMD", "ping"], Interval: 30e9 } },
    },
  },
};

Deno.test("gates without a health check, by a socket, or slow, are found; quick ones and services without dependents are not", async () => {
  assertEquals(lines(await diagnosed(GATES)), [
    "error no-health-check compose.yaml:17:3",
    "error no-health-check compose.yaml:19:3",
    "error no-health-check compose.yaml:22:3",
    "warning socket-probe compose.yaml:32:7",
    "advice slow-health-check compose.yaml:16:45",
    "advice slow-health-check compose.yaml:27:3",
  ]);
});

Deno.test("the health check to paste asks the database by TCP", async () => {
  const findings = single(await diagnosed(GATES));
  const [postgres, mariadb] = findings;
  assertEquals(
    postgres?.fix,
    `healthcheck:
  test: [CMD, pg_isready, -h, "127.0.0.1"]
  interval: 3s
  timeout: 5s
  retries: 20`,
  );
  assertStringIncludes(
    mariadb!.fix,
    "test: [CMD, healthcheck.sh, --connect, --innodb_initialized]",
  );
  const socket = findings.find(({ id }) => id === "socket-probe");
  assertEquals(
    socket?.fix,
    'test: [CMD-SHELL, "mysqladmin ping -uroot -p\\"$$MYSQL_ROOT_PASSWORD\\" -h 127.0.0.1"]',
  );
});

const APP = project({
  text: `  app:
    image: debian:bookworm-slim
    ports: ["127.0.0.1::3000"]
`,
  services: `  app:
    image: debian:bookworm-slim
    networks:
      default: null
    ports:
      - mode: ingress
        host_ip: 127.0.0.1
        target: 3000
        protocol: tcp
`,
});

Deno.test("an application without a health check gets one to paste for its port", async () => {
  const diagnosis = await diagnosed(APP);
  assertEquals(lines(diagnosis), [
    "advice app-without-health-check compose.yaml:4:3",
  ]);
  assertStringIncludes(
    only(diagnosis, "app-without-health-check").fix,
    'test: [CMD, bash, -c, "exec 3<>/dev/tcp/127.0.0.1/3000"]',
  );
});

const INSTALLED = {
  model: `name: project
services:
  app:
    build:
      context: /project
      dockerfile: Dockerfile
      target: release
    ports:
      - host_ip: 127.0.0.1
        target: 3000
  test:
    image: debian:bookworm-slim
`,
  files: {
    ".dockerignore": "*",
    "compose.yaml":
      "services: { test: { image: debian:bookworm-slim }, app: { build: { context: ., target: release } } }",
  },
};

for (
  const [installs, program] of [
    ["apt-get install -y python3-flask", "python3"],
    ["apt-get install -y wget python3", "python3"],
    ["apt-get install -y curl python3", "curl"],
    ["apt-get install -y curl && make && apt-get purge -y curl", "bash"],
    ["curl --output a https://example.com/a", "bash"],
    ["make install", "bash"],
  ]
) {
  Deno.test(`the health check to paste, where the Dockerfile has "${installs}", is a request by ${program}`, async () => {
    const diagnosis = await diagnosed({
      ...INSTALLED,
      files: {
        ...INSTALLED.files,
        Dockerfile: `FROM debian:bookworm-slim AS base
RUN ${installs}
FROM base AS test
RUN apt-get install -y curl wget
FROM base AS release
USER app
`,
      },
    });
    assertStringIncludes(
      only(diagnosis, "app-without-health-check").fix,
      `test: [CMD, ${program}, `,
    );
  });
}

const BUILT = project({
  text: `  app:
    build: .
    depends_on:
      db: { condition: service_healthy }
      bare: { condition: service_healthy }
  db:
    build:
      context: .
      dockerfile: db.Dockerfile
  bare:
    build:
      context: .
      dockerfile: bare.Dockerfile
`,
  services: `  app:
    build:
      context: /project
      dockerfile: Dockerfile
    depends_on:
      bare:
        condition: service_healthy
        required: true
      db:
        condition: service_healthy
        required: true
    networks:
      default: null
  bare:
    build:
      context: /project
      dockerfile: bare.Dockerfile
    networks:
      default: null
  db:
    build:
      context: /project
      dockerfile: db.Dockerfile
    networks:
      default: null
`,
});

Deno.test("the health check of an image that is built is the Dockerfile's", async () => {
  const diagnosis = await diagnosed({
    model: BUILT.model,
    files: {
      ...BUILT.files,
      "Dockerfile":
        'FROM node:22\nUSER node\nHEALTHCHECK --interval=5s CMD ["check"]\n',
      "db.Dockerfile": "FROM postgres:16\nHEALTHCHECK \\\n  CMD pg_isready\n",
      "bare.Dockerfile": "FROM scratch\n",
    },
  });
  assertEquals(lines(diagnosis).filter((line) => !line.includes("root")), [
    "error no-health-check compose.yaml:13:3",
    "warning socket-probe db.Dockerfile:2:1",
    "advice slow-health-check db.Dockerfile:2:1",
  ]);
});
