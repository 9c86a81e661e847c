import { assert, assertEquals, assertMatch } from "@std/assert";
import { withFolder } from "../unit/fakes.ts";
import { ALL, exec, withCheckout, withDocker } from "./harness.ts";

const TINY = new URL("fixtures/tiny", import.meta.url).pathname;

/** Seconds that an engine needs for an answer: more than the deadline of five that there was. */
const SLOW = ALL ? 10 : 6;

/** The commands of a release, as patterns of `case`. */
const COMMANDS = [
  "compose*config",
  "compose\\ version*",
  "context*",
  "ps*",
  "network\\ ls*",
  "volume\\ ls*",
  "image\\ inspect*",
  "compose\\ build*",
  "tag*",
  "compose\\ create*",
  "start*",
  "container\\ inspect*{{json*",
  "container\\ inspect*{{.Image*",
  "exec*",
  "wait*",
  "port*",
  "rm*",
];

/** Those that had a deadline of five seconds, or none, and whose late answer was taken for another one. */
const DECISIVE = [
  "container\\ inspect*{{json*",
  "container\\ inspect*{{.Image*",
  "wait*",
];

/** Releases with a docker that needs long for the first call of each of these commands. */
async function release(commands: readonly string[]): Promise<void> {
  const cases = commands.map((command, i) =>
    `${command}) [ -e $FOLDER/${i} ] || { touch $FOLDER/${i}; sleep ${SLOW}; } ;;`
  );
  await withDocker(
    `case "$*" in ${cases.join(" ")} esac`,
    ({ PATH, folder }) =>
      withCheckout(async (checkout) => {
        const { directory, todoflow } = checkout;
        const { code, stdout, stderr } = await todoflow("release");
        assertEquals(code, 0, stderr);
        assert(stdout.includes("App running at "), stdout);
        await Deno.stat(`${directory}/reports/release/receipt.json`);
        const { stdout: asked } = await exec(["ls", folder]);
        const names = asked.trim().split("\n").filter((name) =>
          name !== "docker"
        );
        assertEquals(names.length, commands.length, "not all were asked");
      }, { from: TINY, env: { PATH } }),
  );
}

/** An engine whose answers about logs, which no docker asks for, need long. */
function slowLogs(path: string): Deno.UnixListener {
  const listener = Deno.listen({ transport: "unix", path });
  const serve = async (client: Deno.UnixConn) => {
    const engine = await Deno.connect({
      transport: "unix",
      path: "/var/run/docker.sock",
    });
    let answers = Promise.resolve();
    const asks = new TransformStream<Uint8Array, Uint8Array>({
      transform: (bytes, controller) => {
        if (new TextDecoder().decode(bytes).includes("/logs?")) {
          answers = new Promise((done) => setTimeout(done, SLOW * 1000));
        }
        controller.enqueue(bytes);
      },
    });
    const tells = new TransformStream<Uint8Array, Uint8Array>({
      transform: async (bytes, controller) => {
        await answers;
        controller.enqueue(bytes);
      },
    });
    await Promise.all([
      client.readable.pipeThrough(asks).pipeTo(engine.writable),
      engine.readable.pipeThrough(tells).pipeTo(client.writable),
    ]);
  };
  (async () => {
    for await (const client of listener) serve(client).catch(() => {});
  })();
  return listener;
}

if (ALL) {
  Deno.test(`a healthy release survives an engine that needs ${SLOW} s for each log, and has them`, () =>
    withFolder(async (folder) => {
      const path = `${folder}/docker.sock`;
      const listener = slowLogs(path);
      const env = { DOCKER_HOST: `unix://${path}` };
      try {
        await withCheckout(async ({ directory, todoflow }) => {
          const { code, stderr } = await todoflow("release");
          assertEquals(code, 0, stderr);
          const log = `${directory}/reports/release/logs/migrate.log`;
          assertMatch(await Deno.readTextFile(log), / migrated .*\n$/);
          // It is another engine's for who reaches it otherwise.
          assertEquals((await todoflow("clean")).code, 0);
        }, { from: TINY, env });
      } finally {
        listener.close();
      }
    }));
  for (const command of COMMANDS) {
    Deno.test(`a healthy release survives an engine that needs ${SLOW} s for "${command}"`, () =>
      release([command]));
  }
} else {
  Deno.test(`a healthy release survives an engine that needs ${SLOW} s for each of its answers about a container`, () =>
    release(DECISIVE));
}
