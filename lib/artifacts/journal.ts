/**
 * The journal of a run: gives each event its time, hands it to the reporter and to the file, and at the end reads the tests
 * and makes `junit.xml`, `steps.xml`, `run.html` and `trace.json`.
 *
 * @module
 */

import { OVERRIDE } from "./files.ts";
import type { Evidence } from "../errors/evidence.ts";
import { exitCode } from "../errors/exit_code.ts";
import type { Failure } from "../errors/failure.ts";
import type { Artifacts } from "./collect.ts";
import type { Known } from "./explained.ts";
import type { Explanation } from "../errors/explanation.ts";
import type { Typing } from "../errors/typing.ts";
import { explain } from "../errors/wording.ts";
import type { Event, PlannedStep, TimedEvent } from "../plan/events.ts";
import { NOTHING_HIDDEN } from "../secrets/redact.ts";
import { type Sleep, within } from "../pause.ts";
import { keptEvents } from "../page/kept.ts";
import type { ServiceLog } from "../page/logs.ts";
import type { RunPage } from "../page/page.ts";
import type { StepOf, TestOptions } from "./run_tests.ts";

/** Takes the events of a run. */
export interface Journal {
  emit(event: Event): void;
  /** The URL that the run has printed. */
  url(): string | undefined;
  /** Reads the collected files now instead of at the end: no container is followed any longer. */
  read(): void;
  /** Ends without a result: closes the files, whose folder the next round empties. */
  abandon(): Promise<void>;
  /** Emits the tests, the failures and the end; writes the files that are made of the run. */
  end(failures: readonly Failure[]): Promise<void>;
}

/** Counts of tests, by service. */
type Tests = Pick<Extract<Event, { kind: "tests" }>, "service" | "totals">;

/** Where a journal goes, and how it ends. */
interface JournalOptions extends TestOptions {
  artifacts: Artifacts;
  /** Whether to write files such as `run.html`. */
  hasPages: boolean;
  report: (event: TimedEvent) => void;
  /**
   * More files (name to text) of a run that has succeeded, written last; takes the totals of its tests, without those of
   * reports that were found.
   */
  accepted?: (tests: readonly Tests[]) => Promise<Record<string, string>>;
  /** The differences from the last successful run, for the explanation of a step that has failed. */
  changed?: () => Promise<Evidence | undefined>;
  /** The Compose file that gave the project its names, if there is one: kept for a user who types `docker compose up`. */
  override?: string;
  /** Writes the commands to type after a failure. */
  typing?: Typing;
  /** Finds the place in the project's files where the remedy of a failure belongs. */
  placeOf?: Known["placeOf"];
  /** Takes an error of the reporter or of a file: it must not end the run. */
  onFault?: (error: unknown, event?: TimedEvent) => void;
  /** The apps, and the paths at which they are asked whether they answer. */
  apps?: readonly { service: string; path: string }[];
  /** The folder of reports and logs, relative to the caller's working directory. */
  reports?: string;
  /** Aborted when the caller no longer waits for the collected files. */
  giveUp?: AbortSignal;
  /** Limits the wait for the collected files after that. */
  sleep?: Sleep | undefined;
}

/** How long (ms) to wait for the collected files after `giveUp`. */
const GIVEN_UP = 500;

/** Begins a journal. */
export function journal(options: JournalOptions): Journal {
  const { hasPages, giveUp: signal, sleep } = options;
  // Loaded while docker works, not when everything waits for the end.
  let modules: ReturnType<typeof load> | undefined;
  let collected: ReturnType<typeof collectedOf> | undefined;
  const story = storyOf(options);
  const { stepOf } = story;
  const emit = (event: Event) => {
    story.emit(event);
    if (event.kind !== "step-start" || !hasPages || modules) return;
    modules = load();
    // The error is thrown at the end.
    modules.catch(() => {});
  };
  return {
    emit,
    url: story.url,
    read: () => {
      collected = collectedOf(options, stepOf);
    },
    abandon: async () => {
      await (collected ?? collectedOf(options, stepOf));
      await options.artifacts.close();
    },
    end: async (failures) => {
      const all = await within(
        collected ?? collectedOf(options, stepOf),
        { signal, grace: GIVEN_UP, sleep },
      ) ?? NOTHING;
      [...all.usage, ...all.problems, ...all.events].forEach(emit);
      const explaining = failures.length > 0
        ? await explanationsOf(failures, {
          ...{ all, options },
          events: story.events(),
        })
        : [];
      story.end(failures, explaining);
      let lost = all.problem;
      if (hasPages) {
        // A run that has failed, or of which something is lost, was not accepted.
        const more = failures.length > 0 || lost
          ? undefined
          : await options.accepted?.(all.accepting)
            .catch((error) => void (lost = error));
        const { override } = options;
        const files = {
          ...(override !== undefined && { [OVERRIDE]: override }),
          ...more,
        };
        const pages = pagesOf(
          { ...all, events: story.events(), files },
          await (modules ?? load()),
        );
        await options.artifacts.close({ ...pages, ...files });
      }
      if (lost) throw lost;
    },
  };
}

