import { assert, assertEquals } from "@std/assert";
import type { Event } from "../../../../lib/plan/events.ts";
import {
  container,
  docker,
  end,
  FAILURE,
  onTerminal,
  runEnd,
  runStart,
  start,
  TESTS,
} from "./fakes.ts";

Deno.test("each running step has a live line; ended steps scroll above", () => {
  const { emit, clock, shown, close } = onTerminal();
  emit(
    runStart("build", "ready db/db", "run migrate/migrate"),
    start("build"),
    start("ready db", '"db" must be ready'),
    ...docker("build", "#1 [test 1/2] RUN a", "#1 0.1 fetching"),
  );
  clock.pass(12_300);
  assertEquals(shown.all(), [
    "running     12 s  build: [test 1/2] fetching",
    'running     12 s  ready db: "db" must be ready',
  ]);
  emit(
    ...docker("build", "#1 DONE 12.4s"),
    end("build", 12_500),
    start("run migrate"),
    ...container(["run migrate", "migrate"], "applied 0001"),
  );
  clock.pass(900);
  assertEquals(shown.all(), [
    "build | [test 1/2] RUN a (12.4 s)",
    "ok        12.5 s  build: 1 step, 0 cached",
    'running     13 s  ready db: "db" must be ready',
    "running      0 s  run migrate: applied 0001",
  ]);
  emit(
    end("run migrate", 800),
    end("ready db", 13_300),
    { kind: "url", url: "http://localhost:1" },
    runEnd(),
  );
  close("reports/release/run.html");
  assertEquals(shown.all().slice(2), [
    "ok         0.8 s  run migrate",
    "ok        13.3 s  ready db",
    "",
    "release ok in 7.2 s (12.9 s sequentially, 5.7 s saved)",
    "Report: reports/release/run.html",
    "docker compose -p shop ps   # or: logs; todoflow clean removes it",
    "App running at http://localhost:1",
  ]);
  assert(shown.isFresh());
});

Deno.test("a failure fits on a screen of 24 rows of 80", () => {
  const { emit, clock, shown, close } = onTerminal();
  const long = "word ".repeat(40);
  for (let i = 0; i < 30; i++) emit(start(`step ${i}`), end(`step ${i}`));
  clock.pass(100);
  emit({
    kind: "failure",
    exitCode: 1,
    explanation: {
      headline: `release failed at step "run migrate" (exit code 1), ${long}`,
      why: `${long}\n"app" was not started`,
      evidence: [{
        title: "Last lines of migrate",
        lines: Array.from(
          { length: 40 },
          (_, i) => `${i} ${"x".repeat(i * 9)}`,
        ),
        logs: "reports/release/logs/migrate.log",
      }],
      next: "docker start shop-migrate-1",
    },
  }, runEnd(1));
  close();
  const view = shown.view();
  assertEquals(view.length, 24);
  const text = view.join("\n");
  for (const part of ["todoflow: release failed", "Why:  word", ".log):"]) {
    assert(text.includes(part), text);
  }
  assertEquals(view.slice(-2), ["Next: docker start shop-migrate-1", ""]);
});

Deno.test("live lines are narrower than the terminal, however long their text", () => {
  const { emit, clock, shown } = onTerminal(40);
  emit(
    start("build"),
    ...container(
      ["build", "b"],
      "日本語\t\t長いテキスト e\u0301e\u0301 👍 x".repeat(9),
    ),
    start("ready db", "x".repeat(300)),
  );
  for (let i = 0; i < 5; i++) clock.pass(1_000);
  const live = shown.all().filter((line) => line.startsWith("running"));
  assertEquals(live.length, 2);
  assert(live.every((line) => line.endsWith("…")), live.join("\n"));
  assertEquals(live[1]!.length, 39);
});

Deno.test("at most eight lines live, and fewer on a low terminal", () => {
  for (const [rows, lines] of [[24, 8], [6, 4], [2, 1]] as const) {
    const { emit, clock, shown } = onTerminal(80, rows);
    for (let i = 0; i < 10; i++) emit(start(`step ${i}`));
    clock.pass(100);
    clock.pass(2_000);
    assertEquals(shown.all().length, lines);
    assertEquals(shown.all().at(-1), `… and ${11 - lines} more`);
  }
});

Deno.test("it is drawn in one piece, at most every 100 ms, and only when something is new", () => {
  const { emit, clock, shown } = onTerminal();
  emit(start("build"));
  for (let i = 0; i < 200; i++) {
    emit(...docker("build", `line ${i}`));
    clock.pass(10);
  }
  assertEquals(shown.writes, 20);
  clock.pass(5_000);
  assertEquals(shown.writes, 25);
});

Deno.test("a terminal that becomes narrower or wider keeps what has scrolled by, and one line for each step", () => {
  const { emit, clock, shown, size, close } = onTerminal(80);
  emit(
    start("a"),
    end("a"),
    start("build", "x".repeat(200)),
    start("ready db", "y".repeat(50)),
  );
  clock.pass(100);
  for (const columns of [30, 25, 79, 200]) {
    shown.resize(columns);
    size.columns = columns;
    clock.pass(1_000);
    const lines = shown.all();
    assertEquals(lines.length, 3, lines.join("\n"));
    assertEquals(lines[0], "ok         0.4 s  a");
  }
  close();
  assert(shown.isFresh());
});

