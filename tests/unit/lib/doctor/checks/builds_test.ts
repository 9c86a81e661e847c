import { assertEquals } from "@std/assert";
import {
  CHECKED,
  diagnosed,
  DOCKERFILE,
  lines,
  only,
  project,
  single,
} from "../situation.ts";

const BUILD_TEXT = `services:
  test:
    build: { context: ., target: test }
    profiles: [test]
  app:
    build: .
    healthcheck: { test: [CMD, app, check], interval: 3s }
  acceptance:
    build: { context: ., target: test }
    profiles: [test]
`;
const BUILD_MODEL = `name: project
services:
  acceptance:
    profiles:
      - test
    build:
      context: /project
      dockerfile: Dockerfile
      target: test
    networks:
      default: null
  app:
    build:
      context: /project
      dockerfile: Dockerfile
    ${CHECKED}
    networks:
      default: null
  test:
    profiles:
      - test
    build:
      context: /project
      dockerfile: Dockerfile
      target: test
    networks:
      default: null
networks:
  default:
    name: project_default
`;

/** The project with this Dockerfile. */
function withDockerfile(text: string, images: Record<string, unknown> = {}) {
  return diagnosed({
    model: BUILD_MODEL,
    images,
    files: {
      "compose.yaml": BUILD_TEXT,
      "Dockerfile": text,
      ".dockerignore": "*\n!src\n",
    },
  });
}

const TEST = `FROM denoland/deno:debian-2.9.6 AS test
COPY src/ src/
CMD ["deno", "test"]
`;

Deno.test("a Dockerfile without fault is none", async () => {
  assertEquals(lines(await withDockerfile(TEST + DOCKERFILE)), []);
});

Deno.test("a base without a version is found where it stands, once, and only if it is built on", async () => {
  const diagnosis = await withDockerfile(`FROM golang AS unused
FROM debian:latest AS test
COPY --from=registry.example:5000/tools /bin/tool /bin/
CMD ["test"]
FROM test
USER app
CMD ["serve"]
`);
  assertEquals(lines(diagnosis), [
    "advice latest-base Dockerfile:2:1",
    "advice latest-base Dockerfile:3:1",
  ]);
  // Which version is the right one, doctor cannot tell.
  const bases = single(diagnosis).filter(({ id }) => id === "latest-base");
  assertEquals(bases.map(({ fix }) => fix), ["", ""]);
});

Deno.test("a base that is there is pinned to what it is", async () => {
  const diagnosis = await withDockerfile(
    `FROM debian AS test\nUSER app\n`,
    { debian: { RepoDigests: ["debian@sha256:abc"] } },
  );
  assertEquals(
    only(diagnosis, "latest-base").fix,
    "FROM debian@sha256:abc AS test",
  );
});

Deno.test("an application that runs as root is found, at USER or at its stage; tests may", async () => {
  const at = async (release: string, images = {}) => {
    const diagnosis = await withDockerfile(`${TEST}${release}\n`, images);
    return lines(diagnosis).filter((line) => line.includes("root-user"));
  };
  assertEquals(await at("FROM node:22"), ["advice root-user Dockerfile:4:1"]);
  assertEquals(await at("FROM node:22\nUSER app\nUSER 0:0"), [
    "advice root-user Dockerfile:6:1",
  ]);
  assertEquals(await at("FROM node:22\nUSER 1000"), []);
  assertEquals(await at("FROM node:22\nUSER $NAME"), []);
  const nonroot = { Config: { User: "65532" } };
  assertEquals(await at("FROM gcr.io/x:1", { "gcr.io/x:1": nonroot }), []);
  const root = { Config: { User: "" } };
  assertEquals((await at("FROM gcr.io/x:1", { "gcr.io/x:1": root })).length, 1);
});

