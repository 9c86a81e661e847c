import { assertEquals } from "@std/assert";
import { notice } from "../../../../lib/run/notice.ts";
import { fakeWorld } from "../../fakes.ts";

/** The line that a text becomes. */
function told(text: string, from?: string): string {
  const { world, written } = fakeWorld();
  const redactor = { text: (all: string) => all.replace("hunter2", "***") };
  notice(text, { world, redactor, ...(from !== undefined && { from }) });
  return written.stderr;
}

Deno.test("a notice is one line, names todoflow, and shows no value", () => {
  assertEquals(told("hunter2 is told"), "todoflow: *** is told\n");
  assertEquals(told("removed", "sweep"), "sweep: removed\n");
});

Deno.test("a carriage return in a name hides nothing of a notice", () => {
  assertEquals(
    told("a run would be refused: x\rall is well"),
    "todoflow: a run would be refused: x all is well\n",
  );
});
