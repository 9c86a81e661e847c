import {
  assert,
  assertEquals,
  assertMatch,
  assertNotMatch,
  assertStringIncludes,
} from "@std/assert";
import type { Event } from "../../../../lib/plan/events.ts";
import { runPage } from "../../../../lib/page/page.ts";
import { keptEvents } from "../../../../lib/page/kept.ts";
import { MAX_LOG, MAX_OUTPUT } from "../../../../lib/page/logs.ts";
import { at, eventsOf, pageOfLog, read, RELEASE } from "./events.ts";

Deno.test("a log's lines have the seconds since the start of the run", () => {
  const page = pageOfLog([
    "2026-01-02T03:04:06.250999999Z first",
    "2026-01-02T03:04:04.000000000Z before",
    "no time <b>",
    "",
    "2026-01-02T03:04:07.000000000Z ",
    "2026-01-02T03:04:08.000000000Z a\rb\r",
  ].join("\n"));
  assertStringIncludes(
    page,
    `<span class="lines"><i>1.250</i> first
<i>-1.000</i> before
<i></i> no time &lt;b&gt;
<i></i>${" "}
<i>2.000</i>${" "}
<i>3.000</i> a␍b
</span>`,
  );
});

Deno.test("the end of a huge log is shown, with the file that has all of it", () => {
  const line = (i: number) => `${at(i)} line ${String(i).padStart(12, "0")}\n`;
  const lines = Math.ceil(MAX_LOG / line(0).length) + 10;
  const text = Array.from({ length: lines }, (_, i) => line(i)).join("");
  const page = pageOfLog(text);
  const shown = [...page.matchAll(/line (\d{12})\n/g)].map(([, n]) =>
    Number(n)
  );
  assertEquals(shown.at(-1), lines - 1);
  assert(shown[0]! > 0);
  assertEquals(shown.length, lines - shown[0]!);
  assert(shown.length * line(0).length <= MAX_LOG);
  assertMatch(
    page,
    /Only its end is here\. All of it: <a href="logs\/app\.log">logs\/app\.log<\/a>/,
  );
});

Deno.test("a log that was cut before it came says so; a whole one does not", () => {
  assertStringIncludes(pageOfLog("x\n", 5), "Only its end is here.");
  assertNotMatch(pageOfLog("x\n"), /Only its end/);
  assertStringIncludes(pageOfLog(""), "Nothing was written.");
});

Deno.test("however many services there are, their logs together stay bounded", () => {
  const text = `${"x".repeat(79)}\n`.repeat(6000);
  const logs = Array.from({ length: 60 }, (_, i) => ({
    service: `s${i}`,
    text,
  }));
  const page = runPage({ events: eventsOf(RELEASE), logs });
  assert(page.length < 20_000_000, `${page.length}`);
  assertEquals(page.split("Only its end is here.").length, 61);
});

Deno.test("the beginning of a very long line is shown", () => {
  const page = pageOfLog(`${at(1)} ${"x".repeat(1_000_000)}\n`);
  assertStringIncludes(read(page), "x … and 990\u202f000 more characters\n");
  assert(page.length < 100_000);
});

Deno.test("the output of a step is a log, too, without the output of its container", () => {
  const output = (line: string, service?: string): Event & { ms: number } => ({
    kind: "output",
    step: "build",
    line,
    ms: 1250,
    ...(service && { service }),
  });
  const others = [output("#1 <built>"), output("from inside", "app")];
  const page = runPage({ events: eventsOf(RELEASE, { others }), logs: [] });
  assertStringIncludes(page, "<i>1.250</i> #1 &lt;built&gt;\n");
  assertNotMatch(page, /from inside/);
});

Deno.test("only as much output of steps is kept as a page shows", () => {
  const kept = keptEvents();
  const events = eventsOf(RELEASE);
  events.forEach((event, i) => {
    kept.keep(event);
    if (i !== 3) return;
    for (let n = 0; n < 30_000; n++) {
      const line = `line ${n}.`;
      kept.keep({ kind: "output", step: "build", line, at: at(500) });
      kept.keep({
        kind: "output",
        step: "run",
        line,
        service: "x",
        at: at(500),
      });
    }
  });
  const all = kept.all();
  assertEquals(all.filter(({ kind }) => kind !== "output"), events);
  const lines = all.filter((event) => event.kind === "output");
  assert(MAX_OUTPUT <= lines.length && lines.length <= 2 * MAX_OUTPUT);
  assertEquals(lines.at(-1)?.line, "line 29999.");
  assertEquals(all.indexOf(lines[0]!), 4);
  const page = runPage({ events: all, logs: [] });
  assertEquals(page.match(/ line \d+\.\n/g)?.length, MAX_OUTPUT);
  assertStringIncludes(page, " line 29999.\n");
  assertStringIncludes(
    page,
    "Only its last 5\u202f000 lines are here.",
  );
});

Deno.test("a run in which nothing was written has no search", () => {
  const page = runPage({ events: eventsOf(RELEASE), logs: [] });
  assertStringIncludes(page, "Nothing was written.");
  assertNotMatch(page, /id="search"/);
});
