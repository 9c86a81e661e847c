import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { keptEvents } from "../../../../lib/page/kept.ts";
import { runPage } from "../../../../lib/page/page.ts";
import type { TimedEvent } from "../../../../lib/plan/events.ts";
import { at, eventsOf } from "./events.ts";
import { largeRun } from "./large.ts";

Deno.test("the page of 300 steps has a row for each that took its time, and is small", () => {
  const page = runPage(largeRun());
  assert(page.length < 2_500_000, `${page.length}`);
  // Starting 100 services is bookkeeping.
  assertEquals(page.match(/<li class="row (?:critical|other)">/g)?.length, 200);
  assertStringIncludes(page, "100 steps</a>");
  assertStringIncludes(page, "300 steps</span>");
});

Deno.test("however much its steps and services write, a page stays bounded", () => {
  const long = "<".repeat(20_000);
  const run = largeRun({ lines: 20, units: 400_000 });
  const events = run.events.map((event): TimedEvent =>
    event.kind === "output" ? { ...event, line: long } : event
  );
  const page = runPage({ ...run, events });
  assert(page.length < 70_000_000, `${page.length}`);
  // Each step still has the end of its output.
  assertEquals(
    page.match(/<details class="log" id="output-\d+">/g)?.length,
    300,
  );
  assertEquals(page.split("Only its last 2 lines are here.").length, 301);
});

Deno.test("logs that have little to say leave their room to the long ones", () => {
  const log = (service: string, lines: number) => ({
    service,
    text: `${"x".repeat(999)}\n`.repeat(lines),
  });
  const range = (n: number) => Array.from({ length: n }, (_, i) => i);
  const logs = [
    ...range(8).map((i) => log(`short ${i}`, 10)),
    ...range(10).map((i) => log(`long ${i}`, 3000)),
  ];
  const page = runPage({ events: eventsOf([]), logs });
  assertEquals(page.split("Only its end is here.").length, 11);
  // 16 million units for all; the short ones need 80 000 of them; each loses the line in which it is cut.
  assertEquals(page.match(/x{999}\n/g)?.length, 80 + 10 * 1591);
});

Deno.test("a log of a million empty lines is cut to its last lines", () => {
  const text = `${"\n".repeat(1_000_000)}last\n`;
  const page = runPage({
    events: eventsOf([]),
    logs: [{ service: "a", text }],
  });
  assertEquals(page.match(/<i>/g)?.length, 40_000);
  assertStringIncludes(page, "<i></i> last\n");
  assertStringIncludes(page, "Only its end is here.");
});

Deno.test("output of long lines is kept in bounded memory: steps that write little lose nothing", () => {
  const kept = keptEvents();
  const write = (step: string, line: string) =>
    kept.keep({ kind: "output", step, line, at: at(1) });
  write("quiet", "first");
  for (let i = 0; i < 200; i++) {
    write(`loud ${i % 3}`, `${i}`.padEnd(1_000_000, "x"));
  }
  write("loud 0", "last");
  const lines = kept.all()
    .flatMap((event) => event.kind === "output" ? [event] : []);
  const units = lines.reduce((sum, { line }) => sum + line.length, 0);
  assert(16_000_000 < units && units <= 32_000_000, `${units}`);
  assertEquals(lines[0]?.line, "first");
  assertEquals(lines.at(-1)?.line, "last");
  assertEquals(new Set(lines.map(({ step }) => step)).size, 4);
});
