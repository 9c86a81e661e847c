/**
 * The command after `Next:`, pasted into a shell when the run has ended: it does what it promises.
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { withCheckout } from "./harness.ts";
import { assertNext, nextOf, paste } from "./next.ts";

const BROKEN = `FROM debian:bookworm-slim
RUN echo cannot compile >&2; exit 7
`;

/** A project whose twin needs names of its own, so that Compose reads one more file during a run. */
function project(more: string, folder = ""): Record<string, string> {
  return {
    [`${folder}compose.yaml`]: `
services:
  app:
    build: .
    container_name: fixed-name-of-next-test
    environment: { VERSION: "\${APP_VERSION:?}" }
  test:
    build: .
    command: "true"
    depends_on: [cache]
  cache:
    image: debian:bookworm-slim
    container_name: other-name-of-next-test
    command: sleep infinity
    stop_signal: SIGKILL
${more}`,
    [`${folder}Dockerfile`]: BROKEN,
  };
}

for (const target of ["test", "release"]) {
  Deno.test(`after a failed build of ${target} the command shows the same failure`, () =>
    withCheckout(async (checkout) => {
      const outcome = await checkout.todoflow(target, "--json");
      assertEquals(outcome.code, 1, outcome.stderr);
      const [next = ""] = nextOf(outcome);
      assertStringIncludes(next, "docker compose ");
      const again = await paste(next, checkout);
      assert(again.code !== 0);
      assertStringIncludes(again.stdout + again.stderr, "cannot compile");
      await assertNext(outcome, checkout);
    }, { files: project("") }));
}

Deno.test("after a failed build in another folder, with named files, the command shows the same failure", () =>
  withCheckout(async (checkout) => {
    const flags = ["-C", "my shop", "-f", "compose.yaml", "-p", "e2e-next"];
    const outcome = await checkout.todoflow("test", ...flags, "--json");
    assertEquals(outcome.code, 1, outcome.stderr);
    const [next = ""] = nextOf(outcome);
    const again = await paste(next, checkout);
    assert(again.code !== 0);
    assertStringIncludes(again.stdout + again.stderr, "cannot compile");
    await checkout.todoflow("clean", ...flags);
  }, { files: project("", "my shop/") }));

Deno.test("after a failed step in the twin the command shows the same failure: the run's own file is kept", () =>
  withCheckout(async (checkout) => {
    const outcome = await checkout.todoflow("test", "--json");
    assertEquals(outcome.code, 1, outcome.stderr);
    const [next = ""] = nextOf(outcome);
    assertStringIncludes(next, "reports/test/compose.override.yaml");
    const again = await paste(next, checkout);
    assert(again.code !== 0);
    assertStringIncludes(
      again.stdout + again.stderr,
      "no-such-driver",
      again.stderr,
    );
  }, {
    files: {
      ...project("networks: { default: { driver: no-such-driver } }\n"),
      Dockerfile: "FROM debian:bookworm-slim\n",
    },
  }));

Deno.test("a missing or misspelled Compose file, of a flag or of a variable: the command names the one that is there", () =>
  withCheckout(async (checkout) => {
    const cases: [string[], Record<string, string>][] = [
      [["-f", "compose.yml"], {}],
      [["-f", "nope.yml"], {}],
      [["-f", "."], {}],
      [[], { COMPOSE_FILE: "compose.yml" }],
    ];
    for (const [flags, env] of cases) {
      const all = { ...checkout.env, ...env };
      const outcome = await paste(
        `todoflow release --dry-run --json ${flags.join(" ")}`,
        { ...checkout, env: all },
      );
      assertEquals(outcome.code, 3, outcome.stderr);
      const [next] = nextOf(outcome);
      assertEquals(next, "todoflow release --dry-run -f compose.yaml");
      const right = await paste(next!, { ...checkout, env: all });
      assertEquals(right.code, 0, right.stderr);
    }
    await Deno.writeTextFile(
      `${checkout.directory}/.env`,
      "COMPOSE_FILE=compose.yml\n",
    );
    const { stderr } = await checkout.todoflow("test", "--dry-run");
    assertStringIncludes(stderr, 'did you mean "compose.yaml"?');
  }, { files: project("") }));
