import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Diagnosis } from "../../../../../lib/doctor/project/finding.ts";
import {
  CHECKED,
  diagnosed,
  lines,
  only,
  project,
  single,
} from "../situation.ts";

const ODD_TEXT = `version: "2.4"
services:
  test:
    image: debian
  app:
    image: registry.example:5000/shop
    depends_on: [db, sidecar, twins, pair, pinned]
    healthcheck: { test: [CMD, app, check], interval: 3s }
    post_start:
      - command: warm-up
  db:
    image: mariadb:latest
    mem_limit: 200m
  sidecar:
    image: sidecar:1
    network_mode: service:db
  twins:
    image: twins:1
    scale: 2
  pair:
    image: pair:1
    deploy:
      replicas: 2
  pinned:
    image: pinned@sha256:0000000000000000000000000000000000000000000000000000000000000000
  unused:
    image: unused
    profiles: [dev]
    network_mode: service:db
`;
const ODD_MODEL = `name: project
services:
  app:
    depends_on:
      db:
        condition: service_started
        required: true
      pair:
        condition: service_started
        required: true
      pinned:
        condition: service_started
        required: true
      sidecar:
        condition: service_started
        required: true
      twins:
        condition: service_started
        required: true
    ${CHECKED}
    image: registry.example:5000/shop
    networks:
      default: null
    post_start:
      - command:
          - warm-up
  db:
    image: mariadb:latest
    mem_limit: "209715200"
    networks:
      default: null
  pair:
    deploy:
      replicas: 2
    image: pair:1
    networks:
      default: null
  pinned:
    image: pinned@sha256:0000000000000000000000000000000000000000000000000000000000000000
    networks:
      default: null
  sidecar:
    depends_on:
      db:
        condition: service_started
        restart: true
        required: true
    image: sidecar:1
    network_mode: service:db
  test:
    image: debian
    networks:
      default: null
  twins:
    image: twins:1
    networks:
      default: null
    scale: 2
  unused:
    profiles:
      - dev
    depends_on:
      db:
        condition: service_started
        restart: true
        required: true
    image: unused
    network_mode: service:db
networks:
  default:
    name: project_default
`;

const ODD = { model: ODD_MODEL, files: { "compose.yaml": ODD_TEXT } };

Deno.test("unsupported features and floating images are found in services that a target starts", async () => {
  const found = lines(await diagnosed(ODD));
  assertEquals(found.filter((line) => !line.includes("store")), [
    "error unsupported compose.yaml:9:5",
    "error unsupported compose.yaml:16:5",
    "error unsupported compose.yaml:19:5",
    "error unsupported compose.yaml:23:7",
    "advice obsolete-version compose.yaml:1:1",
    "advice latest-image compose.yaml:4:5",
    "advice latest-image compose.yaml:6:5",
    "advice latest-image compose.yaml:12:5",
  ]);
});

Deno.test("hooks are for Compose 2.30 and later", async () => {
  const hooks = async (version: string) => {
    const docker = { "compose version": { stdout: `${version}\n` } };
    return lines(await diagnosed({ ...ODD, docker }))
      .filter((line) => line.endsWith("compose.yaml:9:5")).length;
  };
  assertEquals(await hooks("2.29.7"), 1);
  assertEquals(await hooks("2.30.0"), 0);
  assertEquals(await hooks("5.5.1"), 0);
});

Deno.test("the fix of a floating image is the digest of the one that is there", async () => {
  const diagnosis = await diagnosed({
    ...ODD,
    images: { "mariadb:latest": { RepoDigests: ["mariadb@sha256:abc"] } },
  });
  assertEquals(
    single(diagnosis).filter(({ id }) => id === "latest-image")
      .map(({ fix }) => fix),
    ["", "", "image: mariadb@sha256:abc"],
  );
});

Deno.test("a memory limit counts where the engine has no way to keep it", async () => {
  const info = `{"Name":"here","MemTotal":8000000000,"MemoryLimit":false}`;
  const diagnosis = await diagnosed({
    ...ODD,
    docker: { "info --format": { stdout: info } },
  });
  assertEquals(only(diagnosis, "memory-limit").location?.line, 13);
  const memory = diagnosis.facts.find(({ name }) => name === "memory");
  assertEquals(memory?.ok, false);
});

