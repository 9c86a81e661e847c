import { assert, assertEquals } from "@std/assert";
import { notedFaults, ownFault } from "../../../../lib/errors/own_fault.ts";
import { TodoflowError } from "../../../../lib/errors/todoflow_error.ts";

const STACK = `TypeError: no
    at copy (file:///home/me/todoflow/lib/artifacts/collect.ts:324:5)
    at async file:///tmp/deno-compile-todoflow/tasks/up.ts:3:1
    at fast (file:///home/me/.cache/deno/npm/registry/dax/0.49.0/esm/mod.js:9:1)
    at Object.readDir (ext:deno_fs/30_fs.js:1:2)`;

/** The frames of an exception with this stack. */
function framesOf(stack: string) {
  const failure = ownFault(Object.assign(new TypeError("no"), { stack }));
  assert(failure.kind === "own-fault");
  return failure.frames;
}

Deno.test("a failure has the message and the first frames of an exception, without the paths of one machine", () => {
  assertEquals(framesOf(STACK), [
    "at copy (lib/artifacts/collect.ts:324:5)",
    "at async tasks/up.ts:3:1",
    "at fast (mod.js:9:1)",
    "at Object.readDir (ext:deno_fs/30_fs.js:1:2)",
  ]);
});

Deno.test("a thrown failure is itself, and any other thrown value becomes a failure", () => {
  const failure = { kind: "no-git" } as const;
  assertEquals(ownFault(new TodoflowError(failure)), failure);
  for (const thrown of ["text", undefined, null, 5, {}, new Error("")]) {
    const failure = ownFault(thrown, { step: "build", reports: "reports/x" });
    assert(failure.kind === "own-fault" && failure.message !== "");
    assertEquals([failure.step, failure.reports], ["build", "reports/x"]);
  }
});

Deno.test("an exception that comes again and again is noted once, and the first ones are enough", () => {
  const { note, all } = notedFaults();
  for (let i = 0; i < 3; i++) note(new Error("full"), "build");
  assertEquals(all().length, 1);
  for (let i = 0; i < 9; i++) note(new Error(`${i}`));
  assertEquals(all().length, 3);
});
