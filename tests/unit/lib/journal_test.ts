import { assertEquals } from "@std/assert";
import { NO_ARTIFACTS } from "../../../lib/artifacts.ts";
import type { Failure } from "../../../lib/errors.ts";
import { journal } from "../../../lib/journal.ts";

const FAILURE: Failure = { kind: "signal", signal: "SIGINT" };

/** The names of the files that a run with a receipt leaves when it ends like this. */
async function filesOf(
  failures: readonly Failure[],
  { finish = NO_ARTIFACTS.finish, reads = 0 } = {},
): Promise<string[]> {
  const names: string[] = [];
  const told = journal({
    artifacts: {
      ...NO_ARTIFACTS,
      finish,
      close: (files = {}) => {
        names.push(...Object.keys(files));
        return Promise.resolve();
      },
    },
    hasPages: true,
    report: () => {},
    testService: "test",
    oneShots: [],
    files: () => Promise.resolve([]),
    receipt: () => Promise.resolve("receipt"),
  });
  for (let read = 0; read < reads; read++) told.read();
  await told.end(failures).catch(() => {});
  return names;
}

const PAGES = ["run.html", "trace.json", "junit.xml"];

Deno.test("a run that succeeds gets its receipt after everything else", async () => {
  assertEquals(await filesOf([]), [...PAGES, "receipt.json"]);
});

Deno.test("a run that fails, or whose reports are lost, gets none: nothing was accepted", async () => {
  assertEquals(await filesOf([FAILURE]), PAGES);
  const finish = () => Promise.reject(new Error("the disk is full"));
  assertEquals(await filesOf([], { finish }), PAGES);
});

Deno.test("what is read before the end is not read again, and the last time counts", async () => {
  for (const reads of [0, 1, 2]) {
    let count = 0;
    const finish = () =>
      ++count < reads
        ? Promise.reject(new Error("more came"))
        : NO_ARTIFACTS.finish();
    assertEquals(await filesOf([], { finish, reads }), [
      ...PAGES,
      "receipt.json",
    ]);
    assertEquals(count, Math.max(1, reads));
  }
});
