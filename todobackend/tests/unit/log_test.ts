/**
 * When the log is written, that nothing of it is lost, and that one cause is said once.
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

Deno.test("one cause is one line a second, and the next one says how many there were", () => {
  const written: string[] = [];
  let time = 10_000;
  const { log } = createLog((text) => written.push(text), () => time);
  const fail = (message: string) => log({ level: "error", id: "1", message });
  for (let i = 0; i < 500; i++) fail("gone");
  fail("full");
  time += 999;
  fail("gone");
  assertEquals(written.length, 2);
  time += 1;
  fail("gone");
  assertEquals(written.length, 3);
  assertMatch(written[2]!, /"message":"gone","repeated":500\}$/);
  time += 1000;
  fail("gone");
  assertMatch(written[3]!, /"message":"gone"\}$/);
});
