import { assertEquals } from "@std/assert";
import { running, spawn, withCheckout } from "./harness.ts";

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
