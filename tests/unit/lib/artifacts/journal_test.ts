import { assertEquals, assertStringIncludes } from "@std/assert";
import { NO_ARTIFACTS } from "../../../../lib/artifacts/collect.ts";
import type { Event } from "../../../../lib/plan/events.ts";
import { journal } from "../../../../lib/artifacts/journal.ts";
import type { Failure } from "../../../../lib/errors/failure.ts";
import type { Sleep } from "../../../../lib/pause.ts";
import { redactor } from "../../../../lib/secrets/redact.ts";

const encode = (text: string) => new TextEncoder().encode(text);

const FAILURE: Failure = { kind: "signal", signal: "SIGINT" };

/** The names of the files that a run with a receipt leaves when it ends like this. */
async function filesOf(
  failures: readonly Failure[],
  { finish = NO_ARTIFACTS.finish, reads = 0 } = {},
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
    accepted: () => Promise.resolve({ "receipt.json": "receipt" }),
  });
  for (let read = 0; read < reads; read++) told.read();
  await told.end(failures).catch(() => {});
  return names;
}

const PAGES = ["run.html", "trace.json", "junit.xml", "steps.xml"];

Deno.test("a run that succeeds gets its receipt after everything else", async () => {
  assertEquals(await filesOf([]), [...PAGES, "receipt.json"]);
});

Deno.test("a run that fails, or whose reports are lost, gets none: nothing was accepted", async () => {
  assertEquals(await filesOf([FAILURE]), PAGES);
  const finish = () => Promise.reject(new Error("the disk is full"));
  assertEquals(await filesOf([], { finish }), PAGES);
});

Deno.test("reports that were read before the end are not read again, and the last reading counts", async () => {
  for (const reads of [0, 1, 2]) {
    let count = 0;
    const finish = () =>
      ++count < reads
        ? Promise.reject(new Error("more came"))
        : NO_ARTIFACTS.finish();
    assertEquals(await filesOf([], { finish, reads }), [
      ...PAGES,
      "receipt.json",
    ]);
    assertEquals(count, Math.max(1, reads));
  }
});

const XML =
  `<testsuite><testcase name="s&gt;cret"><failure message="no s&gt;cret">at s&gt;cret</failure></testcase></testsuite>`;

Deno.test("a journal with a redactor shows no value: in events, logs and tests, which are read before they are hidden", async () => {
  const written: string[] = [];
  const told = journal({
    artifacts: {
      ...NO_ARTIFACTS,
      record: (event) => void written.push(JSON.stringify(event)),
      finish: () =>
        Promise.resolve({
          logs: [{
            service: "test",
            text: "1..1\nnot ok 1 - has s>cret\n# s>cret\n",
          }],
          reports: [{
            path: "a.xml",
            size: () => Promise.resolve(XML.length),
            text: () => Promise.resolve(XML),
          }],
        }),
      close: (files = {}) => {
        written.push(...Object.values(files));
        return Promise.resolve();
      },
    },
    hasPages: true,
    report: (event) => void written.push(JSON.stringify(event)),
    // The log of the failed test is XML only until values are hidden in it.
    redactor: redactor(["s>cret", "not ok", "<testcase"].map(encode)),
    testService: "test",
    oneShots: ["test"],
    files: () => Promise.resolve([]),
  });
  const common = { step: "run test", why: "it prints s>cret" };
  told.emit({ kind: "step-start", ...common });
  told.emit({ kind: "output", step: "run test", line: "it is s>cret" });
  told.emit({ kind: "url", url: "http://s>cret" });
  await told.end([{
    kind: "step-failed",
    ...common,
    shell: "docker run -e A=s>cret",
    code: 1,
    target: "test",
  }]);
  const all = written.join("\n");
  for (const form of ["s>cret", "s&gt;cret", "s&#62;cret"]) {
    assertEquals(all.includes(form), false, all);
  }
  assertStringIncludes(all, 'failures="2"');
  assertStringIncludes(all, "at ***");
  // What the machine needs is not what is told.
  assertEquals(told.url(), "http://s>cret");
});

