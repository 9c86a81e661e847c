import { assertEquals, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { nameOfFolder, ownName } from "../../../../lib/compose/project.ts";
import { withFolder } from "../../fakes.ts";
import {
  CHECKED,
  diagnosed,
  lines,
  only,
  PROJECT,
  project,
} from "./situation.ts";

/** A Dockerfile and a secret next to a Compose file that cannot be read. */
const LEFT = {
  "Dockerfile": "FROM debian\nCOPY . /\n",
  ".env": "PASSWORD=xyz-1",
};

/** The findings where Compose refuses its file. */
function broken(stderr: string, text: string) {
  return diagnosed({
    model: { code: 15, stderr },
    files: { "compose.yaml": text, ...LEFT },
  });
}

/** The errors of Compose 2.26.1 about a text, the text, and the place of its mistake. */
const BROKEN: [string, string, string][] = [
  [
    "validating /project/compose.yaml: services.app Additional property bogus is not allowed",
    "services:\n  app:\n    image: x\n    bogus: 1\n",
    "compose.yaml:4:5",
  ],
  [
    "validating /project/compose.yaml: services.app.environment must be a mapping",
    "services:\n  app:\n    image: x\n    environment: 5\n",
    "compose.yaml:4:5",
  ],
  [
    "error while interpolating services.app.image: required variable TAG is missing a value: needed",
    "services:\n  app:\n    image: ${TAG:?needed}\n",
    "compose.yaml:3:5",
  ],
  [
    'service "app" depends on undefined service "db": invalid compose project',
    "services:\n  app:\n    image: x\n    depends_on: [db]\n",
    "compose.yaml:4:18",
  ],
  [
    "yaml: line 1: did not find expected key",
    "services:\n  app:\n    image: x\n   foo: 1\n",
    "compose.yaml:4:1",
  ],
  ["Invalid containerPort: y", "services: {}\n", "compose.yaml"],
];

for (const [stderr, text, place] of BROKEN) {
  Deno.test(`"${stderr}" is reported with its place, and the Dockerfile is checked all the same`, async () => {
    const diagnosis = await broken(stderr, text);
    assertEquals(lines(diagnosis), [
      `error invalid-compose-file ${place}`,
      "warning secrets-in-image .dockerignore",
      "warning reports-in-context .dockerignore",
      "advice latest-base Dockerfile:1:1",
    ]);
    assertEquals(only(diagnosis, "invalid-compose-file").why, stderr);
  });
}

Deno.test("a Compose file that Compose cannot read is reported in the words of the targets, with the command that helps", async () => {
  const diagnosis = await broken(
    'service "app" refers to undefined network back: invalid compose project',
    "services:\n  app:\n    image: x\n    networks: [back]\n",
  );
  const { title, fix, location } = only(diagnosis, "invalid-compose-file");
  assertEquals(
    title,
    'Cannot use the Compose file: it defines no network "back"',
  );
  assertEquals(location, { file: "compose.yaml", line: 4, column: 16 });
  assertEquals(fix, "printf '\\nnetworks:\\n  back:\\n' >> compose.yaml");
});

Deno.test("an env file that is not there is reported at its line, with the example beside it", async () => {
  const path = "/project/.env.production";
  const diagnosis = await diagnosed({
    model: {
      code: 14,
      stderr: `env file ${path} not found: stat ${path}: no such file`,
    },
    files: {
      "compose.yaml":
        "services:\n  app:\n    env_file:\n      - .env.production\n",
      "env.production.sample": "",
      ".env.production-sample": "",
    },
  });
  const { title, fix, location } = only(diagnosis, "invalid-compose-file");
  assertEquals(title, "Cannot find the env file .env.production");
  assertEquals(location, { file: "compose.yaml", line: 4, column: 9 });
  assertEquals(
    fix,
    "cp -n .env.production-sample .env.production   # then check its values",
  );
});

Deno.test("a file of Compose v1 gets its services below the key services", async () => {
  const diagnosis = await broken(
    "validating /project/compose.yaml: (root) Additional property web is not allowed",
    "web: { image: x }\n",
  );
  const { why, fix } = only(diagnosis, "invalid-compose-file");
  assertStringIncludes(why, "put services: above them");
  assertEquals(
    fix,
    "(set -C; { echo services:; sed 's/^/  /' compose.yaml; } > compose.v2.yaml) && mv compose.v2.yaml compose.yaml",
  );
});

Deno.test("no Compose file is an error with the command that prints one", async () => {
  const stderr = "no configuration file provided: not found";
  const diagnosis = await diagnosed({ model: { code: 14, stderr } });
  assertEquals(lines(diagnosis), ["error no-compose-file compose.yaml"]);
  assertEquals(
    only(diagnosis, "no-compose-file").fix,
    "todoflow init   # prints one",
  );
  const { facts } = diagnosis;
  assertEquals(facts.find(({ name }) => name === "files")?.ok, false);
});

/** A project whose `x-todoflow.release` has this line. */
function releaseWith(line: string) {
  const block = `x-todoflow:
  release:
    ${line}
`;
  return project({
    text: `  app:
    image: shop
    healthcheck: { test: [CMD, app, check], interval: 3s }
${block}`,
    services: `  app:
    ${CHECKED}
    image: shop
    networks:
      default: null
`,
    rest: block,
  });
}

const WRONG = releaseWith("pth: /todos");

Deno.test("a wrong x-todoflow is an error at its key, and the services are looked at all the same", async () => {
  const diagnosis = await diagnosed(WRONG);
  assertEquals(lines(diagnosis), [
    "error invalid-config compose.yaml:9:5",
    "advice latest-image compose.yaml:5:5",
  ]);
  assertEquals(only(diagnosis, "invalid-config").fix, "path: …");
});

const MISNAMED = releaseWith("app: ap");

Deno.test("notices of a docker that is a wrapper are no part of the model", async () => {
  const plain = await diagnosed(MISNAMED);
  const model = `NOTICE: a new version is out\n${MISNAMED.model}`;
  assertEquals(await diagnosed({ ...MISNAMED, model }), plain);
});

Deno.test("an answer that is no model, and a docker that was killed, are findings", async () => {
  assertEquals(lines(await diagnosed({ model: "hello\n" })), [
    "error invalid-compose-file",
  ]);
  const killed = { code: 137, stderr: "Killed" };
  assertEquals(lines(await diagnosed({ model: killed })), ["error no-engine"]);
});

Deno.test("a service that x-todoflow names wrongly is put right", async () => {
  const diagnosis = await diagnosed(MISNAMED);
  assertEquals(only(diagnosis, "invalid-config").fix, "app: app");
});

Deno.test("the project is the one that a target would work in: on a build agent, the checkout's own", async () => {
  const project = async (env: Record<string, string>) => {
    const { facts } = await diagnosed({ model: WRONG.model, env });
    return facts.find(({ name }) => name === "project")?.value;
  };
  const directory = PROJECT;
  assertEquals(await project({}), nameOfFolder(directory));
  assertEquals(
    await project({ CI: "true" }),
    await ownName("project", { directory, host: "here" }),
  );
});

/** Text that has something of a Dockerfile, of YAML and of a `.dockerignore`. */
const text = fc.array(
  fc.oneof(
    fc.string(),
    fc.constantFrom(
      "FROM a AS b",
      "FROM b",
      "COPY . /",
      "RUN <<EOF",
      "CMD x && \\",
      "services:",
      "  app: *a",
      "  - !x &a",
      "!**/[",
      "**",
    ),
  ),
).map((lines) => lines.join("\n"));

Deno.test("a folder of records that others can write to, and a record that cannot be read, are findings", () =>
  withFolder(async (parent) => {
    const state = `${parent}/todoflow`;
    await Deno.mkdir(state, { mode: 0o700 });
    await Deno.writeTextFile(`${state}/other.1.json`, '{"format":2}');
    const ids = async () =>
      lines(await diagnosed({ model: "name: shop", state })).filter((line) =>
        /record|state/.test(line)
      );
    assertEquals(await ids(), ["advice unknown-record"]);
    await Deno.chmod(state, 0o777);
    assertEquals(await ids(), ["error unsafe-state"]);
  }));

Deno.test("the doctor gives a diagnosis for any text in the files", () =>
  fc.assert(
    fc.asyncProperty(text, text, text, async (compose, dockerfile, ignore) => {
      const files = {
        "compose.yaml": compose,
        "Dockerfile": dockerfile,
        ".dockerignore": ignore,
      };
      const model =
        "name: x\nservices: { app: { build: { context: /project } } }";
      for (const one of [model, { code: 15, stderr: compose }]) {
        const { facts } = await diagnosed({ model: one, files });
        assertEquals(facts.length > 0, true);
      }
    }),
    { numRuns: 50 },
  ));
