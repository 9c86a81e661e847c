import { assertEquals } from "@std/assert";
import { engineApi } from "../../../../lib/engine/api.ts";
import { exitCodeOf, inspect } from "../../../../lib/engine/container.ts";
import { withSocket } from "../../fake_engine.ts";
import { noPauses, withFakeDocker } from "../../fakes.ts";

const STATE = '{"State":{"Status":"running","ExitCode":0},"Config":{}}';
const KNOWN = { kind: "known", value: JSON.parse(STATE) };
const json = `echo '${STATE}'`;

/** Answers of the engine about a container, and their meaning. */
const ANSWERS: Record<string, readonly [number, string, unknown]> = {
  "a description": [200, STATE, KNOWN],
  "nothing": [200, "", failed("its answer to /containers/c/json is no JSON")],
  "half of a description": [
    200,
    STATE.slice(0, 20),
    failed("its answer to /containers/c/json is no JSON"),
  ],
  "JSON of something else": [
    200,
    "[]",
    failed("the engine's answer does not describe a container"),
  ],
  "null": [
    200,
    "null",
    failed("the engine's answer does not describe a container"),
  ],
  "that there is no container": [
    404,
    '{"message":"No such container: c"}',
    { kind: "gone" },
  ],
  "a failure": [500, '{"message":"disk I/O error"}', failed("disk I/O error")],
  "a failure without a word": [500, "", failed("status 500")],
};

function failed(detail: string) {
  return { kind: "failed", detail };
}

for (const [what, [status, body, answer]] of Object.entries(ANSWERS)) {
  Deno.test(`an engine that answers ${what} is understood`, () =>
    withSocket(
      ({ path }, wire) =>
        path === "/_ping" ? wire.answer(200, "OK") : wire.answer(status, body),
      async ({ endpoint }) => {
        const api = engineApi(endpoint, { directory: "/", env: {} });
        const { signal } = new AbortController();
        assertEquals(await inspect(api, "c", signal), answer as never);
        await api.close();
      },
    ));
}

Deno.test("a docker that does not answer in time has said nothing", () =>
  withFakeDocker("exec sleep 20", async ({ api }) => {
    const late = AbortSignal.timeout(50);
    assertEquals(await inspect(api, "c", late), { kind: "silent" });
  }));

/** The exit code that is found where `docker wait` and `docker container inspect` do this. */
function waited(wait: string, asked: string) {
  return withFakeDocker(
    `case $1 in wait) ${wait} ;; *) ${asked} ;; esac`,
    ({ api }) => {
      const { signal } = new AbortController();
      return exitCodeOf(api, "c", { signal, sleep: noPauses });
    },
  );
}

const EXITED = `echo '${
  STATE.replace("running", "exited").replace('Code":0', 'Code":7')
}'`;

Deno.test("a container's exit code is the one that the engine reports at its end", async () => {
  assertEquals(await waited("echo 5", "exit 1"), 5);
});

Deno.test("a wait that fails says nothing of the container: the engine is asked what became of it", async () => {
  assertEquals(await waited("exit 1", EXITED), 7);
  const again = "[ -e waited ] && { echo 0; exit; }; touch waited; exit 1";
  assertEquals(await waited(again, json), 0);
  const gone = "echo No such container >&2; exit 1";
  assertEquals(await waited("exit 1", gone), 1);
});
