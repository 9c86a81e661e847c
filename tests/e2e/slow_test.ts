import { assert, assertEquals } from "@std/assert";
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
  "image\\ ls*",
  "image\\ inspect*",
  "compose\\ build*",
  "tag*",
  "compose\\ create*",
  "start*",
  "container\\ inspect*{{json*",
  "container\\ inspect*{{.Image*",
  "exec*",
  "wait*",
  "logs*",
  "port*",
  "rm*",
];

/** Those that had a deadline of five seconds, or none, and whose late answer was taken for another one. */
const DECISIVE = [
  "container\\ inspect*{{json*",
  "container\\ inspect*{{.Image*",
  "wait*",
];

/** Releases with a docker that needs long for the first call of each of these commands; resolves to what was told. */
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

if (ALL) {
  for (const command of COMMANDS) {
    Deno.test(`a healthy release survives an engine that needs ${SLOW} s for "${command}"`, () =>
      release([command]));
  }
} else {
  Deno.test(`a healthy release survives an engine that needs ${SLOW} s for each of its answers about a container`, () =>
    release(DECISIVE));
}
