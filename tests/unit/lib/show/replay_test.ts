import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { Event, TimedEvent } from "../../../../lib/plan/events.ts";
import { replay } from "../../../../lib/show/replay.ts";
import {
  container,
  docker,
  end,
  FAILURE,
  GITHUB,
  reporterIn,
  runEnd,
  runStart,
  start,
  type Surroundings,
  TESTS,
} from "../reporters/fakes.ts";
import { screen } from "../reporters/screen.ts";

const ZERO = Date.parse("2026-01-02T03:04:05.000Z");

/** The events of a run, with half a second between two of them. */
function timed(events: readonly Event[]): TimedEvent[] {
  return events.map((event, i) => ({
    at: new Date(ZERO + i * 500).toISOString(),
    ...event,
  }));
}

/** Shows lines again; `write` takes what both outputs get. */
function shownAgain(
  lines: readonly string[],
  { flags, env = {}, terminal = false, write, size }: Surroundings = {},
) {
  const written = { stdout: "", stderr: "" };
  const sink = (name: keyof typeof written) => ({
    write: (text: string) => {
      written[name] += text;
      write?.(text);
    },
    isTerminal: terminal,
  });
  const run = replay({
    stdout: sink("stdout"),
    stderr: sink("stderr"),
    env,
    flags: {
      ...{ json: false, quiet: false, verbose: false, color: "never" },
      ...flags,
    },
    size: () => size ?? { columns: 80, rows: 24 },
  });
  const taken = lines.map((text, i) =>
    run.take({ text, bytes: text.length, isEnded: i < lines.length - 1 })
  );
  const ended = run.end();
  return { ...written, taken, ...ended };
}

function linesOf(events: readonly Event[]): string[] {
  return timed(events).map((event) => JSON.stringify(event));
}

const RELEASE: readonly Event[] = [
  runStart("build", "ready db/db", "run migrate/migrate"),
  start("build"),
  start("ready db"),
  ...docker("build", "#1 [test 1/2] RUN a", "#1 0.1 fetching", "#1 DONE 12.4s"),
  end("build", 12_500),
  start("run migrate"),
  ...container(["run migrate", "migrate"], "applied 0001"),
  end("run migrate", 800),
  end("ready db", 13_300),
  TESTS,
  { kind: "url", url: "http://localhost:1" },
  runEnd(),
];

const FAILED: readonly Event[] = [
  ...RELEASE.slice(0, 8),
  end("run migrate", 800, "failed"),
  end("ready db", 900, "stopped"),
  FAILURE,
  runEnd(1),
];

const SURROUNDINGS: readonly [string, Surroundings][] = [
  ["a pipe", {}],
  ["a pipe, quiet", { flags: { quiet: true } }],
  ["a pipe, verbose", { flags: { verbose: true } }],
  ["a pipe, in color", { flags: { color: "always" } }],
  ["a program", { flags: { json: true } }],
  ["GitHub Actions", GITHUB],
  ["GitLab CI", { env: { GITLAB_CI: "true" } }],
];

for (const [where, surroundings] of SURROUNDINGS) {
  Deno.test(`a run is shown again as it was: ${where}`, () => {
    for (const events of [RELEASE, FAILED]) {
      const all = timed(events);
      const before = reporterIn(surroundings);
      // The fake reporter gives all events one time of its own.
      const at = new Date(1_700_000_000_000).toISOString();
      const lines = all.map((event) => JSON.stringify({ ...event, at }));
      before.emit(...all);
      before.close();
      const { stdout, stderr } = shownAgain(lines, surroundings);
      assertEquals({ stdout, stderr }, before.written);
    }
  });
}

Deno.test("a terminal shows what it has shown at the end of the run, in one piece", () => {
  for (const events of [RELEASE, FAILED]) {
    const [before, after] = [screen(80, 24), screen(80, 24)];
    const live = reporterIn({ terminal: true, write: before.write });
    for (const event of events) {
      live.emit(event);
      live.clock.pass(500);
    }
    live.close();
    const { stderr } = shownAgain(linesOf(events), {
      terminal: true,
      write: after.write,
    });
    assertEquals(after.all(), before.all());
    // Nothing was drawn and erased.
    assert(!stderr.includes("\x1b[J"));
  }
});

Deno.test("a long run is drawn now and then, so that its lines need not be kept", () => {
  const shown = screen(80, 24);
  let most = 0;
  const lines = linesOf([
    runStart("build"),
    ...Array.from({ length: 5_000 }, (_, i) => [
      start(`step ${i}`),
      end(`step ${i}`),
    ]).flat(),
    runEnd(),
  ]);
  shownAgain(lines, {
    terminal: true,
    flags: { verbose: true },
    write: (text) => {
      shown.write(text);
      most = Math.max(most, text.length);
    },
  });
  assert(most < 50_000, `${most}`);
  const all = shown.all();
  assertEquals(all.filter((line) => /step \d+$/.test(line)).length, 5_000);
  assertEquals(all.filter((line) => line.startsWith("running")), []);
});