Deno.test("the user to paste is made as the base makes users", async () => {
  const fix = async (base: string) => {
    const diagnosis = await withDockerfile(`${TEST}FROM ${base}\n`);
    return only(diagnosis, "root-user").fix;
  };
  const lines = async (base: string) => (await fix(base)).split("\n").slice(1);
  assertEquals(
    await fix("node:22-alpine"),
    "# at the end of the stage, above CMD:\nUSER node",
  );
  assertEquals(await lines("python:3.13-alpine"), [
    "RUN adduser -D app",
    "USER app",
  ]);
  assertEquals(await lines("python:3.13"), [
    "RUN useradd --create-home app",
    "USER app",
  ]);
  assertEquals(await lines("denoland/deno:2.9.6"), ["USER deno"]);
  // No program of the image can make a user.
  assertEquals(await lines("scratch"), ["USER 1000:1000"]);
  assertEquals(await lines("amazonlinux:2023"), ["USER 1000:1000"]);
  assertEquals(await lines("debian:12\nRUN useradd -r shop && ls"), [
    "USER shop",
  ]);
  assertEquals(
    await fix("debian:12\nUSER shop\nUSER root"),
    "# instead of this line:\nUSER shop",
  );
});

Deno.test("doctor is silent about the user of an image that it cannot see, and of one that gives up being root", async () => {
  const found = async (release: string, files = {}) => {
    const diagnosis = await diagnosed({
      model: BUILD_MODEL,
      files: {
        "compose.yaml": BUILD_TEXT,
        "Dockerfile": `${TEST}FROM ${release}\n`,
        ".dockerignore": "*\n!src\n",
        ...files,
      },
    });
    return diagnosis.findings.some(({ id }) => id === "root-user");
  };
  for (
    const silent of [
      ...["gcr.io/distroless/static:nonroot", "company.example/base:1"],
      ...["grafana/k6:1", "postgres:16", "nginx:1.27", "httpd:2.4"],
      ...["php:8.3-fpm", "php:8.3-apache"],
      'debian:12\nCMD ["gosu", "app", "serve"]',
      'debian:12\nENTRYPOINT ["/usr/bin/supervisord"]',
      'debian:12\nENTRYPOINT ["/unseen/docker-entrypoint.sh"]',
    ]
  ) assertEquals(await found(silent), false, silent);
  assertEquals(await found("php:8.3-cli"), true);
  const script = 'debian:12\nENTRYPOINT ["/entrypoint.sh"]';
  const files = (text: string) => ({ "entrypoint.sh": text });
  assertEquals(await found(script, files("exec serve\n")), true);
  assertEquals(await found(script, files('exec su-exec app "$@"')), false);
});

Deno.test("a command in shell form is found, with the exec form to paste", async () => {
  const fix = async (command: string) => {
    const diagnosis = await withDockerfile(
      `${TEST}FROM debian:12\nUSER app\nCMD ${command}\n`,
    );
    assertEquals(lines(diagnosis), ["advice shell-form Dockerfile:6:1"]);
    return only(diagnosis, "shell-form").fix;
  };
  assertEquals(await fix("serve --port 80"), 'CMD ["serve", "--port", "80"]');
  assertEquals(
    await fix("serve --port $PORT"),
    'CMD ["/bin/sh", "-c", "exec serve --port $PORT"]',
  );
  assertEquals(
    await fix("migrate && serve"),
    'CMD ["/bin/sh", "-c", "migrate && exec serve"]',
  );
  assertEquals(
    await fix("serve | tee log"),
    '# a script whose last line is: exec PROGRAM\nCMD ["./SCRIPT"]',
  );
});

Deno.test("a Dockerfile or a stage that is not there breaks the workflow", async () => {
  const model = BUILD_MODEL;
  const files = { "compose.yaml": BUILD_TEXT };
  assertEquals(lines(await diagnosed({ model, files })), [
    "error no-dockerfile compose.yaml:3:5",
    "error no-dockerfile compose.yaml:6:5",
  ]);
  const elsewhere = await diagnosed({
    model: model.replaceAll("/project", "/nowhere"),
    files,
  });
  const found = elsewhere.findings.filter(({ id }) => id === "no-context");
  assertEquals(found.map(({ title, why }) => [title, why]), [[
    "Services cannot be built: no build context",
    "they do not exist or cannot be read",
  ]]);
  assertEquals(
    lines(elsewhere)
      .filter((line) => line.startsWith("error")),
    [
      "error no-context compose.yaml:3:14",
      "error no-context compose.yaml:6:5",
    ],
  );
  const diagnosis = await withDockerfile(DOCKERFILE);
  assertEquals(lines(diagnosis), ["error no-stage compose.yaml:3:26"]);
  assertEquals(only(diagnosis, "no-stage").fix, "");
});

