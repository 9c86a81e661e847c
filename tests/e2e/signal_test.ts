import { assertEquals } from "@std/assert";
import { exec, running, spawn, TODOFLOW, withCheckout } from "./harness.ts";

const CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** A release whose migration does not end by itself, and ignores SIGTERM as process 1 of a container does. */
const STUCK = {
  "compose.yaml": `
services:
  migrate:
    image: debian:bookworm-slim
    command: [sh, -c, "echo migrating; sleep infinity"]
  app:
    image: debian:bookworm-slim
    depends_on: { migrate: { condition: service_completed_successfully } }
`,
};

for (const [signal, code] of Object.entries(CODES)) {
  Deno.test(`${signal} in the middle of a migration: exit code ${code}, and nothing is left`, () =>
    withCheckout(async (checkout) => {
      const run = spawn(checkout, "release");
      await run.shows("| migrating");
      // Twice at once, as a Ctrl-C comes through `deno task`: that is one.
      run.kill(signal as keyof typeof CODES);
      run.kill(signal as keyof typeof CODES);
      assertEquals((await run.status).code, code);
      assertEquals(await running(checkout.project), []);
    }, { files: STUCK }));
}

Deno.test("a run whose reader goes away ends with exit code 129, and leaves nothing", () =>
  withCheckout(async ({ directory, env, project }) => {
    const { code } = await exec([
      "sh",
      "-c",
      '{ "$@"; echo $? > code; } 2>&1 | grep --max-count=1 "| migrating"',
      "sh",
      ...TODOFLOW,
      "release",
    ], { cwd: directory, env });
    assertEquals(code, 0, "it has not come to the migration");
    assertEquals(await Deno.readTextFile(`${directory}/code`), "129\n");
    assertEquals(await running(project), []);
  }, {
    files: {
      "compose.yaml": STUCK["compose.yaml"].replace(
        "echo migrating; sleep infinity",
        "while :; do echo migrating; sleep 0.2; done",
      ),
    },
  }));
