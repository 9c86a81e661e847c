import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { trace } from "../../../../lib/artifacts/trace.ts";
import {
  eventsOf,
  FAILED,
  RELEASE,
  RUNS,
  SEED,
  START,
} from "../page/events.ts";

interface Entry {
  ph: string;
  name: string;
  pid: number;
  tid: number;
  ts: number;
  dur: number;
  id: number;
  cat: string;
  args: Record<string, unknown>;
}

function entriesOf(text: string, phase: string): Entry[] {
  const { traceEvents } = JSON.parse(text) as { traceEvents: Entry[] };
  return traceEvents.filter(({ ph }) => ph === phase);
}

Deno.test("every step is a bar in microseconds, with its result, its reason and what it waited for", () => {
  const bars = entriesOf(trace(eventsOf(FAILED)), "X");
  const migrate = bars.find(({ name }) => name === "run migrate")!;
  assertEquals([migrate.ts, migrate.dur], [3_600_000, 600_000]);
  assertEquals(migrate.args, {
    result: "failed",
    why: "run migrate is needed",
    ms: 600,
    after: ["create", "ready db"],
    critical: true,
  });
  assertEquals(bars.find(({ name }) => name === "down")?.cat, "clean-up");
});

Deno.test("steps that overlap are on different lanes, of which there are as few as possible", () => {
  fc.assert(
    fc.property(RUNS, (steps) => {
      const bars = entriesOf(trace(eventsOf(steps)), "X")
        .filter(({ pid }) => pid === 1);
      assertEquals(bars.length, steps.length);
      for (const a of bars) {
        assert(Number.isInteger(a.ts) && a.ts >= 0);
        assert(Number.isInteger(a.dur) && a.dur > 0);
        for (const b of bars) {
          const apart = a.ts + a.dur <= b.ts || b.ts + b.dur <= a.ts;
          assert(a === b || a.tid !== b.tid || apart, `${a.name}, ${b.name}`);
        }
      }
      const atOnce = bars.map(({ ts }) =>
        bars.filter((bar) => bar.ts <= ts && ts < bar.ts + bar.dur).length
      );
      const lanes = new Set(bars.map(({ tid }) => tid));
      assertEquals(lanes.size, Math.max(0, ...atOnce));
    }),
    { seed: SEED },
  );
});

Deno.test("every arrow starts inside a step and ends at the start of one that waited for it", () => {
  fc.assert(
    fc.property(RUNS, (steps) => {
      const text = trace(eventsOf(steps));
      const bars = entriesOf(text, "X").filter(({ pid }) => pid === 1);
      const starts = entriesOf(text, "s");
      const ends = entriesOf(text, "f");
      assertEquals(starts.length, ends.length);
      const sum = steps.reduce((sum, { after = [] }) => sum + after.length, 0);
      assertEquals(starts.length, sum);
      starts.forEach((start, i) => {
        const end = ends[i]!;
        assertEquals(start.id, end.id);
        assert(start.ts <= end.ts);
        const inside = (entry: Entry) =>
          bars.filter(({ tid, ts, dur }) =>
            tid === entry.tid && ts <= entry.ts && entry.ts < ts + dur
          );
        const [from, to] = [inside(start), inside(end)];
        assertEquals([from.length, to.length], [1, 1]);
        assert((to[0]!.args["after"] as string[]).includes(from[0]!.name));
      });
    }),
    { seed: SEED },
  );
});

Deno.test("containers are a process of their own: until the one-shot ends, else until the run does", () => {
  const text = trace(eventsOf(RELEASE));
  const bars = entriesOf(text, "X").filter(({ pid }) => pid === 2);
  assertEquals(
    bars.map(({ name, ts, dur }) => [name, ts / 1000, (ts + dur) / 1000]),
    [
      ["db", 400, 5000],
      ["until ready", 400, 3600],
      ["static", 1700, 2200],
      ["migrate", 3600, 4200],
      ["app", 4500, 5000],
      ["until ready", 4500, 5000],
    ],
  );
  const names = entriesOf(text, "M").filter(({ name }) =>
    name === "process_name" || name === "thread_name"
  );
  assertEquals(
    names.map(({ pid, args }) => [pid, args["name"]]),
    [
      [1, "Steps"],
      [1, "lane 1"],
      [1, "lane 2"],
      [2, "Containers"],
      [2, "db"],
      [2, "static"],
      [2, "migrate"],
      [2, "app"],
    ],
  );
});

Deno.test("the URL and failures are moments", () => {
  const moments = entriesOf(
    trace(eventsOf(RELEASE, {
      code: 1,
      others: [
        { kind: "url", url: "http://localhost:1234", ms: 4800 },
        {
          kind: "failure",
          exitCode: 1,
          explanation: { headline: "release failed", next: "deno task up" },
          ms: 5000,
        },
      ],
    })),
    "i",
  );
  assertEquals(
    moments.map(({ name, ts, args }) => ({ name, ts, args })),
    [
      {
        name: "App running",
        ts: 4_800_000,
        args: { url: "http://localhost:1234" },
      },
      {
        name: "release failed",
        ts: 5_000_000,
        args: { exitCode: 1, headline: "release failed", next: "deno task up" },
      },
    ],
  );
});

Deno.test("the trace names its run, and is the same for the same events", () => {
  const events = eventsOf(RELEASE);
  assertEquals(JSON.parse(trace(events)).otherData, {
    started: START,
    target: "release",
    project: "shop",
    directory: "/src/shop",
    version: "abc1234",
    tool: "1.2.3",
    engine: "unix:///var/run/docker.sock",
  });
  assertEquals(trace(events), trace(structuredClone(events)));
});

Deno.test("no events, and events without a plan or an end, make a trace, too", () => {
  assertEquals(entriesOf(trace([]), "X"), []);
  const events = eventsOf(FAILED)
    .filter(({ kind }) => !["run-start", "run-end", "step-end"].includes(kind));
  const bars = entriesOf(trace(events), "X");
  assertEquals(bars.length, FAILED.length);
  assert(bars.every(({ args }) => args["result"] === "unfinished"));
});

Deno.test("terminal sequences do not reach the viewer", () => {
  const [bar] = entriesOf(
    trace(eventsOf([{ name: "\x1b[31mred\x1b[0m \ud800", span: [0, 1] }])),
    "X",
  );
  assertEquals(bar?.name, "red \uFFFD");
});
