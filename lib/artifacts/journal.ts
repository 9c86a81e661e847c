/**
 * The journal of a run: gives each event its time, hands it to the reporter and to the file, and ends with what is made of
 * all of them: tests, `junit.xml`, `run.html`, `trace.json`.
 *
 * @module
 */

import { exitCode } from "../errors/exit_code.ts";
import type { Failure } from "../errors/failure.ts";
import type { Artifacts } from "./collect.ts";
import { explain } from "../errors/wording.ts";
import type { Event, PlannedStep, TimedEvent } from "../plan/events.ts";
import { NOTHING_HIDDEN, type Redactor } from "../secrets/redact.ts";
import { RECEIPT } from "../publish/receipt.ts";
import { within } from "../pause.ts";
import { keptEvents } from "../page/kept.ts";
import type { Witness } from "../publish/witness.ts";

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
  /** Hides values in all that is told or written; default: none. */
  redactor?: Redactor;
  /** The service whose reports are collected. */
  testService: string;
  /** The one-shots, in whose logs tests may be told. */
  oneShots: readonly string[];
  /** The files of the repository; asked only where there are failed tests. */
  files: () => Promise<readonly string[]>;
  /** The text of the receipt of a run that has succeeded, if it gets one. */
  receipt?: Witness["receipt"];
  /** Takes an exception of what hears of events: it must not end the run. */
  onFault?: (error: unknown, event: TimedEvent) => void;
  /** Aborted where nobody waits for what was collected any more. */
  giveUp?: AbortSignal;
}

/** How long (ms) what was collected is waited for when it was given up. */
const GIVEN_UP = 500;

/** Begins a journal. */
export function journal(options: JournalOptions): Journal {
  const { artifacts, report, hasPages, redactor = NOTHING_HIDDEN } = options;
  const { onFault = () => {} } = options;
  // Loaded while docker works, not when everything waits for the end.
  let modules: ReturnType<typeof load> | undefined;
  let collected: ReturnType<typeof collectedOf> | undefined;
  const kept = keptEvents();
  const begun = performance.now();
  let sumMs = 0;
  let url: string | undefined;
  let steps: readonly PlannedStep[] = [];
  /** The step that runs a service to its end. */
  const stepOf = (service: string) =>
    steps.find((step) => step.kind === "oneshot" && step.service === service)
      ?.name ?? `run ${service}`;
  const emit = (event: Event) => {
    const timed = redactor.event({ at: new Date().toISOString(), ...event });
    if (event.kind === "url") url = event.url;
    if (event.kind === "run-start") steps = event.steps;
    if (event.kind === "step-end") sumMs += event.ms;
    if (event.kind === "step-start" && hasPages && !modules) {
      modules = load();
      // It is told at the end.
      modules.catch(() => {});
    }
    for (const hear of [kept.keep, artifacts.record, report]) {
      try {
        hear(timed);
      } catch (error) {
        onFault(error, timed);
      }
    }
  };
  return {
    emit,
    url: () => url,
    read: () => {
      collected = collectedOf(options, stepOf);
    },
    end: async (failures) => {
      const { giveUp: signal } = options;
      const { logs, tests, problems, events: found, problem } = await within(
        collected ?? collectedOf(options, stepOf),
        { signal, grace: GIVEN_UP },
      ) ?? NOTHING;
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
      if (!hasPages) {
        if (problem) throw problem;
        return;
      }
      const events = kept.all();
      let lost = problem;
      const receipt = first || problem
        ? undefined
        : await options.receipt?.(found.map(({ totals }) => totals))
          .catch((error) => void (lost = error));
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
      if (lost) throw lost;
    },
  };
}

async function load() {
  const [{ runPage }, { trace }, { writeJUnit }, { stepCases }] = await Promise
    .all([
      import("../page/page.ts"),
      import("./trace.ts"),
      import("./junit.ts"),
      import("./tests.ts"),
    ]);
  return { runPage, trace, writeJUnit, stepCases };
}

/** What was collected where it was given up. */
const NOTHING = {
  logs: [],
  tests: [],
  problems: [],
  events: [],
  problem: undefined,
};

/** Names the step of a service. */
type StepOf = (service: string) => string;

/** What was collected; a problem with it must not keep anybody from hearing how the run has ended. */
async function collectedOf(options: JournalOptions, stepOf: StepOf) {
  try {
    const collected = await options.artifacts.finish();
    const { logs, notices = [] } = collected;
    const { suites, problems, events } = await testsOf(
      options,
      collected,
      stepOf,
    );
    const { redactor = NOTHING_HIDDEN } = options;
    const shown = logs.map((log) => ({
      ...log,
      text: redactor.text(log.text),
    }));
    const noted: Event[] = notices.map((line) => ({
      kind: "output",
      step: "logs",
      line,
      notice: true,
    }));
    return {
      logs: shown,
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
  { testService, oneShots, files, redactor = NOTHING_HIDDEN }: JournalOptions,
  { logs, reports, lost = [] }: Awaited<ReturnType<Artifacts["finish"]>>,
  stepOf: StepOf,
) {
  const [{ findTests }, { testEvents }] = await Promise.all([
    import("../test_results/find.ts"),
    import("./tests.ts"),
  ]);
  const found = await findTests({
    reports,
    service: testService,
    logs: logs.filter(({ service }) => oneShots.includes(service)),
    files,
  });
  const problems: Event[] = [
    ...lost,
    ...found.problems.map((problem) => `cannot read ${problem}`),
  ].map((line) => ({
    kind: "output" as const,
    step: stepOf(testService),
    line,
    notice: true as const,
  }));
  const events = testEvents(found, stepOf).map(({ at: _, ...event }) => event);
  // Hidden only now: a value may be written otherwise in XML, and what is hidden may be no XML.
  return { suites: redactor.within(found.suites), problems, events };
}
