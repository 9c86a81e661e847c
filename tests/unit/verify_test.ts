/**
 * The gates of `deno task verify`, without running them.
 *
 * @module
 */

import {
  assert,
  assertEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import {
  choiceOf,
  countTests,
  GATES,
  gatesOf,
  leftOut,
} from "../../tools/verify.ts";

Deno.test("--all runs every gate, without it the long ones are left out and named", () => {
  assertEquals(gatesOf(choiceOf(["--all"])), [...GATES]);
  const plain = gatesOf(choiceOf([]));
  const long = GATES.filter((gate) => !plain.includes(gate));
  assert(long.length > 0);
  for (const { name } of long) assertStringIncludes(leftOut(), name);
});

for (const args of [["--al"], ["all"], ["--all", "e2e"], ["-a"]]) {
  Deno.test(`verify ${args.join(" ")}: exit code 2, names the argument, and no gate runs`, async () => {
    assertThrows(() => choiceOf(args), Error, `"${args.at(-1)}"`);
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "tools/verify.ts", ...args],
      cwd: new URL("../..", import.meta.url).pathname,
    }).output();
    const text = new TextDecoder();
    assertEquals([code, text.decode(stdout)], [2, ""]);
    assertStringIncludes(text.decode(stderr), `"${args.at(-1)}"`);
  });
}

Deno.test("a run of tests without a report counts as a failure", () => {
  assertEquals(countTests(""), { passed: 0, failed: 1 });
  assertEquals(
    countTests(
      '<testsuites name="x" tests="5" failures="1" errors="1" time="1">',
    ),
    { passed: 3, failed: 2 },
  );
});
