/** A program that calls `main` ends as soon as `main` has resolved: no timer and no listener outlives the run. */

import { assertEquals } from "@std/assert";
import { ROOT, spawn, withCheckout } from "./harness.ts";

const TINY = new URL("fixtures/tiny", import.meta.url).pathname;

const PROGRAM: readonly [string, ...string[]] = [
  ...[Deno.execPath(), "run", "--allow-all"] as const,
  `${ROOT}tests/unit/program.ts`,
];

/** Calls, in this order, and the exit codes of `main`. */
const CALLS: readonly [string[], number][] = [
  [["test"], 0],
  [["test", "--", "fail"], 1],
  [["release", "--dry-run"], 0],
  [["release"], 0],
  [["doctor"], 0],
  [["publish"], 3],
  [["ls"], 0],
  [["clean"], 0],
];

Deno.test("a program ends by itself after each target, also after one that has failed", () =>
  withCheckout(async (checkout) => {
    for (const [argv, expected] of CALLS) {
      const run = spawn({ ...checkout, command: PROGRAM }, ...argv);
      const { code } = await run.status;
      const call = argv.join(" ");
      const last = run.stderr().trimEnd().split("\n").at(-1);
      assertEquals(
        [call, last, code],
        [call, `main: ${expected}`, 0],
        run.stderr(),
      );
    }
  }, { from: TINY }));

Deno.test("a program ends by itself after a target that a signal has stopped", () =>
  withCheckout(async (checkout) => {
    const run = spawn(
      { ...checkout, command: PROGRAM },
      "release",
      "--verbose",
    );
    await run.shows("start app");
    run.kill("SIGINT");
    const { code } = await run.status;
    const last = run.stderr().trimEnd().split("\n").at(-1);
    assertEquals([last, code], ["main: 130", 0], run.stderr());
  }, { from: TINY }));
