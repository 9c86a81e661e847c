import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Event } from "../../../../lib/plan/events.ts";
import {
  container,
  docker,
  end,
  FAILURE,
  GITHUB,
  report,
  reporterIn,
  runEnd,
  runStart,
  start,
  TESTS,
} from "./fakes.ts";

Deno.test("a run is shown line by line on stderr; only the URL is on stdout", () => {
  const { stdout, stderr } = report([
    runStart("pull debian:bookworm-slim", "build", "run migrate/migrate"),
    start("up", '"db" can start while images are built'),
    start("build", "the images must hold the sources of this commit"),
    ...docker("up", " Container shop-db-1  Started"),
    end("up"),
    ...docker("build", "#1 [1/2] RUN a", "#1 DONE 1.5s", "#2 [2/2] RUN b"),
    ...docker("build", "#2 CACHED"),
    end("build", 1_600),
    start("run migrate", '"migrate" must succeed'),
    ...docker("run migrate", "shop-migrate-1"),
    ...container(["run migrate", "migrate"], "applied 0001", "", "done"),
    {
      kind: "image",
      step: "run migrate",
      services: ["app", "migrate"],
      id:
        "sha256:0e44cbd47c06ed4f599ac81330a0bfde4b6cbec0db34c91127cda4161e11ad44",
      unchanged: true,
    },
    end("run migrate", 600),
    { kind: "url", url: "http://localhost:4711" },
    runEnd(),
  ]);
  assertEquals(stdout, "App running at http://localhost:4711\n");
  assertEquals(
    stderr,
    `up: ok (0.4 s)
build   | [1/2] RUN a (1.5 s)
build: ok (1.6 s): 2 steps, 1 cached
migrate | applied 0001
migrate |
migrate | done
run migrate | app, migrate: 0e44cbd47c06 (unchanged)
run migrate: ok (0.6 s)

step         result   duration
up           ok          0.4 s
build        ok          1.6 s
run migrate  ok          0.6 s
release ok in 7.2 s (12.9 s sequentially, 5.7 s saved)
docker compose -p shop ps   # or: logs; todoflow clean removes it
`,
  );
});

Deno.test("the failure is the last thing on the screen, and docker's progress is not there", () => {
  const { stdout, stderr } = report([
    runStart("up", "run migrate/migrate"),
    FAILURE,
    start("up"),
    ...docker("up", " Container shop-db-1  Starting", "port is taken"),
    end("up", 400, "failed"),
    TESTS,
    runEnd(1, 400, 400),
  ], { page: "reports/release/run.html" });
  assertEquals(stdout, "");
  assertEquals(
    stderr,
    `up      | port is taken
up: failed (0.4 s)

step  result   duration
up    failed      0.4 s
release failed in 0.4 s
test: 12 tests, 11 passed, 1 failed, 83 % covered
  failed todos: an id is never used again
    | expected 2, got 1
    | tests/todos_test.ts:31
Report: reports/release/run.html

todoflow: release failed at step "run migrate" (exit code 3)
Why:  "migrate" is a one-shot that must succeed
      "app" was not started
Last lines of migrate (reports/release/logs/migrate.log):
  | connecting
  | access denied
Next: docker start shop-migrate-1
`,
  );
});

Deno.test("the first of several failures, which is the cause, is shown last", () => {
  const failure = (headline: string) => ({
    kind: "failure" as const,
    exitCode: 1,
    explanation: { headline },
  });
  const { stderr } = report([failure("Cause"), failure("Consequence")]);
  assertEquals(stderr, "todoflow: Consequence\n\ntodoflow: Cause\n");
});

Deno.test("the held lines of a stopped step are not shown", () => {
  const { stderr } = report([
    start("up"),
    ...docker("up", " Container x  Starting"),
    end("up", 400, "stopped"),
    runEnd(130, 400, 400),
  ]);
  assertStringIncludes(stderr, "up: stopped (0.4 s)\n");
  assertStringIncludes(stderr, "run stopped in 0.4 s\n");
  assertEquals(stderr.includes("Container"), false);
});

Deno.test("a warning that Compose repeats is shown once", () => {
  const warning = (time: number) =>
    `time="${time}" level=warning msg="version is obsolete"`;
  const { stderr } = report([
    start("up"),
    ...docker("up", warning(1), warning(2)),
    start("build"),
    ...docker("build", warning(3), 'time="4" level=warning msg="other"'),
  ]);
  assertEquals(
    stderr,
    `up | warning: version is obsolete
build | warning: other
`,
  );
});

