import { assert, assertEquals, assertRejects } from "@std/assert";
import { engineApi } from "../../../../lib/engine/api.ts";
import { pause } from "../../../../lib/pause.ts";
import { dialer } from "../../../../lib/engine/connection.ts";
import { currentEngine } from "../../../../lib/engine/current.ts";
import { EngineError } from "../../../../lib/engine/http.ts";
import { withSocket } from "../../fake_engine.ts";
import { withFakeDocker } from "../../fakes.ts";

/** An endpoint that only docker reaches. */
const REMOTE = "ssh://me@ci.example";

/** Does as `docker system dial-stdio`: it copies between its own streams and the socket. */
const dialStdio = (endpoint: string) => `
if [ "$*" = "system dial-stdio" ]; then
  echo $$ >> pids
  exec deno run -A copy.ts ${endpoint.slice("unix://".length)}
fi`;

const COPY = `
const path = Deno.args[0];
const engine = await Deno.connect({ transport: "unix", path });
await Promise.race([
  Deno.stdin.readable.pipeTo(engine.writable),
  engine.readable.pipeTo(Deno.stdout.writable),
]).catch(() => {});
Deno.exit(0);
`;

/** Gives the test a client that reaches an engine through docker alone. */
function viaDocker(
  test: (
    api: ReturnType<typeof engineApi>,
    context: { directory: string; calls: () => Promise<string[]> },
  ) => Promise<void>,
  script?: string,
) {
  return withSocket(
    ({ path }, wire) => wire.answer(200, JSON.stringify(path)),
    ({ endpoint }) =>
      withFakeDocker(
        script ?? dialStdio(endpoint),
        async ({ directory, surroundings, calls }) => {
          await Deno.writeTextFile(`${directory}/copy.ts`, COPY);
          await Deno.writeTextFile(
            `${directory}/deno`,
            `#!/bin/sh\nexec '${Deno.execPath()}' "$@"\n`,
            { mode: 0o755 },
          );
          const api = engineApi(REMOTE, surroundings);
          try {
            await test(api, { directory, calls });
          } finally {
            await api.close();
          }
        },
      ),
  );
}

Deno.test("an engine without a socket here is reached through docker, with one child for requests that follow each other", () =>
  viaDocker(async (api, { calls }) => {
    assertEquals(await api.json("/one"), "/v1.45/one");
    assertEquals(await api.json("/two"), "/v1.45/two");
    assertEquals(await calls(), ["system dial-stdio"]);
  }));

Deno.test("a docker that passes its arguments on to another engine than that of the socket here is asked for each connection", async () => {
  const [HERE, THERE] = [crypto.randomUUID(), crypto.randomUUID()];
  for (const [id, isHere] of [[HERE, true], [THERE, false]] as const) {
    await withSocket(
      ({ path }, wire) => wire.answer(200, JSON.stringify({ ID: HERE, path })),
      (here) =>
        withSocket(
          ({ path }, wire) =>
            wire.answer(200, JSON.stringify({ ID: THERE, path })),
          (there) =>
            withFakeDocker(
              `case "$1" in
                context) echo ${here.endpoint} ;;
                info) echo "a notice"; echo ${id} ;;
              esac
              ${dialStdio(there.endpoint)}`,
              async ({ directory, surroundings }) => {
                await Deno.writeTextFile(`${directory}/copy.ts`, COPY);
                await Deno.writeTextFile(
                  `${directory}/deno`,
                  `#!/bin/sh\nexec '${Deno.execPath()}' "$@"\n`,
                  { mode: 0o755 },
                );
                const engine = currentEngine(surroundings);
                const api = await engine.api();
                assertEquals(api.endpoint, here.endpoint);
                const { ID } = await api.json<{ ID: string }>("/x");
                assertEquals(ID, isHere ? HERE : THERE);
                await engine.close();
              },
            ),
        ),
    );
  }
});

async function isAlive(pid: string): Promise<boolean> {
  return await Deno.stat(`/proc/${pid}`).then(() => true, () => false);
}

Deno.test("no child outlives the client, whether it ends when asked or not", () =>
  viaDocker(async (api, { directory }) => {
    await api.json("/one");
    const pid = (await Deno.readTextFile(`${directory}/pids`)).trim();
    assert(await isAlive(pid));
    Deno.kill(Number(pid), "SIGSTOP");
    await api.close();
    assertEquals(await isAlive(pid), false);
  }));

Deno.test("the child is in another process group, so that Ctrl-C does not reach it", () =>
  viaDocker(async (api, { directory }) => {
    await api.json("/one");
    const pid = (await Deno.readTextFile(`${directory}/pids`)).trim();
    const group = async (pid: string | number) =>
      (await Deno.readTextFile(`/proc/${pid}/stat`)).replace(/^.*\) /, "")
        .split(" ")[2];
    assertEquals(await group(pid), pid);
    assert(await group(pid) !== await group(Deno.pid));
  }));

Deno.test("an engine that docker does not reach is an error in docker's own words", () =>
  viaDocker(async (api) => {
    const { message } = await assertRejects(() => api.json("/x"), EngineError);
    assertEquals(message, "ssh: connect to host ci.example: refused");
  }, "echo 'ssh: connect to host ci.example: refused' >&2; exit 1"));

Deno.test("a docker that cannot be started is an error of the engine", async () => {
  const api = engineApi(REMOTE, { directory: "/", env: { PATH: "/nowhere" } });
  await assertRejects(() => api.json("/x"), EngineError);
  await api.close();
});

Deno.test("a request through docker can be aborted while docker hangs", () =>
  viaDocker(async (api) => {
    const signal = AbortSignal.timeout(50);
    const { message } = await assertRejects(
      () => api.json("/x", { signal }),
      EngineError,
    );
    assertEquals(message, "stopped");
  }, "exec sleep 600"));

Deno.test("a closed client starts no docker for a question that it has given up", () =>
  viaDocker(async (api, { calls }) => {
    const asked = assertRejects(() => api.json("/x"), EngineError);
    while ((await calls()).length === 0) await pause(10);
    await api.close();
    await asked;
    assertEquals(await calls(), ["system dial-stdio"]);
  }, "exec sleep 600"));

Deno.test("a socket that this process does not see is reached through docker, one that refuses is not there", () =>
  withFakeDocker(
    "echo 'from docker' >&2; exit 1",
    async ({ directory, surroundings, calls }) => {
      const unseen = dialer(`unix://${directory}/none.sock`, surroundings);
      const connection = await unseen.dial();
      assertEquals(await connection.read(), undefined);
      assertEquals(await connection.reason(), "from docker");
      await unseen.settled();
      const path = `${directory}/dead.sock`;
      // A killed engine leaves its socket: the end of a listener removes only the name that it has made.
      const listener = Deno.listen({ transport: "unix", path: `${path}.new` });
      await Deno.link(`${path}.new`, path);
      listener.close();
      await assertRejects(() => dialer(`unix://${path}`, surroundings).dial());
      assertEquals((await calls()).length, 1);
    },
  ));
