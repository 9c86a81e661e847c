/**
 * The journal of a run: gives each event its time, hands it to the reporter and to the file, and ends with what is made of
 * all of them: tests, `junit.xml`, `run.html`, `trace.json`.
 *
 * @module
 */

import type { Artifacts } from "./artifacts.ts";
import { exitCode, explain, type Failure } from "./errors.ts";
import type { Event, TimedEvent } from "./events.ts";
import { RECEIPT, type Witness } from "./receipt.ts";
import { keptEvents } from "./run_page/kept.ts";

/** What a run tells. */
export interface Journal {
  emit(event: Event): void;
  /** The URL that was told. */
  url(): string | undefined;
  /** Reads what was collected, instead of at the end: nothing follows a container any more. */
  read(): void;
  /** Tells the tests, the failures and the end; writes what is made of them. */
  end(failures: readonly Failure[]): Promise<void>;
}

/** Where a journal goes, and what it needs for its end. */
export interface JournalOptions {
  artifacts: Artifacts;
  /** Whether files are made of the events. */
  hasPages: boolean;
  report: (event: TimedEvent) => void;
  /** The service whose reports are collected. */
  testService: string;
  /** The one-shots, in whose logs tests may be told. */
  oneShots: readonly string[];
  /** The files of the repository; asked only where there are failed tests. */
  files: () => Promise<readonly string[]>;
  /** The text of the receipt of a run that has succeeded, if it gets one. */
  receipt?: Witness["receipt"];
}

/** Begins a journal. */
export function journal(options: JournalOptions): Journal {
  const { artifacts, report, hasPages } = options;
  // Loaded while docker works, not when everything waits for the end.
  let modules: ReturnType<typeof load> | undefined;
  let collected: ReturnType<typeof collectedOf> | undefined;
  const kept = keptEvents();
  const begun = performance.now();
  let sumMs = 0;
  let url: string | undefined;
  const emit = (event: Event) => {
    const timed = { at: new Date().toISOString(), ...event };
    if (event.kind === "url") url = event.url;
    if (event.kind === "step-end") sumMs += event.ms;
    if (event.kind === "step-start" && hasPages) modules ??= load();
    kept.keep(timed);
    artifacts.record(timed);
    report(timed);
  };
  return {
    emit,
    url: () => url,
    read: () => {
      collected = collectedOf(options);
    },
    end: async (failures) => {
      const { logs, tests, problems, events: found, problem } =
        await (collected ?? collectedOf(options));
      [...problems, ...found].forEach(emit);
      for (const failure of failures) {
        emit({
          kind: "failure",
          exitCode: exitCode(failure),
          explanation: explain(failure),
        });
      }
      const [first] = failures;
      emit({
        kind: "run-end",
        code: first ? exitCode(first) : 0,
        ms: Math.round(performance.now() - begun),
        sumMs,
      });
      if (!hasPages) return;
      const events = kept.all();
      const receipt = first || problem
        ? undefined
        : await options.receipt?.(found.map(({ totals }) => totals));
      const { runPage, trace, writeJUnit, stepCases } =
        await (modules ?? load());
      await artifacts.close({
        "run.html": runPage({ events, logs, tests }),
        "trace.json": trace(events),
        "junit.xml": writeJUnit([
          { name: "steps", cases: stepCases(events) },
          ...tests.map(({ service, cases }) => ({ name: service, cases })),
        ]),
        // Last: what was accepted is told by it.
        ...(receipt !== undefined && { [RECEIPT]: receipt }),
      });
      if (problem) throw problem;
    },
  };
}

async function load() {
  const [{ runPage }, { trace }, { writeJUnit }, { stepCases }] = await Promise
    .all([
      import("./run_page.ts"),
      import("./trace.ts"),
      import("./junit.ts"),
      import("./tests_found.ts"),
    ]);
  return { runPage, trace, writeJUnit, stepCases };
}

/** What was collected; a problem with it must not keep anybody from hearing how the run has ended. */
async function collectedOf(options: JournalOptions) {
  try {
    const { logs, reports, notices = [] } = await options.artifacts.finish();
    const { suites, problems, events } = await testsOf(options, {
      logs,
      reports,
    });
    const noted: Event[] = notices.map((line) => ({
      kind: "output",
      step: "logs",
      line,
    }));
    return {
      logs,
      tests: suites,
      problems: [...noted, ...problems],
      events,
    };
  } catch (problem) {
    return { logs: [], tests: [], problems: [], events: [], problem };
  }
}

/** Reads tests where there may be some; what cannot be read is told as output of the step. */
async function testsOf(
  { testService, oneShots, files }: JournalOptions,
  { logs, reports }: Awaited<ReturnType<Artifacts["finish"]>>,
) {
  const { findTests, testEvents } = await import("./tests_found.ts");
  const found = await findTests({
    reports,
    service: testService,
    logs: logs.filter(({ service }) => oneShots.includes(service)),
    files,
  });
  const stepOf = (service: string) => `run ${service}`;
  const problems: Event[] = found.problems.map((problem) => ({
    kind: "output" as const,
    step: stepOf(testService),
    line: `cannot read ${problem}`,
  }));
  const events = testEvents(found, stepOf).map(({ at: _, ...event }) => event);
  return { suites: found.suites, problems, events };
}
