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
    "warning started-store compose.yaml:6:5",
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

/** The first line of the check to paste for an app of this image, which publishes the port. */
async function checkOf(
  dockerfile: string,
  { port = 3000, rest = "" }: { port?: number; rest?: string } = {},
) {
  const diagnosis = await diagnosed({
    ...INSTALLED,
    model: INSTALLED.model.replace("3000", `${port}`)
      .replace("      target: release\n", "") + rest,
    // Of an image that is not there, it is not known whether it has a check.
    images: Object.fromEntries(
      [...dockerfile.matchAll(/^FROM (\S+)/gm)]
        .map(([, image]) => [image, { Config: {} }]),
    ),
    files: { ...INSTALLED.files, Dockerfile: dockerfile },
  });
  return only(diagnosis, "app-without-health-check").fix.split("\n")[1]?.trim();
}

Deno.test("the health check to paste is by a program that the image certainly has, and none where none is known", async () => {
  const starts = async (dockerfile: string, start: string | undefined) =>
    assertEquals(
      (await checkOf(dockerfile))?.slice(0, start?.length),
      start,
      dockerfile,
    );
  await starts("FROM denoland/deno:2.9.6", "test: [CMD, deno, eval, ");
  await starts("FROM node:22-alpine", "test: [CMD, node, -e, ");
  await starts("FROM python:3.13-slim", "test: [CMD, python3, -c, ");
  await starts("FROM golang:1.25", "test: [CMD, bash, -c, ");
  await starts("FROM alpine:3", 'test: [CMD, nc, -z, "127.0.0.1", "3000"]');
  await starts("FROM node:22 AS a\nFROM nginx:1-alpine", "test: [CMD, nc, ");
  // What speaks FastCGI answers no request.
  await starts("FROM php:8-fpm\nRUN apt-get install curl", "test: [CMD, bash");
  for (
    const unknown of [
      ...["scratch", "gcr.io/distroless/nodejs22", "company.example/base"],
      "mcr.microsoft.com/dotnet/aspnet:8.0-noble-chiseled",
    ]
  ) await starts(`FROM ${unknown}`, undefined);
});

Deno.test("a port of TLS is only connected to", async () => {
  const check = await checkOf("FROM node:22", { port: 8443 });
  assertStringIncludes(check!, "/dev/tcp/127.0.0.1/8443");
});

Deno.test("a path in x-todoflow has to succeed, any answer of / will do", async () => {
  const rest = "x-todoflow: { release: { path: /health } }\n";
  const check = await checkOf("FROM node:22", { rest });
  assertStringIncludes(check!, "http://127.0.0.1:3000/health");
  assertStringIncludes(check!, "r.statusCode < 400");
  assertEquals((await checkOf("FROM node:22"))?.includes("statusCode"), false);
  assertStringIncludes(
    (await checkOf("FROM alpine:3", { rest }))!,
    'test: [CMD, wget, -qO, /dev/null, "http://127.0.0.1:3000/health"]',
  );
});

Deno.test("the port is the one that the image declares, if none is published; without one there is no check", async () => {
  const fix = async (dockerfile: string) => {
    const diagnosis = await diagnosed({
      model: INSTALLED.model.replace(/ {4}ports:\n.*\n.*\n/, "")
        .replace("      target: release\n", ""),
      files: { ...INSTALLED.files, Dockerfile: dockerfile },
    });
    return only(diagnosis, "app-without-health-check").fix;
  };
  const base = "FROM golang:1.25\nUSER app\n";
  assertStringIncludes(await fix(`${base}EXPOSE 53/udp 5000\n`), "/5000");
  assertEquals(await fix(base), "");
});

Deno.test("a check by TCP keeps the variables of the Compose file", async () => {
  const test = "pg_isready -U ${DB_USER:-shop} -d $$POSTGRES_DB";
  const written = project({
    text: `  app:
    image: shop:1
    depends_on: { db: { condition: service_healthy } }
  db:
    image: postgres:16
    healthcheck: { test: [CMD-SHELL, "${test}"], interval: 3s }
`,
    services: `  app:
    image: shop:1
    depends_on:
      db:
        condition: service_healthy
        required: true
  db:
    image: postgres:16
    healthcheck:
      test:
        - CMD-SHELL
        - pg_isready -U shop -d $$POSTGRES_DB
      interval: 3s
`,
  });
  assertEquals(
    only(await diagnosed(written), "socket-probe").fix,
    'test: [CMD-SHELL, "pg_isready -h 127.0.0.1 -U ${DB_USER:-shop} -d $$POSTGRES_DB"]',
  );
});

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
