import { assertEquals, assertRejects } from "@std/assert";
import { shell } from "../../../lib/engine.ts";
import { TodoflowError } from "../../../lib/errors.ts";
import { isRecent, observe, observeEngine } from "../../../lib/observe.ts";
import { readWorkflow } from "../../../lib/workflow.ts";
import { withFakeDocker } from "../fakes.ts";

const VERSIONS: [string, boolean][] = [
  ["2.20.0", true],
  ["2.26.1-4", true],
  ["v2.29.7", true],
  ["5.5", true],
  ["2.19.1", false],
  ["1.29.2", false],
  ["", false],
];

for (const [version, recent] of VERSIONS) {
  Deno.test(`Compose "${version}" is ${recent ? "" : "not "}recent enough`, () => {
    assertEquals(isRecent(version), recent);
  });
}

const FAILURES: [string, string, string][] = [
  [
    "a Docker without Compose",
    `[ "$1" = compose ] && { echo "docker: unknown command: docker compose" >&2; exit 1; }; exit 0`,
    "no-compose",
  ],
  ["an old Compose", `echo 1.29.2`, "old-compose"],
  [
    "no engine",
    `[ "$1" = version ] && { echo "Cannot connect" >&2; exit 1; }; echo 2.26.1`,
    "no-engine",
  ],
  [
    "no Compose file",
    `[ "$4" = config ] && { echo "no configuration file provided: not found" >&2; exit 14; }; echo 2.26.1`,
    "no-compose-file",
  ],
  [
    "an invalid Compose file",
    `[ "$4" = config ] && { echo "services.app Additional property x is not allowed" >&2; exit 15; }; echo 2.26.1`,
    "invalid-compose-file",
  ],
];

for (const [what, script, kind] of FAILURES) {
  Deno.test(`${what} is the failure ${kind}`, () =>
    withFakeDocker(script, async ({ $, directory }) => {
      const { failure } = await assertRejects(
        () => observe($, { directory, needsEngine: true }),
        TodoflowError,
      );
      assertEquals(failure.kind, kind);
    }));
}

Deno.test("no docker at all is the failure no-docker", async () => {
  const directory = Deno.cwd();
  const $ = await shell({ directory, env: { PATH: "/nowhere" } });
  const { failure } = await assertRejects(
    () => observe($, { directory, needsEngine: true }),
    TodoflowError,
  );
  assertEquals(failure.kind, "no-docker");
});

Deno.test("a dry run does without an engine", () =>
  withFakeDocker(
    `[ "$1" = version ] && exit 1; echo 2.26.1`,
    async ({ $, directory }) => {
      const { engine } = await observe($, { directory, needsEngine: false });
      assertEquals(engine, false);
    },
  ));

Deno.test("containers and images that are there already are found by label and name", () =>
  withFakeDocker(
    `case $1 in ps) printf 'running s-app-1 app\\nexited s-db-1 db\\n';; *) printf 'sha256:1 shop-app:latest x:1\\nsha256:2 \\n'; exit 1;; esac`,
    async ({ $ }) => {
      const workflow = await readWorkflow(
        "name: shop\nservices: { app: { build: . }, web: { image: 'x:1' }, db: { image: y } }",
      );
      const { existing, running, images } = await observeEngine($, workflow);
      assertEquals([...existing], ["app", "db"]);
      assertEquals(running, ["s-app-1"]);
      assertEquals([...images], [["shop-app", "sha256:1"], [
        "x:1",
        "sha256:1",
      ]]);
    },
  ));