const STEP = { step: "build", shell: "docker", target: "test" };
const CHANGED = { title: "changed since then", lines: ["1 commit"] };

/** The changes that each failure of a run tells, and how often they were asked for. */
async function changesOf(
  failures: readonly Failure[],
  changed = () => Promise.resolve<typeof CHANGED | undefined>(CHANGED),
  sleep?: Sleep,
) {
  const told: unknown[] = [];
  let asked = 0;
  const { end } = journal({
    artifacts: NO_ARTIFACTS,
    hasPages: false,
    report: (event) => {
      if (event.kind === "failure") told.push(event.explanation.changed);
    },
    testService: "test",
    oneShots: [],
    files: () => Promise.resolve([]),
    changed: () => {
      asked++;
      return changed();
    },
    sleep,
  });
  await end(failures);
  return { told, asked };
}

const FAILED_STEP: Failure = { kind: "step-failed", code: 1, ...STEP };
const DEADLINE: Failure = { kind: "deadline", seconds: 1, ...STEP };
const LOST: Failure = { kind: "engine-lost", detail: "gone", ...STEP };
const FAULT: Failure = {
  kind: "own-fault",
  step: "build",
  message: "",
  frames: [],
};

for (
  const [what, failures, isTold] of [
    ["a failed step", [FAILED_STEP], true],
    ["a deadline", [DEADLINE], true],
    ["a fault of the machine", [LOST], true],
    ["success", [], false],
    ["a signal", [FAILURE], false],
    ["a signal after a failed step", [FAILED_STEP, FAILURE], false],
    ["a fault of todoflow", [FAULT], false],
    ["a clean-up that failed", [{ kind: "clean-up-failed", shell: [] }], false],
  ] as [string, Failure[], boolean][]
) {
  Deno.test(`the end of a run by ${what} ${isTold ? "tells" : "asks for no"} changes`, async () => {
    const { told, asked } = await changesOf(failures);
    assertEquals(asked, isTold ? 1 : 0);
    assertEquals(told, failures.map(() => isTold ? CHANGED : undefined));
  });
}

Deno.test("changes are told with the first failure only", async () => {
  const { told } = await changesOf([FAILED_STEP, DEADLINE]);
  assertEquals(told, [CHANGED, undefined]);
});

Deno.test("changes that cannot be found, or not in time, cost a failure nothing else", async () => {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const found = [
    await changesOf([FAILED_STEP], () => Promise.reject(new Error("no git"))),
    await changesOf([FAILED_STEP], () => {
      throw new Error("no git");
    }),
    await changesOf([FAILED_STEP], () => promise, () => Promise.resolve()),
  ];
  resolve(undefined);
  for (const { told } of found) assertEquals(told, [undefined]);
});

Deno.test("events of tests name the step that ran them", async () => {
  const events: Event[] = [];
  const finish = () =>
    Promise.resolve({
      logs: ["seed", "acceptance"].map((service) => ({
        service,
        text: "TAP version 13\n1..1\nok 1 - it is there\n",
      })),
      reports: [],
    });
  const told = journal({
    artifacts: { ...NO_ARTIFACTS, finish },
    hasPages: false,
    report: (event) => void events.push(event),
    testService: "acceptance",
    oneShots: ["seed", "acceptance"],
    files: () => Promise.resolve([]),
  });
  const step = { why: "reasons", after: [], kind: "oneshot" as const };
  told.emit({
    kind: "run-start",
    ...{ target: "release", project: "shop", directory: "/w/shop" },
    ...{ engine: "unix:///e", tool: "1" },
    steps: [
      { ...step, name: "setup seed", service: "seed" },
      { ...step, name: "run acceptance", service: "acceptance" },
    ],
  });
  await told.end([]);
  assertEquals(
    events.flatMap((event) => event.kind === "tests" ? event.step : []),
    ["setup seed", "run acceptance"],
  );
});

