/**
 * When the log is written, and that nothing of it is lost.
 *
 * @module
 */

import { assertEquals, assertMatch } from "@std/assert";
import { createLog } from "../../src/log.ts";

const TIME = /^\{"time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z",/;

Deno.test("the log is JSON, a line an entry, written together", () => {
  const written: string[] = [];
  const { log, flush } = createLog((text) => written.push(text));
  log({ level: "info", message: 'a "b"\n' });
  log({ level: "info", status: 200 });
  assertEquals(written, []);
  flush();
  flush();
  assertEquals(written.length, 1);
  const lines = written[0]?.split("\n") ?? [];
  for (const line of lines) assertMatch(line, TIME);
  assertEquals(
    lines.map((line) => {
      const { time: _, ...entry } = JSON.parse(line);
      return entry;
    }),
    [{ level: "info", message: 'a "b"\n' }, { level: "info", status: 200 }],
  );
});

Deno.test("the log is written after a moment by itself", async () => {
  const text = await new Promise<string>((resolve) => {
    createLog(resolve).log({ level: "info", message: "later" });
  });
  assertMatch(text, /"message":"later"\}$/);
});

Deno.test("the log does not wait when something is wrong, or much to write", () => {
  const written: string[] = [];
  const { log } = createLog((text) => written.push(text));
  log({ level: "info", message: "before" });
  log({ level: "error", message: "wrong" });
  assertEquals(written.length, 1);
  assertMatch(written[0] ?? "", /before[^]*wrong/);
  log({ level: "info", message: "x".repeat(40_000) });
  assertEquals(written.length, 2);
});
