import { assertEquals } from "@std/assert";
import { ending, topLines } from "../../../../lib/causes/ending.ts";

const TRACE = [
  "node:events:505",
  "    throw er; // Unhandled 'error' event",
  "Error: connect ECONNREFUSED 127.0.0.1:8000",
  "    at TCPConnectWrap.afterConnect (node:net:2083:16) {",
  "  errno: -111",
  "}",
  "",
  "Node.js v24.22.3",
];

Deno.test("the frames and the details of a trace do not count, however many there are", () => {
  const frames = Array.from({ length: 80 }, (_, i) => `    at f${i} (a:1:2)`);
  const lines = ["Error: no items", ...frames, ...TRACE];
  assertEquals(ending(lines), lines);
});

Deno.test("of other lines, the last ten different ones count", () => {
  const lines = Array.from({ length: 30 }, (_, i) => `line ${"x".repeat(i)}`);
  assertEquals(ending(lines), lines.slice(-10));
  const again = Array.from({ length: 30 }, (_, i) => `try ${i}`);
  assertEquals(ending(["Error: no items", ...again]).length, 31);
});

Deno.test("lines before a program worked, and those of tests that have passed, do not count", () => {
  assertEquals(
    ending(["Error: refused", "server is listening on 8000", "Killed"]),
    ["server is listening on 8000", "Killed"],
  );
  assertEquals(
    ending(["Error: refused", "error: nothing is listening", "Killed"]).length,
    3,
  );
  assertEquals(ending(["ok 1 - is refused", "✓ is denied", "not ok 2"]), [
    "not ok 2",
  ]);
});

Deno.test("the top lines are those that are no details, or all", () => {
  assertEquals(topLines(TRACE), [
    "node:events:505",
    "Error: connect ECONNREFUSED 127.0.0.1:8000",
  ]);
  assertEquals(topLines(["  a", "  b"]), ["  a", "  b"]);
});