Deno.test("the running steps and what they do are told after each 30 s of silence", () => {
  const { emit, clock, written, close } = reporterIn();
  const said = () => written.stderr.split("\n").slice(0, -1);
  clock.pass(100_000);
  assertEquals(said(), []);
  clock.pass(20_000);
  emit(
    start("build"),
    start("up"),
    ...docker("build", `#9 [test 2/4] RUN ${"x".repeat(200)}`),
    start("ready db"),
    {
      ...{ kind: "output", step: "ready db", service: "db", progress: true },
      line: "its last probe ended with 1: refused",
    },
  );
  clock.pass(29_999);
  assertEquals(said(), []);
  clock.pass(1);
  const [build, ...others] = said();
  assertEquals(
    build?.slice(0, 52),
    "still running: build (30 s): [test 2/4] RUN xxxxxxxx",
  );
  assertEquals(build?.length, 160);
  assertEquals(others, [
    "still running: up (30 s)",
    "still running: ready db (30 s): its last probe ended with 1: refused",
  ]);
  emit(end("build"));
  clock.pass(29_000);
  emit(end("up"));
  clock.pass(29_000);
  assertEquals(said().at(-1), "up: ok (0.4 s)");
  clock.pass(31_000);
  const told = said().filter((line) => line.includes("ready db"));
  assertEquals(told.map((line) => /\d+ s/.exec(line)?.[0]), [
    "30 s",
    "89 s",
    "119 s",
  ]);
  close();
});

Deno.test("quiet: nothing of what succeeds but the result and the URL", () => {
  const { stdout, stderr } = report([
    runStart("up", "run migrate/migrate"),
    start("up"),
    ...docker("up", "hello"),
    end("up"),
    { kind: "url", url: "http://localhost:1" },
    runEnd(),
  ], { flags: { quiet: true } });
  assertEquals(stdout, "App running at http://localhost:1\n");
  assertEquals(
    stderr,
    "release ok in 7.2 s (12.9 s sequentially, 5.7 s saved)\n",
  );
});

Deno.test("a release that fails after its app has answered prints no URL, because it is removed; a failure of clean-up takes nothing back", () => {
  const started = runStart("steady worker", "prune");
  assert(started.kind === "run-start");
  const [worker, prune] = started.steps;
  const steps = [worker!, { ...prune!, cleanup: "always" as const }];
  const url: Event = { kind: "url", url: "http://localhost:1" };
  const of = (failed: string) => {
    const events: Event[] = ["steady worker", "prune"].map((step) => ({
      ...{ kind: "step-end", step, ms: 1 },
      result: step === failed ? "failed" : "ok",
    }));
    return report([{ ...started, steps }, url, ...events]).stdout;
  };
  assertEquals(of("steady worker"), "");
  assertEquals(of("prune"), "App running at http://localhost:1\n");
});

Deno.test("losses of a run that succeeds are shown once at its end, also with --quiet", () => {
  const notice = (line: string): Event => ({
    ...{ kind: "output", step: "run test", line, notice: true },
  });
  for (const quiet of [false, true]) {
    const { stderr } = report([
      runStart("run test"),
      ...Array.from({ length: 21 }, (_, i) => notice(`no report ${i}\x1b[2J`)),
      // A run tells it again at its end.
      notice("no report 7"),
      runEnd(),
    ], { flags: { quiet } });
    const lines = stderr.trim().split("\n");
    assertEquals(lines.slice(-22), [
      "release ok in 7.2 s (12.9 s sequentially, 5.7 s saved)",
      ...Array.from({ length: 20 }, (_, i) => `no report ${i}`),
      "… and 1 more, in events.jsonl",
    ]);
    assertEquals(stderr.split("no report 7").length, 2);
  }
});

Deno.test("quiet: a failure and the result, and no lines that the failure repeats", () => {
  const { stderr } = report([
    start("run migrate"),
    ...container(["run migrate", "migrate"], "one", "two"),
    end("run migrate", 400, "failed"),
    {
      kind: "failure",
      exitCode: 1,
      explanation: {
        headline: "H",
        evidence: [{ title: "last lines", lines: ["one", "two"] }],
      },
    },
    runEnd(1, 400, 400),
  ], { flags: { quiet: true }, page: "reports/release/run.html" });
  assertEquals(
    stderr,
    `run failed in 0.4 s
todoflow: H
last lines:
  | one
  | two
`,
  );
});

Deno.test("quiet: no heartbeat either", () => {
  const { emit, clock, written, close } = reporterIn({
    flags: { quiet: true },
  });
  emit(start("build"));
  clock.pass(100_000);
  assertEquals(written.stderr, "");
  close();
});

