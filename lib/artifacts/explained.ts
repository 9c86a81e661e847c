/**
 * Explains the failure of a step with all that a run has collected: its failed tests, the decisive lines of its log, and the
 * errors that other containers wrote meanwhile.
 *
 * @module
 */

import {
  type Evidence,
  type FailedTest,
  failedTest,
} from "../errors/evidence.ts";
import type { Explanation } from "../errors/explanation.ts";
import { placeText } from "../errors/complaint_wording.ts";
import type { Diagnosis, Place } from "../errors/diagnosis.ts";
import type { Location } from "../errors/location.ts";
import type { Failure } from "../errors/failure.ts";
import type { Typing } from "../errors/typing.ts";
import { FIXED } from "../errors/step_wording.ts";
import { explain } from "../errors/wording.ts";
import { decisive } from "../evidence/decisive.ts";
import { probeLines } from "../evidence/probe_line.ts";
import type { ServiceLog } from "../page/logs.ts";
import type { TimedEvent } from "../plan/events.ts";
import { summaryOf, type TestCase } from "../test_results/cases.ts";
import { untimed } from "../text/log_time.ts";
import { errorsMeanwhile, linesOf } from "./meanwhile.ts";

/** All that is known at the end of a run. */
export interface Known {
  /** Lines begin with the engine's time. */
  logs: readonly ServiceLog[];
  /** The tests that reports have named. */
  suites: readonly { service: string; cases: readonly TestCase[] }[];
  events: readonly TimedEvent[];
  /** The apps, whose errors are told first. */
  apps: readonly string[];
  /** The folder of reports and logs, relative to the caller's working directory. */
  reports: string;
  /** The paths at which the apps are asked whether they answer. */
  paths: readonly string[];
  /** Finds the place in the project's files where a remedy belongs. */
  placeOf?: ((place: Place) => Promise<Location | undefined>) | undefined;
  /** The failed tests that a log names. */
  testsIn?: (log: ServiceLog) => Promise<FailedTest[]>;
}

/** The most lines of the failed container. */
const OWN = 12;

/** The most failed tests of an explanation. */
const TESTS = 100;

/** Words a failure; that of a step with the evidence of the whole run. */
export async function explained(
  failure: Failure,
  known: Known,
  typing?: Typing,
): Promise<Explanation> {
  if (failure.kind !== "step-failed" && failure.kind !== "deadline") {
    return explain(failure, typing);
  }
  const { step, diagnosis } = failure;
  if (!diagnosis) return explain(failure, typing);
  const log = logOf(diagnosis, known);
  const { tests, count } = await testsOf(step, { diagnosis, log }, known);
  const told = explain(
    tests.length > 0 ? withRepair(failure, diagnosis) : failure,
    typing,
  );
  const own = ownEvidence(diagnosis, { ...known, log, tests });
  const others = errorsMeanwhile(step, { ...known, log });
  const location = diagnosis.place && await known.placeOf?.(diagnosis.place);
  const placed = location ? withPlace(told, location) : told;
  const why = [count, placed.why].filter(Boolean).join("\n");
  return {
    ...placed,
    ...(why && { why }),
    ...(tests.length > 0 && { tests: tests.slice(0, TESTS) }),
    ...(own.length + others.length > 0 && { evidence: [...own, ...others] }),
  };
}

/** The failure as one whose cause is known: its tests. */
function withRepair<F extends Failure>(failure: F, diagnosis: Diagnosis): F {
  const { again, container, next } = diagnosis;
  if (!again || again.clean || !container || next !== undefined) return failure;
  const repair = again.command + FIXED;
  return { ...failure, diagnosis: { ...diagnosis, next: repair } };
}

/** The place behind the first cause, or behind the headline where none is known. */
function withPlace(told: Explanation, location: Location): Explanation {
  const place = ` (${placeText(location)})`;
  if (told.why === undefined) {
    return { ...told, location, headline: told.headline + place };
  }
  const [first, ...others] = told.why.split("\n");
  return { ...told, location, why: [first + place, ...others].join("\n") };
}

/** The log that the diagnosis names. */
function logOf(
  { evidence }: Diagnosis,
  { logs }: Known,
): ServiceLog | undefined {
  const name = evidence?.logs?.split("/logs/").at(-1);
  return logs.find(({ service, text }) =>
    `${service}.log` === name && text !== ""
  );
}

/** The failed tests of a step, by its reports or its log, and how many they are. */
async function testsOf(
  step: string,
  { diagnosis: { service }, log }: {
    diagnosis: Diagnosis;
    log: ServiceLog | undefined;
  },
  { events, suites, testsIn }: Known,
): Promise<{ tests: FailedTest[]; count?: string }> {
  const isTest = events.some((event) =>
    event.kind === "tests" && event.step === step
  );
  const cases = suites.filter((suite) => isTest && suite.service === service)
    .flatMap(({ cases }) => cases);
  const failed = cases.filter(({ result }) => result === "failed");
  if (failed.length > 0) {
    const { tests } = summaryOf(cases);
    return {
      tests: failed.map(failedTest),
      count: `${failed.length} of ${tests} ${
        tests === 1 ? "test" : "tests"
      } failed`,
    };
  }
  if (!log || log.service !== service) return { tests: [] };
  return { tests: await testsIn?.(log) ?? [] };
}

/** The decisive lines of the failed container; only the path of its log if the failed tests say all that is in it. */
function ownEvidence(
  { evidence }: Diagnosis,
  { log, tests, paths }: Known & {
    log: ServiceLog | undefined;
    tests: readonly FailedTest[];
  },
): Evidence[] {
  if (!evidence) return [];
  if (tests.some(({ message }) => message)) return [{ ...evidence, lines: [] }];
  if (!log) return [evidence];
  const { lines, isEnd } = decisive(linesOf(log).map(untimed), {
    most: OWN,
    isProbe: probeLines(paths),
  });
  if (lines.length === 0) return [evidence];
  return [{
    ...evidence,
    title: isEnd ? evidence.title : evidence.title.replace(/^last /, ""),
    lines,
  }];
}