Deno.test("a silence of the run is none when it is shown again", () => {
  const { stderr } = shownAgain(linesOf([
    runStart("build"),
    start("build"),
    // Lines of progress, which a pipe does not show.
    ...docker("build", ...Array.from({ length: 3_000 }, () => "#1 0.1 x")),
    end("build"),
    runEnd(),
  ]));
  assert(!stderr.includes("still running"), stderr);
});

Deno.test("a run that was killed is unfinished, and has not printed its URL", () => {
  const lines = linesOf(RELEASE.slice(0, -1));
  const half = JSON.stringify(timed([runEnd()])[0]).slice(0, 40);
  const shown = shownAgain([...lines, half]);
  assertEquals(shown.stdout, "");
  assertEquals(shown.unfinished, { target: "release", ms: 6_000, steps: [] });
  assertEquals([shown.leftOut, shown.known], [0, lines.length]);
  const earlier = shownAgain(linesOf(RELEASE.slice(0, 3)));
  assertEquals(earlier.unfinished?.steps, ["build", "ready db"]);
  assertEquals(shownAgain(linesOf(RELEASE)).unfinished, undefined);
  assertEquals(shownAgain(linesOf([FAILURE])).unfinished, undefined);
});

Deno.test("of a run in two rounds the summary is that of the last one", () => {
  const first = RELEASE.slice(0, -1);
  const { stdout, stderr, unfinished } = shownAgain(
    linesOf([...first, ...RELEASE]),
  );
  assertEquals(stdout, "App running at http://localhost:1\n");
  assertEquals(stderr.split("release ok in").length, 2);
  assertEquals(unfinished, undefined);
});

Deno.test("kinds and fields of later versions are ignored, and programs get them", () => {
  const later = { at: "later", kind: "later", x: 1 };
  const odd = { at: "x", kind: "step-end", step: "build", result: "skipped" };
  const lines = linesOf(RELEASE);
  const all = [
    ...[JSON.stringify(later), JSON.stringify(odd)],
    ...[...lines, JSON.stringify(later)],
  ];
  const shown = shownAgain(all);
  const { stdout, stderr } = shownAgain(lines);
  assertEquals([shown.stdout, shown.stderr], [stdout, stderr]);
  assertEquals(shown.leftOut, 0);
  assertEquals(
    shownAgain(all, { flags: { json: true } }).stdout,
    `${all.join("\n")}\n`,
  );
});

Deno.test("lines that are no events are left out and counted; a file that begins with one is foreign", () => {
  const [first = "", ...rest] = linesOf(RELEASE);
  const shown = shownAgain([first, "{", "[]", "", "null", ...rest]);
  assertEquals(shown.leftOut, 3);
  assert(shown.taken.every(Boolean));
  assertEquals(shownAgain(["{}", first]).taken[0], false);
  const { isEmpty, known } = shownAgain([]);
  assertEquals([isEmpty, known], [true, 0]);
});

Deno.test("an event that cannot be printed is left out", () => {
  const deep = `${"[".repeat(200_000)}${"]".repeat(200_000)}`;
  const [first = "", ...rest] = linesOf(RELEASE);
  const odd = `{"at":"x","kind":"later","deep":${deep}}`;
  const shown = shownAgain([first, odd, ...rest], { flags: { json: true } });
  assertEquals(shown.stdout, `${[first, ...rest].join("\n")}\n`);
  assertEquals(shown.leftOut, 1);
});

Deno.test("events that a reporter keeps are bounded, and the end is shown all the same", () => {
  const long = "x".repeat(1_000_000);
  const event = JSON.stringify({ at: "x", kind: "url", url: long });
  const [first = "", ...rest] = linesOf(RELEASE);
  const shown = shownAgain([
    first,
    ...Array.from({ length: 100 }, () => event),
    ...rest,
  ]);
  assert(30 < shown.leftOut && shown.leftOut < 60, `${shown.leftOut}`);
  assertEquals(shown.unfinished, undefined);
});

Deno.test("whatever the lines are, they are shown without an exception", () => {
  const part = fc.oneof(
    fc.constantFrom(...linesOf([...RELEASE, ...FAILED])),
    fc.json(),
    fc.constantFrom("run-start", "step-end", "tests", "failure", "url").map(
      (kind) => JSON.stringify({ at: "x", kind }),
    ),
  );
  fc.assert(
    fc.property(fc.array(part), fc.boolean(), (lines, terminal) => {
      shownAgain(lines, { terminal });
    }),
    { seed: 20260102 },
  );
});
