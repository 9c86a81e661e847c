import { assertEquals } from "@std/assert";
import { CHECKED, diagnosed, only, single } from "../situation.ts";

/** The diagnosis of an app that is built, with these lines in the model besides. */
function release(
  { app = "", more = "", dockerfile = "FROM node:22\nUSER node\n" }: {
    app?: string;
    more?: string;
    dockerfile?: string;
  } = {},
) {
  return diagnosed({
    model: `name: project
services:
  app:
    build:
      context: /project
      dockerfile: Dockerfile
    ports:
      - host_ip: 127.0.0.1
        target: 3000
${app}${more}`,
    files: {
      "compose.yaml": "services:\n  app:\n    build: .\n",
      ".dockerignore": "*",
      "Dockerfile": dockerfile,
    },
  });
}

const HEALTHY = `    ${CHECKED}\n`;

Deno.test("a release without acceptance tests is advice, with a service that requests the app in its own image", async () => {
  const { severity, fix, location } = only(
    await release({ app: HEALTHY }),
    "no-acceptance",
  );
  assertEquals([severity, location?.file], ["advice", "compose.yaml"]);
  assertEquals(
    fix,
    `acceptance:
  build: "."
  profiles: [test]
  depends_on: { app: { condition: service_healthy } }
  entrypoint: [node, -e, "require('http').get('http://app:3000/', () => process.exit()).on('error', () => process.exit(1))"]   # and then tests of your own`,
  );
});

Deno.test("no service is proposed that would ask too early, or by a program that the image may lack", async () => {
  assertEquals(only(await release(), "no-acceptance").fix, "");
  const bare = await release({ app: HEALTHY, dockerfile: "FROM scratch\n" });
  assertEquals(only(bare, "no-acceptance").fix, "");
});

/** The ids of the findings. */
async function ids(...args: Parameters<typeof release>) {
  return single(await release(...args)).map(({ id }) => id);
}

Deno.test("acceptance tests, and a project without an app, need no others", async () => {
  const acceptance = "  acceptance:\n    image: debian:12\n";
  assertEquals(
    (await ids({ more: acceptance })).includes("no-acceptance"),
    false,
  );
  const stores = "name: project\nservices:\n  db:\n    image: postgres:16\n";
  const { findings } = await diagnosed({ model: stores });
  assertEquals(findings.some(({ id }) => id === "no-acceptance"), false);
});

Deno.test("an image that is built and has no name is advice at its service, one with a name is none", async () => {
  const { severity, fix, location } = only(await release(), "no-image-name");
  assertEquals([severity, location?.line], ["advice", 2]);
  assertEquals(
    fix,
    "image: registry.example/project   # the registry that you push to",
  );
  const named = "    image: registry.example/shop\n";
  assertEquals((await ids({ app: named })).includes("no-image-name"), false);
});

Deno.test("tests whose tool could write a report get its option, all others nothing", async () => {
  const fix = async (command: string, more = "") => {
    const diagnosis = await release({
      more: `  test:\n    image: x:1\n    command: ${command}\n${more}`,
    });
    return single(diagnosis).find(({ id }) => id === "no-report")?.fix;
  };
  assertEquals(
    await fix("[pytest, -q]"),
    "command: [pytest, -q, --junit-xml=/tmp/junit.xml]",
  );
  assertEquals(
    (await fix("[deno, test, -A]"))?.split("\n")[0],
    "command: [deno, test, -A, --junit-path=/tmp/junit.xml]",
  );
  // It would be lost with the container.
  assertEquals(await fix("[pytest]", "    tmpfs: [/tmp]\n"), "");
  for (
    const silent of [
      ["[pytest, --junitxml=r.xml]"],
      ["[sh, -c, pytest]"],
      ["[make, test]"],
      ["[pytest]", "x-todoflow: { test: { reports: [/r.xml] } }\n"],
    ] as [string, string?][]
  ) assertEquals(await fix(...silent), undefined, silent[0]);
});

Deno.test("a command in x-todoflow gets the option there", async () => {
  const diagnosis = await release({
    more: "x-todoflow:\n  test: { run: [deno, test] }\n",
  });
  assertEquals(
    only(diagnosis, "no-report").fix,
    "run: [deno, test, --junit-path=/tmp/junit.xml]",
  );
});
