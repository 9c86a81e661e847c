import { assertEquals } from "@std/assert";
import { NO_ARTIFACTS } from "../../../lib/artifacts.ts";
import type { Failure } from "../../../lib/errors.ts";
import { journal } from "../../../lib/journal.ts";

const FAILURE: Failure = { kind: "signal", signal: "SIGINT" };

/** The names of the files that a run with a receipt leaves when it ends like this. */
async function filesOf(
  failures: readonly Failure[],
  { finish = NO_ARTIFACTS.finish } = {},
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