Deno.test("the use of each container is an event before the end, also of a run that fails", async () => {
  const events: Event[] = [];
  const usage = { container: "c", service: "app", peakMemory: 5, cpuMs: 7 };
  const told = journal({
    artifacts: {
      ...NO_ARTIFACTS,
      finish: () => Promise.resolve({ logs: [], reports: [], usage: [usage] }),
    },
    hasPages: false,
    report: ({ at: _, ...event }) => void events.push(event as Event),
    testService: "test",
    oneShots: [],
    files: () => Promise.resolve([]),
  });
  await told.end([FAILURE]);
  assertEquals(events[0], { kind: "usage", ...usage });
  assertEquals(events.map(({ kind }) => kind), ["usage", "failure", "run-end"]);
});

/** A report with this text. */
function report(path: string, text: string) {
  return {
    path,
    size: () => Promise.resolve(text.length),
    text: () => Promise.resolve(text),
  };
}

/** The events at the end of a run with these artifacts, and the tests that decide about its acceptance. */
async function endOf(
  collected: Partial<Awaited<ReturnType<typeof NO_ARTIFACTS.finish>>>,
  tests?: readonly string[],
) {
  const events: Event[] = [];
  let accepting: unknown;
  const told = journal({
    artifacts: {
      ...NO_ARTIFACTS,
      finish: () => Promise.resolve({ logs: [], reports: [], ...collected }),
    },
    hasPages: true,
    report: ({ at: _, ...event }) => void events.push(event as Event),
    testService: "unit",
    ...(tests && { tests }),
    oneShots: ["unit", "lint", "seed"],
    files: () => Promise.resolve([]),
    accepted: (tests) => {
      accepting = tests.map(({ service, totals }) => [service, totals.tests]);
      return Promise.resolve({});
    },
  });
  await told.end([]);
  const counted = events.flatMap((event) =>
    event.kind === "tests"
      ? [[event.service, event.totals.tests, event.coverage?.lines ?? 0]]
      : []
  );
  const notices = events.flatMap((event) =>
    event.kind === "output" && event.notice ? event.line : []
  );
  return { counted, notices, accepting };
}

const FAILED =
  '<testsuite><testcase name="a"><failure/></testcase></testsuite>';
const TAP = "TAP version 13\n1..2\nok 1\nok 2\n";

Deno.test("reports that were found count for their services like named ones, and decide about no acceptance", async () => {
  const { counted, accepting, notices } = await endOf({
    reports: [
      report("named.xml", "<testsuite><testcase name='b'/></testsuite>"),
      report("unit.xml", FAILED),
      report("lint/unit.xml", FAILED),
      report("lcov.info", "SF:/a.ts\nDA:1,1\nDA:2,0\nend_of_record\n"),
    ],
    logs: [{ service: "seed", text: TAP }],
    found: new Map([
      ["unit.xml", "unit"],
      ["lint/unit.xml", "lint"],
      ["lcov.info", "lint"],
    ]),
  });
  assertEquals(counted, [
    ["unit", 2, 2],
    ["lint", 1, 0],
    ["seed", 2, 0],
  ]);
  assertEquals(accepting, [["unit", 1], ["seed", 2]]);
  assertEquals(notices, []);
});

Deno.test("a service of tests that has run none gets a warning at the end: by its reports, or by its log", async () => {
  const empty = report("unit.xml", "<testsuite/>");
  const logs = ["lint", "seed"].map((service) => ({
    service,
    text: "no tests ran in 0.01s\n",
  }));
  const both = await endOf({ reports: [empty], logs }, ["unit", "lint"]);
  assertEquals(both.notices, [
    '0 tests ran: "unit" reports none',
    '0 tests ran: "lint" says "no tests ran in 0.01s"',
  ]);
  const found = new Map([["unit.xml", "unit"]]);
  const { notices } = await endOf({ reports: [empty], found });
  assertEquals(notices, ['0 tests ran: "unit" reports none']);
});
