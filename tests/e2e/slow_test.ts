import { assert, assertEquals, assertMatch } from "@std/assert";
import { ALL, withCheckout, withDocker } from "./harness.ts";
import { type Fault, RELEASE_REQUESTS, withFault } from "./proxy.ts";

const TINY = new URL("fixtures/tiny", import.meta.url).pathname;

/** Seconds that an engine needs for an answer: more than the deadline of five that there was. */
const SLOW = ALL ? 10 : 6;

/** The docker commands of a release, as patterns of `case`. */
const COMMANDS = [
  "compose*config",
  "compose\\ version*",
  "context*",
  "compose*\\ build*",
  "compose\\ create*",
];

/** Requests whose late answer an earlier version has taken for another one, or has not waited for. */
const DECISIVE = ["GET /containers/*/json", "POST /containers/*/wait"];

/** Releases with a docker that needs long for the first call of a command. */
async function releaseWithCommand(command: string): Promise<void> {
  await withDocker(
    `case "$*" in ${command}) [ -e $FOLDER/asked ] || { touch $FOLDER/asked; sleep ${SLOW}; } ;; esac`,
    async ({ PATH, folder }) => {
      await release({ PATH });
      await Deno.stat(`${folder}/asked`);
    },
  );
}

/** Releases with an engine that needs long for the first request of each kind. */
function releaseWithRequests(requests: readonly string[]): Promise<void> {
  const fault: Fault = { kind: "is late", ms: SLOW * 1000 };
  return withFault(
    { requests, fault, isOnce: true },
    ({ env }) => release(env),
  );
}

/** Releases, and asserts that everything is there. */
async function release(env: Readonly<Record<string, string>>): Promise<void> {
  await withCheckout(async (checkout) => {
    const { directory, todoflow } = checkout;
    const { code, stdout, stderr } = await todoflow("release");
    assertEquals(code, 0, stderr);
    assert(stdout.includes("App running at "), stdout);
    await Deno.stat(`${directory}/reports/release/receipt.json`);
    const log = `${directory}/reports/release/logs/migrate.log`;
    assertMatch(await Deno.readTextFile(log), / migrated .*\n$/);
    // At any other address, the engine would be another one, which does not have the objects of this one.
    assertEquals((await todoflow("clean")).code, 0);
  }, { from: TINY, env });
}

if (ALL) {
  for (const command of COMMANDS) {
    Deno.test(`a healthy release survives a docker that needs ${SLOW} s for "${command}"`, () =>
      releaseWithCommand(command));
  }
  for (const request of RELEASE_REQUESTS) {
    Deno.test(`a healthy release survives an engine that needs ${SLOW} s for "${request}"`, () =>
      releaseWithRequests([request]));
  }
} else {
  Deno.test(`a healthy release survives an engine that needs ${SLOW} s for each of its answers about a container`, () =>
    releaseWithRequests(DECISIVE));
}