Deno.test("COMPOSE_COMPATIBILITY is not supported, unless it is off", async () => {
  const found = async (value: string) => {
    const env = { COMPOSE_COMPATIBILITY: value };
    const { findings } = await diagnosed({ ...ODD, env });
    return findings.some(({ title }) => title.includes("COMPATIBILITY"));
  };
  assertEquals(await found("true"), true);
  assertEquals(await found("1"), true);
  assertEquals(await found("false"), false);
  assertEquals(await found(""), false);
});

const ROLES_TEXT = `services:
  worker:
    image: worker:1
  web:
    image: web:1
    ports: ["127.0.0.1::80"]
  unit-tests:
    image: tests:1
`;
const ROLES_MODEL = `name: project
services:
  unit-tests:
    image: tests:1
    networks:
      default: null
  web:
    image: web:1
    networks:
      default: null
    ports:
      - mode: ingress
        host_ip: 127.0.0.1
        target: 80
        protocol: tcp
  worker:
    image: worker:1
    networks:
      default: null
networks:
  default:
    name: project_default
`;

Deno.test("roles that rules can tell are no finding", async () => {
  const diagnosis = await diagnosed({
    model: ROLES_MODEL,
    files: { "compose.yaml": ROLES_TEXT },
  });
  assertEquals(lines(diagnosis), [
    "advice app-without-health-check compose.yaml:4:3",
  ]);
});

/** The facts about roles. */
function rolesIn({ facts }: Diagnosis): string[] {
  const from = facts.findIndex(({ name }) => name === "app");
  return facts.slice(from)
    .map(({ name, value, ok }) => `${ok ? "" : "!! "}${name}: ${value}`);
}

Deno.test("roles and what a release leaves out are facts, with the reasons of the rules", async () => {
  const model = ROLES_MODEL.replace(
    "networks:\n  default:\n    name",
    `  tunnel:
    image: cloudflare/cloudflared:1
networks:
  default:
    name`,
  );
  const files = { "compose.yaml": ROLES_TEXT };
  assertEquals(rolesIn(await diagnosed({ model, files })), [
    "app: web (the only one that publishes a port)",
    "tests: unit-tests (by its name)",
    "also released: worker",
    "left out: tunnel (is a tunnel)",
  ]);
  const bare = "name: project\nservices:\n  db:\n    image: postgres:16\n";
  assertEquals(rolesIn(await diagnosed({ model: bare, files })).slice(0, 2), [
    "!! app: none",
    "!! tests: none",
  ]);
});

Deno.test("tests in a file beside the default one are a fact, and no finding", async () => {
  const situation = {
    model: ROLES_MODEL.replaceAll("unit-tests", "other"),
    files: {
      "compose.yaml": ROLES_TEXT.replaceAll("unit-tests", "other"),
      "docker-compose.test.yml": "services: { sut: { build: . } }\n",
    },
  };
  const diagnosis = await diagnosed(situation);
  assertEquals(lines(diagnosis).filter((one) => one.includes("role")), []);
  assertEquals(rolesIn(diagnosis)[1], "tests: in docker-compose.test.yml");
  const two = await diagnosed({
    ...situation,
    files: {
      ...situation.files,
      "docker-compose.ci.yml": "services: { sut: { build: . } }\n",
    },
  });
  assertEquals(only(two, "many-test-files").severity, "error");
});

Deno.test("a role that no service can have, and a command that the image may lack, get no lines to paste", async () => {
  const fix = async (files: Record<string, string>, app = "") => {
    const diagnosis = await diagnosed({
      model: `name: project
services:
  db:
    image: postgres:16
${app}`,
      files: { "compose.yaml": "services: {}\n", ...files },
    });
    return only(diagnosis, "no-role").fix;
  };
  const npm = { "package.json": `{"scripts": {"test": "jest"}}` };
  assertEquals(await fix(npm), "");
  const app = `  app:
    build:
      context: /project
      dockerfile: Dockerfile
`;
  const run = "x-todoflow:\n  test:\n    run: [npm, test]";
  assertEquals(await fix({ ...npm, Dockerfile: "FROM node:22" }, app), run);
  assertEquals(await fix({ ...npm, Dockerfile: "FROM nginx" }, app), "");
  assertEquals(await fix({ Dockerfile: "FROM node:22" }, app), "");
  const workers = ["a", "b", "c", "d", "e", "f", "g"]
    .map((name) => `  ${name}:\n    image: ${name}:1\n`).join("");
  assertEquals(
    await fix({}, workers),
    "x-todoflow:\n  release:\n    app: a   # or b, c, d, e, or one of 2 more",
  );
  const python = { "requirements.txt": "", Dockerfile: "FROM python:3.13" };
  assertEquals(await fix(python, app), "");
});

