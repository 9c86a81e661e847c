import { assertEquals } from "@std/assert";
import { running, TODOFLOW, withCheckout } from "./harness.ts";

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

/** Waits until a stream has shown a text; keeps reading to its end. */
function shows(
  stream: ReadableStream<Uint8Array>,
  text: string,
): Promise<void> {
  return new Promise((resolve) => {
    let seen = "";
    stream.pipeThrough(new TextDecoderStream()).pipeTo(
      new WritableStream({
        write: (chunk) => {
          seen += chunk;
          if (seen.includes(text)) resolve();
        },
      }),
    );
  });
}

for (const [signal, code] of Object.entries(CODES)) {
  Deno.test(`${signal} in the middle of a migration: exit code ${code}, and nothing is left`, () =>
    withCheckout(async ({ directory, project }) => {
      const [program, ...args] = TODOFLOW;
      const child = new Deno.Command(program, {
        args: [...args, "release"],
        cwd: directory,
        env: { COMPOSE_PROJECT_NAME: project },
        stdin: "null",
        stdout: "null",
        stderr: "piped",
      }).spawn();
      await shows(child.stderr, "| migrating");
      // Twice at once, as a Ctrl-C comes through `deno task`: that is one.
      child.kill(signal as keyof typeof CODES);
      child.kill(signal as keyof typeof CODES);
      assertEquals((await child.status).code, code);
      assertEquals(await running(project), []);
    }, { files: STUCK }));
}