Deno.test("when it is closed halfway nothing is left half-drawn", () => {
  const { emit, clock, shown, close } = onTerminal();
  emit(
    start("build"),
    ...docker("build", "one"),
  );
  clock.pass(250);
  emit(...docker("build", "two"), end("build", 300, "stopped"), {
    kind: "failure",
    exitCode: 130,
    explanation: { headline: "Stopped by SIGINT" },
  }, runEnd(130, 300, 300));
  close();
  assertEquals(shown.all(), [
    "stopped    0.3 s  build",
    "",
    "run stopped in 0.3 s",
    "",
    "todoflow: Stopped by SIGINT",
  ]);
  assert(shown.isFresh());
  const { writes } = shown;
  emit(start("late"));
  clock.pass(1_000);
  close();
  assertEquals(shown.writes, writes);
});

Deno.test("a step that still runs when it is closed leaves no line", () => {
  const { emit, clock, shown, close } = onTerminal();
  emit(start("build"), FAILURE);
  clock.pass(250);
  close();
  assertEquals(
    shown.all()[0],
    'todoflow: release failed at step "run migrate" (exit code 3)',
  );
  assert(shown.isFresh());
});

Deno.test("the failed tests are narrower than the terminal, however long their names", () => {
  const long = "日本語".repeat(20);
  const { emit, shown, close } = onTerminal(60);
  emit(start(long), end(long), {
    ...TESTS as Extract<Event, { kind: "tests" }>,
    failed: [{ suite: "", name: long, result: "failed", message: long }],
  }, runEnd(1));
  close();
  const lines = shown.all();
  const summary = lines.slice(lines.indexOf("") + 1);
  assertEquals(summary.filter((line) => line.includes("…")).length, 2);
  assertEquals(summary.slice(0, 2), [
    "run failed in 7.2 s",
    "test: 12 tests, 11 passed, 1 failed, 83 % covered",
  ]);
});

for (const verbose of [false, true]) {
  Deno.test(
    `the output of a container cannot draw over anything${
      verbose ? ", verbose" : ""
    }`,
    () => {
      const { emit, clock, shown, written, close } = onTerminal(
        80,
        24,
        verbose,
      );
      emit(
        start("run a", "\x1b[9A\x1b[Jx"),
        ...container(
          ["run a", "a"],
          "\x1b[9A\x1b[2Jx",
          "\x1b[31mred",
          "old\rnew",
          "\x9b9A\b\b\v",
        ),
      );
      clock.pass(100);
      const lines = ["a | x", "a | red", "a | new", "a |"];
      assertEquals(shown.all(), [
        ...(verbose ? lines : []),
        "running      0 s  run a: new",
      ]);
      assertEquals(written.stderr.includes("\x1b[31mred\x1b[0m\n"), verbose);
      close();
    },
  );
}

Deno.test("a terminal that does not know its size is taken for one of 80 columns", () => {
  const { emit, clock, shown, size, close } = onTerminal();
  Object.assign(size, { columns: 0, rows: 0 });
  emit(start("build", "x".repeat(200)));
  clock.pass(100);
  clock.pass(5_000);
  assertEquals(shown.all().map(({ length }) => length), [79]);
  close();
});

Deno.test("verbose: every line scrolls by, and steps live all the same", () => {
  const { emit, clock, shown } = onTerminal(80, 24, true);
  emit(start("build"), ...docker("build", "#1 [1/2] RUN a", "#1 DONE 0.0s"));
  clock.pass(100);
  assertEquals(shown.all(), [
    "build | #1 [1/2] RUN a",
    "build | #1 DONE 0.0s",
    "running      0 s  build: [1/2] RUN a",
  ]);
});

Deno.test("verbose: steps of bookkeeping and the output of containers scroll by, and the table is not shown all the same", () => {
  const { emit, shown, close } = onTerminal(80, 24, true);
  emit(
    runStart("tag app", "run migrate/migrate"),
    start("tag app"),
    end("tag app", 20),
    start("run migrate"),
    ...container(["run migrate", "migrate"], "applied 0001"),
    end("run migrate", 600),
    runEnd(0, 700, 700),
  );
  close();
  assertEquals(shown.all(), [
    "ok         0.0 s  tag app",
    "migrate | applied 0001",
    "ok         0.6 s  run migrate",
    "",
    "release ok in 0.7 s",
  ]);
});

Deno.test("a step of bookkeeping is shown if it is slow or fails, and what it says in any case", () => {
  const { emit, shown, close } = onTerminal();
  emit(
    runStart("tag app", "networks", "create", "images", "steady app"),
    ...["tag app", "steady app"].flatMap((step) => [start(step), end(step, 4)]),
    start("networks"),
    end("networks", 500),
    start("images"),
    ...docker("images", "takes the name app"),
    {
      ...{ kind: "image", step: "images", services: ["app"], id: "0e44" },
      unchanged: true,
    },
    end("images", 20),
    start("create"),
    end("create", 20, "failed"),
  );
  close();
  assertEquals(shown.all(), [
    "ok         0.5 s  networks",
    "images | takes the name app",
    "failed     0.0 s  create",
  ]);
});

Deno.test("what docker says of a step is shown when the step has succeeded: of one that fails, its failure shows it", () => {
  for (const result of ["ok", "failed"] as const) {
    const { emit, clock, shown, close } = onTerminal();
    emit(
      start("up"),
      ...docker("up", "one", "two"),
      ...docker("up", 'time="1" level=warning msg="told at once"'),
    );
    clock.pass(100);
    assertEquals(shown.all(), [
      "up | warning: told at once",
      "running      0 s  up: warning: told at once",
    ]);
    emit(end("up", 800, result));
    close();
    assertEquals(
      shown.all().filter((line) => /one|two/.test(line)),
      result === "ok" ? ["up | one", "up | two"] : [],
    );
  }
});