Deno.test("all roles that are missing are one finding, with one block to paste", async () => {
  const model = ROLES_MODEL.replaceAll("unit-tests", "first")
    .replaceAll("web", "second");
  const text = ROLES_TEXT.replaceAll("unit-tests", "first")
    .replaceAll("web", "second");
  const diagnosis = await diagnosed({
    model: model.replaceAll(/ {4}ports:\n( {6}.*\n)+/g, ""),
    files: {
      "compose.yaml": text,
      "package.json": `{"scripts": {"test": "jest"}}`,
    },
  });
  const { title, fix } = only(diagnosis, "no-role");
  assertStringIncludes(title, "Cannot test: no service runs tests");
  assertStringIncludes(
    title,
    'Cannot release: the app may be "first", "second"',
  );
  assertEquals(
    fix,
    `x-todoflow:
  release:
    app: first   # or second`,
  );
});

Deno.test("a block that is there is not proposed a second time", async () => {
  const diagnosis = await diagnosed({
    model: ROLES_MODEL.replaceAll("unit-tests", "worker-2")
      .replace("image: web:1", "image: python:3.13") +
      "x-todoflow:\n  release: { path: /health }\n",
    files: {
      "compose.yaml": ROLES_TEXT +
        "x-todoflow: { release: { path: /health } }\n",
      "manage.py": "",
    },
  });
  const { severity, fix } = only(diagnosis, "no-role");
  // A project without tests can be released all the same.
  assertEquals(severity, "warning");
  assertEquals(
    fix,
    "# in x-todoflow:\ntest:\n  run: [python, manage.py, test]",
  );
});

const MOUNTS = project({
  text: `  app:
    image: shop:1
    depends_on: [db]
    healthcheck: { test: [CMD, app, check], interval: 3s }
    volumes:
      - ./conf:/conf
      - data:/data
  db:
    image: db:1
    secrets: [password]
volumes:
  data:
secrets:
  password:
    file: ./password.txt
`,
  services: `  app:
    depends_on:
      db:
        condition: service_started
        required: true
    ${CHECKED}
    image: shop:1
    networks:
      default: null
    volumes:
      - type: bind
        source: /project/conf
        target: /conf
        bind:
          create_host_path: true
      - type: volume
        source: data
        target: /data
        volume: {}
  db:
    image: db:1
    networks:
      default: null
    secrets:
      - source: password
        target: /run/secrets/password
`,
  rest: `volumes:
  data:
    name: project_data
secrets:
  password:
    name: project_password
    file: /project/password.txt
`,
});

Deno.test("mounts of this machine are found where the engine is on another one", async () => {
  const mounts = (diagnosis: Diagnosis) =>
    lines(diagnosis).filter((line) => line.includes("mount"));
  assertEquals(mounts(await diagnosed(MOUNTS)), []);
  const diagnosis = await diagnosed({
    ...MOUNTS,
    docker: { "context inspect": { stdout: "ssh://me@ci.example\n" } },
  });
  assertEquals(mounts(diagnosis), [
    "warning remote-mount compose.yaml:8:5",
    "warning remote-mount compose.yaml:13:5",
  ]);
  const [app, db] = diagnosis.findings
    .filter(({ id }) => id === "remote-mount");
  assertStringIncludes(app!.title, "/project/conf at /conf");
  assertStringIncludes(db!.title, "/project/password.txt as secret");
  // Neither is built.
  assertEquals([app!.fix, db!.fix], ["", ""]);
});