Deno.test("verbose: every line as it is", () => {
  const lines = [
    "#1 [1/2] RUN a",
    "#1 transferring context: 417B done",
    "#1 DONE 0.0s",
    "",
    " Container x  Creating",
    'time="1" level=warning msg="m"',
    'time="2" level=warning msg="m"',
  ];
  const { stderr } = report([
    start("build"),
    ...docker("build", ...lines),
    end("build"),
  ], { flags: { verbose: true } });
  assertEquals(
    stderr.split("\n").slice(0, -4),
    [
      "build: reasons",
      ...lines.map((line) => `build | ${line}`.trimEnd()),
      "build: ok (0.4 s)",
    ],
  );
});

Deno.test("the output of a container can neither move the cursor nor command a CI system", () => {
  const { stderr } = report([
    start("run a"),
    ...container(
      ["run a", "a"],
      "\x1b[2Jx\x1b]0;t\x07",
      "50 %\r##vso[task.setvariable]y",
    ),
  ], { flags: { color: "always" } });
  assertEquals(
    stderr.split("\n").slice(0, 2),
    [
      "\x1b[2ma |\x1b[0m x",
      "\x1b[2ma |\x1b[0m # #vso[task.setvariable]y",
    ],
  );
});

Deno.test("a line that a program of a build overwrites is still that program's, and not shown as a problem", () => {
  const { stderr } = report([
    start("build"),
    ...docker(
      "build",
      "#9 [base 2/2] RUN apt-get install curl",
      "#9 2.921 (Reading database ... \r(Reading database ... 5%\r(Reading database ... 100%",
      "#9 2.930 Unpacking curl\r",
    ),
    end("build"),
  ]);
  assertEquals(
    stderr.split("\n")[0],
    "build: ok (0.4 s): 1 step, 0 cached",
  );
});

Deno.test("a failure shows the last text of a line that a program of a build overwrites", () => {
  const { stderr } = report([
    start("build"),
    ...docker("build", "#2 [1/1] RUN x", "#2 0.1 1 %\r99 %", "#2 ERROR: x"),
  ]);
  assertEquals(stderr.split("\n").slice(0, 3), [
    "build | [1/1] RUN x",
    "build | 99 %",
    "build | ERROR: x",
  ]);
});

const published = (tag: string, unchanged: boolean): Event => ({
  kind: "published",
  step: `push ${tag}`,
  reference: `h:5000/me/shop:${tag}`,
  digest: "sha256:0f",
  unchanged,
});

Deno.test("the published image is the answer, by digest and tags, and nothing else tells the digest", () => {
  const { stdout, stderr } = report([
    runStart("push 1.0", "push latest"),
    start("push 1.0", "h:5000/me/shop:1.0 must be the image"),
    ...docker(
      "push 1.0",
      "The push refers to repository [h:5000/me/shop]",
      "0123456789ab: Preparing",
      "0123456789ab: Layer already exists",
      "Put: EOF",
      "1.0: digest: sha256:0f size: 1366",
    ),
    published("1.0", false),
    end("push 1.0"),
    start("push latest"),
    published("latest", true),
    end("push latest"),
    runEnd(),
  ]);
  assertEquals(stdout, "Published h:5000/me/shop@sha256:0f as 1.0, latest\n");
  assertEquals(
    stderr.split("\n").slice(0, 3),
    [
      "push 1.0    | Put: EOF",
      "push 1.0: ok (0.4 s)",
      "push latest: ok (0.4 s): the registry had it",
    ],
  );
  assertEquals(stderr.includes("sha256"), false);
});

Deno.test("a tag that was published before is marked, and a failed run prints no answer", () => {
  const told = (...events: Event[]) =>
    report([runStart("push 1.0"), ...events]).stdout;
  assertEquals(
    told(published("1.0", true), runEnd()),
    "Already published: h:5000/me/shop@sha256:0f as 1.0\n",
  );
  assertEquals(told(published("1.0", false), runEnd(1)), "");
});

Deno.test("the summary names the containers that came near their limits of memory, and no others", () => {
  const usage = (service: string, peak: number, limit?: number): Event => ({
    ...{ kind: "usage", container: `shop-${service}-1`, service, cpuMs: 1 },
    peakMemory: peak * 2 ** 20,
    ...(limit !== undefined && { limit: limit * 2 ** 20 }),
  });
  const events = [
    runStart("build"),
    ...[usage("app", 118, 128), usage("db", 102, 128), usage("web", 4_000)],
    usage("x\x1b[2J", 103, 128),
  ];
  for (const quiet of [false, true]) {
    const { stderr } = report(events, { flags: { quiet } });
    assertEquals(stderr.match(/.* used .*/g), [
      "app used 118 of 128 MiB",
      "x used 103 of 128 MiB",
    ]);
  }
  const { files } = report([...events, runEnd()], GITHUB);
  const summary = files.get("summary") ?? "";
  assertStringIncludes(summary, "app used 118 of 128 MiB");
  assertEquals(summary.match(/ used /g)?.length, 2);
});
