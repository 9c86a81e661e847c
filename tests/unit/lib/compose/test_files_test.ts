import { assertEquals, assertRejects } from "@std/assert";
import { testFilesBeside } from "../../../../lib/compose/test_files.ts";
import { TodoflowError } from "../../../../lib/errors/todoflow_error.ts";

/** Finds the file of tests in a folder that has these files. */
function beside(
  files: Readonly<Record<string, string>>,
  { valid = [] as string[] } = {},
) {
  const main = Object.keys(files).filter((name) =>
    ["compose.yaml", "docker-compose.yml"].includes(name)
  ).map((name) => `/p/${name}`);
  return testFilesBeside({ directory: "/p", files: main }, {
    readTextFile: (path) => {
      const text = files[path.replace("/p/", "")];
      return text === undefined
        ? Promise.reject(new Error("no such file"))
        : Promise.resolve(text);
    },
    isValid: (file) => Promise.resolve(valid.includes(file.replace("/p/", ""))),
  });
}

const APP =
  "services: { web: { build: ., ports: ['80:80'] }, db: { image: postgres } }";
const SUT = "services: { sut: { build: ., command: npm test } }";

Deno.test("a file of tests is read alone if Compose accepts it, else over the default file", async () => {
  const files = { "docker-compose.yml": APP, "docker-compose.test.yml": SUT };
  const file = "/p/docker-compose.test.yml";
  assertEquals(
    await beside(files, { valid: ["docker-compose.test.yml"] }),
    { file, runners: ["sut"], files: [file] },
  );
  assertEquals(await beside(files), {
    ...{ file, runners: ["sut"] },
    files: ["/p/docker-compose.yml", file],
  });
});

Deno.test("without a default file, it is read alone", async () => {
  const found = await beside({ "docker-compose.tests.yml": SUT });
  assertEquals(found?.files, ["/p/docker-compose.tests.yml"]);
});

Deno.test("a default file that has tests needs no other one", async () => {
  for (
    const text of [
      "services: { tests: { build: . } }",
      `${APP}\nx-todoflow: { test: { run: [pytest] } }`,
    ]
  ) {
    assertEquals(
      await beside({ "compose.yaml": text, "compose.test.yaml": SUT }),
      undefined,
    );
  }
});

/** What a file of tests has, and its services that run tests. */
const RUNNERS: [what: string, text: string, runners: string[]][] = [
  [
    "the app's own service with a command that tests",
    "services: { web: { command: yarn test }, db: { image: postgres } }",
    ["web"],
  ],
  [
    "a command as a list",
    "services: { web: { build: ., command: [python, -m, pytest] } }",
    ["web"],
  ],
  [
    "several runners",
    "services: { backend-test: { build: a }, frontend-test: { build: b } }",
    ["backend-test", "frontend-test"],
  ],
  ["settings alone", "services: { web: { environment: [A=1] } }", []],
  ["data stores for tests", "services: { test-db: { image: postgres } }", []],
  [
    "the app alone, which starts as always",
    "services: { web: { build: ., command: npm start } }",
    [],
  ],
  [
    "two services with commands that test",
    "services: { a: { command: npm test }, b: { command: npm test } }",
    [],
  ],
  [
    "a server of tests",
    "services: { test_app: { build: ., ports: ['80:80'] } }",
    [],
  ],
  ["nothing", "", []],
  ["no YAML", "services: [", []],
  ["a list", "- services", []],
];

for (const [what, text, runners] of RUNNERS) {
  Deno.test(`runners in a file of tests: ${what}`, async () => {
    const found = await beside({
      "docker-compose.yml": APP,
      "docker-compose-test.yml": text,
    });
    assertEquals(found?.runners ?? [], runners);
  });
}

Deno.test("several files that run tests are refused, with their names", async () => {
  const { failure } = await assertRejects(
    () =>
      beside({
        ...{ "compose.yaml": APP, "compose.test.yaml": SUT },
        ...{
          "compose.ci.yaml": SUT,
          "docker-compose.test.yml": "services: {}",
        },
      }),
    TodoflowError,
  );
  assertEquals(failure, {
    kind: "many-test-files",
    files: ["/p/compose.test.yaml", "/p/compose.ci.yaml"],
    services: [],
  });
});

/** What a file of tests takes from the default file, so that it is laid over it although Compose accepts it alone. */
const NEEDED: [what: string, main: string, text: string][] = [
  [
    "an image that the default file builds",
    "services: { web: { build: ., image: 'acme/web:1' } }",
    "services: { sut: { image: acme/web, command: x } }",
  ],
  [
    "an image that Compose names",
    "services: { web: { build: . } }",
    "services: { sut: { image: shop-web } }",
  ],
  [
    "a service without a build of its own",
    "services: { web: { build: . }, tests: { image: a, ports: [1] } }",
    "services: { tests: { image: b, command: npm test } }",
  ],
  [
    "values to hide",
    "x-todoflow: { redact: [TOKEN] }\nservices: { web: { build: . } }",
    SUT,
  ],
  [
    "secrets",
    "secrets: { a: { file: a } }\nservices: { web: { build: . } }",
    SUT,
  ],
];

for (const [what, main, text] of NEEDED) {
  Deno.test(`a file of tests that needs ${what} is read over the default file`, async () => {
    const found = await beside(
      { "compose.yaml": main, "compose.test.yaml": text },
      { valid: ["compose.test.yaml"] },
    );
    assertEquals(found?.files, ["/p/compose.yaml", "/p/compose.test.yaml"]);
  });
}

Deno.test("beside tests in the default file, a file of tests is refused if it is one, and passed over if only a command says so", async () => {
  const main = "services: { unit-test: { image: a }, app: { image: b } }";
  const { failure } = await assertRejects(
    () => beside({ "compose.yaml": main, "compose.test.yaml": SUT }),
    TodoflowError,
  );
  assertEquals(failure, {
    kind: "many-test-files",
    files: ["/p/compose.test.yaml"],
    services: ["unit-test"],
  });
  const ci = "services: { app: { command: npm test } }";
  assertEquals(
    await beside({ "compose.yaml": main, "compose.ci.yaml": ci }),
    undefined,
  );
});

Deno.test("a command that acts on the outside runs no tests", async () => {
  for (const command of ["npm run deploy && npm test", "npm run check"]) {
    const text = `services: { app: { command: ${JSON.stringify(command)} } }`;
    assertEquals(
      await beside({ "compose.yaml": APP, "compose.ci.yaml": text }),
      undefined,
      command,
    );
  }
});