/** Gives events their time and hands them on; emits the failures and the end. */
function storyOf(options: JournalOptions) {
  const { artifacts, report, redactor = NOTHING_HIDDEN } = options;
  const { onFault = () => {} } = options;
  const kept = keptEvents();
  const begun = performance.now();
  let sumMs = 0;
  let url: string | undefined;
  let steps: readonly PlannedStep[] = [];
  const emit = (event: Event) => {
    const timed = redactor.event({ at: new Date().toISOString(), ...event });
    // Of several apps, the record names the first that answers.
    if (event.kind === "url") url ??= event.url;
    if (event.kind === "run-start") steps = event.steps;
    if (event.kind === "step-end") sumMs += event.ms;
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
    events: kept.all,
    url: () => url,
    /** The step that runs a service to its end. */
    stepOf: (service: string) =>
      steps.find((step) => step.kind === "oneshot" && step.service === service)
        ?.name ?? `run ${service}`,
    /** Emits the failures and the end. */
    end: (
      failures: readonly Failure[],
      explanations: readonly Explanation[],
    ) => {
      failures.forEach((failure, i) =>
        emit({
          kind: "failure",
          exitCode: exitCode(failure),
          explanation: explanations[i] ?? explain(failure, options.typing),
        })
      );
      const [first] = failures;
      emit({
        kind: "run-end",
        code: first ? exitCode(first) : 0,
        ms: Math.round(performance.now() - begun),
        sumMs,
      });
    },
  };
}

/** The failures in words, by code that only a failed run loads. */
async function explanationsOf(
  failures: readonly Failure[],
  { all: { logs, tests }, events, options }: {
    all: { logs: readonly ServiceLog[]; tests: RunPage["tests"] };
    events: readonly TimedEvent[];
    options: JournalOptions;
  },
): Promise<readonly Explanation[]> {
  const { apps = [], reports = "", changed, onFault, sleep, typing } = options;
  const { files, redactor, placeOf } = options;
  const [{ explanations }, { failedTestsOf }] = await Promise.all([
    import("./explanations.ts"),
    import("./run_tests.ts"),
  ]);
  return await explanations(failures, {
    known: {
      ...{ logs, events, reports, suites: tests ?? [], placeOf },
      apps: apps.map(({ service }) => service),
      paths: apps.map(({ path }) => path),
      testsIn: (log) =>
        failedTestsOf({ service: log.service, logs: [log], files, redactor }),
    },
    ...{ changed, onFault, sleep, typing },
    signal: options.giveUp,
  });
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

/** The files that are made of a run, name to text. */
function pagesOf(
  { events, logs, tests = [], files }: RunPage,
  { runPage, trace, writeJUnit, stepCases }: Awaited<ReturnType<typeof load>>,
): Record<string, string> {
  const made = {
    "trace.json": trace(events),
    "junit.xml": writeJUnit(
      tests.map(({ service, cases }) => ({ name: service, cases })),
    ),
    "steps.xml": writeJUnit([{ name: "steps", cases: stepCases(events) }]),
  };
  return {
    "run.html": runPage({ events, logs, tests, files: { ...made, ...files } }),
    ...made,
  };
}

/** The result of collecting that was given up. */
const NOTHING = {
  usage: [],
  logs: [],
  tests: [],
  problems: [],
  events: [],
  accepting: [],
  problem: undefined,
};

/** The collected files and their tests; a problem is returned, because the run must report its end all the same. */
async function collectedOf(options: JournalOptions, stepOf: StepOf) {
  try {
    const collected = await options.artifacts.finish();
    const { logs, notices = [], usage = [] } = collected;
    const { testsOf } = await import("./run_tests.ts");
    const { suites, problems, events, accepting } = await testsOf(
      collected,
      { ...options, stepOf },
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
    const used: Event[] = usage.map((one) => ({ kind: "usage", ...one }));
    return {
      ...NOTHING,
      usage: used,
      logs: shown,
      tests: suites,
      problems: [...noted, ...problems],
      events,
      accepting,
    };
  } catch (problem) {
    return { ...NOTHING, problem };
  }
}
