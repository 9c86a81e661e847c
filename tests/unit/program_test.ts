/**
 * A program that calls `main` ends as soon as `main` has resolved: no timer and no listener outlives the run.
 * `tests/e2e/program_test.ts` has the targets that need an engine.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { withFolder } from "./fakes.ts";

const PROGRAM = new URL("program.ts", import.meta.url).pathname;

/** A call, and the exit code of `main`. */
const CALLS: readonly [string[], number][] = [
  [["version"], 0],
  [["--help"], 0],
  [["--version"], 0],
  [["tset"], 2],
  [["completions", "bash"], 0],
  [["ls"], 0],
  [["show", "tools/docs_events.jsonl", "--quiet"], 0],
  [["show", "nowhere"], 3],
  [["doctor"], 1],
  [["test"], 4],
  [["clean"], 4],
];

for (const [argv, expected] of CALLS) {
  const call = argv.join(" ");
  Deno.test(`a program ends by itself after ${call}, without an engine`, () =>
    withFolder(async (state) => {
      const { code, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "--allow-all", PROGRAM, ...argv],
        env: {
          DOCKER_HOST: "unix:///nowhere/docker.sock",
          XDG_STATE_HOME: state,
        },
        stdin: "null",
      }).output();
      const text = new TextDecoder().decode(stderr);
      const last = text.trimEnd().split("\n").at(-1);
      assertEquals([last, code], [`main: ${expected}`, 0], text);
    }));
}
