import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import {
  composeProblem,
  composeVersion,
  isAtLeast,
  observe,
} from "../../../../lib/compose/resolve.ts";
import { readWorkflow } from "../../../../lib/compose/workflow.ts";
import { dockerIn } from "../../../../lib/engine/docker.ts";
import { TodoflowError } from "../../../../lib/errors/todoflow_error.ts";
import { explain } from "../../../../lib/errors/wording.ts";
import { withFakeDocker } from "../../fakes.ts";

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
    const answer = { code: 0, stdout: `${version}\n`, stderr: "" };
    assertEquals(composeProblem(answer) === undefined, recent);
  });
}

const FAILURES: [string, string, string][] = [
  [
    "a docker that is killed while the Compose file is read",
    `[ "$4" = config ] && kill -s KILL $$; echo 2.26.1`,
    "no-engine",
  ],
  [
    "a Docker without Compose",
    `[ "$1" = compose ] && { echo "docker: unknown command: docker compose" >&2; exit 1; }; exit 0`,
    "no-compose",
  ],
  ["an old Compose", `echo 1.29.2`, "old-compose"],
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
  for (const removes of kind === "old-compose" ? [false] : [false, true]) {
    Deno.test(`${what} is the failure ${kind}${removes ? ", for clean too" : ""}`, () =>
      withFakeDocker(script, async ({ docker, directory }) => {
        const compose = !removes && { compose: () => composeVersion(docker) };
        const { failure } = await assertRejects(
          () => observe(docker, { ...compose, directory }),
          TodoflowError,
        );
        assertEquals(failure.kind, kind);
      }));
  }
}

Deno.test("no docker at all is the failure no-docker", async () => {
  const directory = Deno.cwd();
  const docker = dockerIn({ directory, env: { PATH: "/nowhere" } });
  const { failure } = await assertRejects(
    () => observe(docker, { compose: () => composeVersion(docker), directory }),
    TodoflowError,
  );
  assertEquals(failure.kind, "no-docker");
});

Deno.test("a docker that is there and cannot be started is not reported as missing", () =>
  withFakeDocker("true", async ({ directory, surroundings }) => {
    // More than the kernel hands on.
    const env = { ...surroundings.env, LONG: "x".repeat(200_000) };
    const docker = dockerIn({ directory, env });
    const { failure } = await assertRejects(
      () => observe(docker, { directory }),
      TodoflowError,
    );
    const { headline, why = "" } = explain(failure);
    assertEquals(headline, 'Cannot start the program "docker"');
    assert(why.includes("list too long"), why);
  }));

Deno.test("the Compose file is resolved without an engine", () =>
  withFakeDocker(
    `[ "$1" = compose ] || exit 1
    case "$*" in *config) echo 'name: x';; *) echo 2.26.1;; esac`,
    async ({ docker, directory }) => {
      assertEquals(
        await observe(docker, {
          compose: () => composeVersion(docker),
          directory,
        }),
        "name: x\n",
      );
    },
  ));

Deno.test("a target that only removes asks for nothing but the Compose file", () =>
  withFakeDocker(`echo 'name: x'`, async ({ docker, directory, calls }) => {
    await observe(docker, { directory });
    assertEquals(await calls(), ["compose --profile * config"]);
  }));

const CONFIG = "name: shop\\nservices: {}\\n";

/** Lines that Compose may print next to the model, and the result of reading them. */
const MODELS: Record<string, readonly [string, RegExp]> = {
  "a notice before it": [`printf 'WARN\\n: -\\n${CONFIG}'`, /^name: shop\n/],
  "a byte order mark and CRLF": [
    `printf '\\357\\273\\277name: shop\\r\\nservices: {}\\r\\n'`,
    /^name: shop\nservices: \{\}\n$/,
  ],
  "a warning on stderr": [
    `echo WARN >&2; printf '${CONFIG}'`,
    /^name: shop\nservices/,
  ],
  "nothing": [":", /invalid/],
  "something else": ["echo hello", /invalid/],
  "half of it": [`printf 'name: shop\\nservices: {\\n'`, /invalid/],
};

for (const [what, [script, expected]] of Object.entries(MODELS)) {
  Deno.test(`a docker that prints ${what} is understood, or fails as an invalid Compose file`, () =>
    withFakeDocker(script, async ({ docker, directory }) => {
      const read = async () => {
        const text = await observe(docker, { directory });
        await readWorkflow(text);
        return text;
      };
      assertMatch(
        await read().catch((error) => {
          assert(error instanceof TodoflowError);
          assertEquals(error.failure.kind, "invalid-compose-file");
          return error.message;
        }),
        expected,
      );
    }));
}

Deno.test("versions are compared by numbers", () => {
  assertEquals(isAtLeast("2.30.0-1", [2, 30]), true);
  assertEquals(isAtLeast("v5.5", [2, 30]), true);
  assertEquals(isAtLeast("2.9.0", [2, 30]), false);
  assertEquals(isAtLeast("", [2, 30]), false);
});

Deno.test("a mistake in a profile that is not active leaves out this profile only", () =>
  withFakeDocker(
    `case "$*" in
*--profiles) printf 'bad\\ngood\\n' ;;
*"--profile *"* | *bad*) echo 'service "x" depends on undefined service "y"' >&2; exit 15 ;;
*"--profile good"*) echo "name: with-good" ;;
*config) echo "name: plain" ;;
esac`,
    async ({ docker, directory }) => {
      assertEquals(await observe(docker, { directory }), "name: with-good\n");
    },
  ));

Deno.test("a mistake in a profile whose name is one letter, and that is not active, does not matter", () =>
  withFakeDocker(
    `case "$*" in
*--profiles) echo x ;;
*--profile*) echo 'dependency cycle detected: a -> b -> a' >&2; exit 15 ;;
*config) echo "name: plain" ;;
esac`,
    async ({ docker, directory }) => {
      assertEquals(await observe(docker, { directory }), "name: plain\n");
    },
  ));

Deno.test("a mistake outside of profiles is told in the words of a plain docker compose config", () =>
  withFakeDocker(
    `case "$*" in
*--profiles) echo some ;;
*--short) echo 2.26.1 ;;
*"--profile *"*) echo "of a profile" >&2; exit 15 ;;
*config) echo "of the app" >&2; exit 15 ;;
esac`,
    async ({ docker, directory }) => {
      const { failure } = await assertRejects(
        () => observe(docker, { directory }),
        TodoflowError,
      );
      assertEquals(failure, {
        kind: "invalid-compose-file",
        detail: "of the app",
      });
    },
  ));
