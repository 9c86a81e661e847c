import { assertEquals } from "@std/assert";
import { build$, CommandBuilder } from "dax";
import { ask, jsonOf, linesOf } from "../../../../../lib/doctor/project/ask.ts";
import type { Shell } from "../../../../../lib/plan/plan.ts";

Deno.test("a docker that does not answer is not waited for", async () => {
  let ended = false;
  const $ = build$({
    commandBuilder: new CommandBuilder().noThrow().registerCommand(
      "docker",
      ({ signal }) =>
        new Promise((resolve) =>
          signal.addListener(() => {
            ended = true;
            resolve({ code: 130 });
          })
        ),
    ),
  }) as Shell;
  const { code, stderr } = await ask($`docker info`, 1);
  assertEquals(code, 124);
  assertEquals(stderr, "docker did not answer within 0.001 s");
  assertEquals(ended, true);
});

Deno.test("output that is no JSON is undefined, and empty lines are left out", () => {
  const output = (stdout: string) => ({ code: 0, stdout, stderr: "" });
  assertEquals(jsonOf(output('{"a":1}')), { a: 1 });
  assertEquals(jsonOf(output("oops")), undefined);
  assertEquals(linesOf(output("a\n\nb\n")), ["a", "b"]);
});
