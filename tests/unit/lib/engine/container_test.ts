import { assertEquals } from "@std/assert";
import { exitCodeOf, inspect } from "../../../../lib/engine/container.ts";
import { noPauses, withFakeDocker } from "../../fakes.ts";

const STATE = '{"State":{"Status":"running","ExitCode":0},"Config":{}}';
const KNOWN = { kind: "known", value: JSON.parse(STATE) };
const json = `echo '${STATE}'`;

/** Answers of docker about a container, and their meaning. */
const ANSWERS: Record<string, readonly [string, unknown]> = {
  "the answer": [json, KNOWN],
  "a notice before it": [`echo 'What is new? {"a":1}'; ${json}`, KNOWN],
  "a notice behind it": [`${json}; echo bye`, KNOWN],
  "lines that end with CRLF": [`printf '%s\\r\\n' '${STATE}'`, KNOWN],
  "a byte order mark": [`printf '\\357\\273\\277'; ${json}`, KNOWN],
  "a warning on stderr": [`echo WARNING >&2; ${json}`, KNOWN],
  "nothing": [":", failed('docker container inspect has answered ""')],
  "half of an answer": [
    `echo '{"State":{"Status"'`,
    failed(`docker container inspect has answered "{"State":{"Status""`),
  ],
  "JSON of something else": [
    "echo '[]'",
    failed('docker container inspect has answered "[]"'),
  ],
  "that there is no container": [
    "echo 'Error response from daemon: No such container: c' >&2; exit 1",
    { kind: "gone" },
  ],
  "a failure": [
    "echo warning >&2; echo 'Cannot connect' >&2; exit 1",
    failed("Cannot connect"),
  ],
  "a failure without a word": [
    "exit 3",
    failed("docker has ended with exit code 3"),
  ],
};

function failed(detail: string) {
  return { kind: "failed", detail };
}

for (const [what, [docker, answer]] of Object.entries(ANSWERS)) {
  Deno.test(`a docker that answers ${what} is understood`, () =>
    withFakeDocker(docker, async ({ $ }) => {
      const { signal } = new AbortController();
      assertEquals(await inspect($, "c", signal), answer as never);
    }));
}

Deno.test("a docker that does not answer in time has said nothing", () =>
  withFakeDocker("exec sleep 20", async ({ $ }) => {
    const late = AbortSignal.timeout(50);
    assertEquals(await inspect($, "c", late), { kind: "silent" });
  }));

/** The exit code that is found where `docker wait` and `docker container inspect` do this. */
function waited(wait: string, asked: string) {
  return withFakeDocker(
    `case $1 in wait) ${wait} ;; *) ${asked} ;; esac`,
    ({ $ }) => {
      const { signal } = new AbortController();
      return exitCodeOf($, "c", { signal, sleep: noPauses });
    },
  );
}

const EXITED = `echo '${
  STATE.replace("running", "exited").replace('Code":0', 'Code":7')
}'`;

Deno.test("a container's exit code is the number that docker wait prints, even among other lines", async () => {
  assertEquals(await waited("echo notice 3; echo 5", "exit 1"), 5);
});

Deno.test("a wait that fails says nothing of the container: the engine is asked what became of it", async () => {
  assertEquals(await waited("exit 1", EXITED), 7);
  const again = "[ -e waited ] && { echo 0; exit; }; touch waited; exit 1";
  assertEquals(await waited(again, json), 0);
  const gone = "echo No such container >&2; exit 1";
  assertEquals(await waited("exit 1", gone), 1);
});
