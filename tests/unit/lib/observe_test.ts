import { assertEquals, assertRejects } from "@std/assert";
import { shell } from "../../../lib/engine.ts";
import { TodoflowError } from "../../../lib/errors.ts";
import {
  isRecent,
  observe,
  observeImages,
  ofProject,
} from "../../../lib/observe.ts";
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
    `[ "$1" = ps ] && { echo "Cannot connect" >&2; exit 1; }; echo 2.26.1`,
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

const OPTIONS = { needsEngine: true, removes: false };

for (const [what, script, kind] of FAILURES) {
  for (const removes of kind === "old-compose" ? [false] : [false, true]) {
    Deno.test(`${what} is the failure ${kind}${removes ? ", for clean too" : ""}`, () =>
      withFakeDocker(script, async ({ $, directory }) => {
        const { failure } = await assertRejects(
          () => observe($, { ...OPTIONS, removes, directory }),
          TodoflowError,
        );
        assertEquals(failure.kind, kind);
      }));
  }
}

Deno.test("no docker at all is the failure no-docker", async () => {
  const directory = Deno.cwd();
  const $ = await shell({ directory, env: { PATH: "/nowhere" } });
  const { failure } = await assertRejects(
    () => observe($, { ...OPTIONS, directory }),
    TodoflowError,
  );
  assertEquals(failure.kind, "no-docker");
});

Deno.test("a dry run does without an engine", () =>
  withFakeDocker(
    `[ "$1" = compose ] || exit 1; echo 2.26.1`,
    async ({ $, directory }) => {
      const options = { ...OPTIONS, needsEngine: false, directory };
      assertEquals((await observe($, options)).objects, []);
    },
  ));

Deno.test("what the project has on the engine is told from what others have", () =>
  withFakeDocker(
    `case $1 in
      ps) printf 'shop running shop-app-1 app\\nother running other-db-1 db\\nshop exited shop-db-1 db\\n';;
      volume) printf 'third\\n';;
      compose) echo 2.26.1;;
    esac`,
    async ({ $, directory }) => {
      const { objects } = await observe($, { ...OPTIONS, directory });
      assertEquals(ofProject(objects, "shop"), {
        existing: new Set(["app", "db"]),
        leftovers: true,
        running: ["shop-app-1"],
      });
      assertEquals(ofProject(objects, "third").leftovers, true);
      assertEquals(ofProject(objects, "fourth").leftovers, false);
    },
  ));

Deno.test("images that are there already are found by their names, without a tag too", () =>
  withFakeDocker(
    `printf 'sha256:1 shop-app:latest x:1\\nsha256:2 \\n'; exit 1`,
    async ({ $ }) => {
      const workflow = await readWorkflow(
        "name: shop\nservices: { app: { build: . }, web: { image: 'x:1' }, db: { image: y } }",
      );
      assertEquals(
        [...await observeImages($, workflow)],
        [["shop-app", "sha256:1"], ["x:1", "sha256:1"]],
      );
    },
  ));