Deno.test("the fix of a Dockerfile that is missing is its submodule, or the only other one", async () => {
  const fix = async (files: Record<string, string>) => {
    const diagnosis = await diagnosed({
      model: BUILD_MODEL.replaceAll("/project", "/project/api"),
      files: { "compose.yaml": BUILD_TEXT, ...files },
    });
    const found = single(diagnosis)
      .filter(({ id }) => id === "no-dockerfile" || id === "no-context");
    return [...new Set(found.map(({ fix }) => fix))];
  };
  const modules = '[submodule "api"]\n\tpath = api\n\turl = x\n';
  const update = ["git submodule update --init"];
  assertEquals(await fix({ ".gitmodules": modules }), update);
  assertEquals(
    await fix({ ".gitmodules": modules, "api/.keep": "" }),
    update,
  );
  const other = modules.replace("path = api", "path = apis");
  assertEquals(await fix({ ".gitmodules": other }), [""]);
  assertEquals(await fix({ "api/dev.Dockerfile": "" }), [
    "dockerfile: dev.Dockerfile",
  ]);
  const two = { "api/dev.Dockerfile": "", "api/Dockerfile.prod": "" };
  assertEquals(await fix(two), [""]);
});

Deno.test("a base that a service of the file builds is no image that changes", async () => {
  const diagnosis = await diagnosed({
    model: BUILD_MODEL.replace(
      "\n  test:\n",
      `
  base:
    build:
      context: /project
      dockerfile: base.Dockerfile
    image: shared
  test:
`,
    ),
    files: {
      "compose.yaml": BUILD_TEXT,
      "base.Dockerfile": "FROM debian:12\nUSER app\n",
      "Dockerfile": "FROM shared AS test\nUSER app\n",
    },
  });
  assertEquals(lines(diagnosis).filter((one) => one.includes("latest")), []);
});

const OWN = project({
  text: `  app:
    build:
      context: .
      dockerfile_inline: |
        FROM debian
        CMD serve
    user: "0"
    healthcheck: { test: [CMD, app, check], interval: 3s }
  worker:
    build: https://example.com/worker.git
`,
  services: `  app:
    build:
      context: /project
      dockerfile_inline: |
        FROM debian
        CMD serve
    ${CHECKED}
    networks:
      default: null
    user: "0"
  worker:
    build:
      context: https://example.com/worker.git
      dockerfile: Dockerfile
    networks:
      default: null
`,
});

Deno.test("a Dockerfile in the Compose file, and root by the Compose file, are found there; a context elsewhere is skipped", async () => {
  const diagnosis = await diagnosed(OWN);
  assertEquals(lines(diagnosis), [
    "advice latest-base compose.yaml:7:7",
    "advice shell-form compose.yaml:7:7",
    "advice root-user compose.yaml:10:5",
  ]);
});

const SHARED_TEXT = `services:
  test:
    image: shop
    command: [run, tests]
  app:
    image: shop
    build: .
    depends_on:
      worker: { condition: service_healthy }
    healthcheck: { test: [CMD, app, check], interval: 3s }
  worker:
    image: shop
`;
const SHARED_MODEL = `name: project
services:
  app:
    build:
      context: /project
      dockerfile: Dockerfile
    depends_on:
      worker:
        condition: service_healthy
        required: true
    ${CHECKED}
    image: shop
    networks:
      default: null
  test:
    command:
      - run
      - tests
    image: shop
    networks:
      default: null
  worker:
    image: shop
    networks:
      default: null
networks:
  default:
    name: project_default
`;

Deno.test("a service that runs the image of another one is checked as that build", async () => {
  const diagnosis = await diagnosed({
    model: SHARED_MODEL,
    files: {
      "compose.yaml": SHARED_TEXT,
      ".dockerignore": "*\n!src\n",
      "Dockerfile":
        "FROM node:22\nHEALTHCHECK --interval=3s CMD check\nCMD serve\n",
    },
  });
  assertEquals(lines(diagnosis), [
    "advice root-user Dockerfile:1:1",
    "advice shell-form Dockerfile:3:1",
  ]);
  assertEquals(
    only(diagnosis, "root-user").title,
    '"worker", "app" run as root: the stage has no USER',
  );
});
