/**
 * The failures of a run: what failed comes before everything else on the page.
 *
 * @module
 */

import type { Evidence, FailedTest } from "../errors/evidence.ts";
import type { Explanation } from "../errors/explanation.ts";
import type { TimedEvent } from "../plan/events.ts";
import { box, failedName, failureOf } from "./elements.ts";
import { type Markup, markup } from "./html.ts";
import { fileIn, logFile, type LogPlaces } from "./log_places.ts";
import type { Outcome } from "./outcome.ts";

/** The most failed tests that stand in a failure: all of them are among the tests. */
const MAX_TESTS = 5;

/** The lines that stand of the message of each test: of a few tests, and of many. */
const FEW = 3;
const LINES = 12;
const LINES_OF_MANY = 4;

/** The parts of a page that failures refer to. */
interface Around {
  events: readonly TimedEvent[];
  places: LogPlaces;
}

/** Every failure, the first cause first. */
export function failuresOf(
  { failures, result }: Outcome,
  around: Around,
): Markup | false {
  return failures.length > 0 &&
    markup`<section class="card failures" id="failures" aria-labelledby="failures-title">
<h2 id="failures-title">What ${
      result === "stopped" ? "stopped it" : "failed"
    }</h2>
${failures.map(({ explanation }) => failure(explanation, around))}</section>
`;
}

function failure(
  { headline, why, tests = [], evidence = [], changed, next }: Explanation,
  around: Around,
): Markup {
  const shown = tests.slice(0, MAX_TESTS);
  const linked = new Set(shown.map((test) => logOf(test, around)));
  const parts = [
    why && markup`<p class="why">${why}</p>`,
    tests.length > 0 && testsOf(tests, around),
    ...evidence.filter(({ lines, logs = "" }) =>
      lines.length > 0 || !linked.has(fileIn(logs)?.path)
    ).map((one) => evidenceOf(one, around)),
    changed && evidenceOf(changed, around),
    next && markup`<h4>Next</h4>
${box("Next", next)}`,
  ];
  return markup`<article>
<h3>${headline}</h3>
${parts.filter(Boolean)}
</article>
`;
}

function testsOf(tests: readonly FailedTest[], around: Around): Markup {
  const more = tests.length - MAX_TESTS;
  const lines = tests.length > FEW ? LINES_OF_MANY : LINES;
  return markup`<h4>${tests.length === 1 ? "Failed test" : "Failed tests"}</h4>
${
    tests.slice(0, MAX_TESTS).map((test) =>
      markup`<div class="case">${failedName(test, "h5")}
${failureOf(shortened(test, lines), linkOf(test, around))}</div>
`
    )
  }${
    more > 0 && markup`<p class="note">… and ${
      hasReports(around)
        ? markup`<a href="#tests">${more} more</a>`
        : `${more} more`
    }</p>
`
  }`;
}

/** The test with the first lines of its message; all of them are among the tests. */
function shortened(test: FailedTest, most: number): FailedTest {
  if (test.message === undefined) return test;
  const lines = test.message.split("\n").filter((line) => line.trim() !== "");
  const cut = lines.length > most ? [...lines.slice(0, most), "…"] : lines;
  return { ...test, message: cut.join("\n") };
}

/** Whether the page has a section of tests. */
function hasReports({ events }: Around): boolean {
  return events.some(({ kind }) => kind === "tests");
}

function linkOf(test: FailedTest, around: Around): Markup | false {
  const file = logOf(test, around);
  return file !== undefined && linkTo(file, around.places);
}

/** The file of the log of the service that ran a test, if the page has that log. */
function logOf(
  { suite, name }: FailedTest,
  { events, places }: Around,
): string | undefined {
  const reports = events.filter((event) => event.kind === "tests");
  const service =
    reports.find(({ failed }) =>
      failed.some((test) => test.suite === suite && test.name === name)
    )?.service ?? failedService(events);
  const file = logFile(service ?? "");
  return places.has(file) ? file : undefined;
}

/** The service of the first step that has failed. */
function failedService(events: readonly TimedEvent[]): string | undefined {
  const end = events.find((event) =>
    event.kind === "step-end" && event.result === "failed"
  );
  const start = events.find((event) => event.kind === "run-start");
  return end?.kind === "step-end"
    ? start?.steps.find(({ name }) => name === end.step)?.service
    : undefined;
}

function evidenceOf(
  { title, lines, logs }: Evidence,
  { places }: Around,
): Markup {
  const link = logs !== undefined && linkTo(logs, places);
  // Evidence without lines only names a log.
  if (lines.length === 0) {
    return markup`${
      link && markup`<p class="note">Log: ${link}</p>
`
    }`;
  }
  return markup`<h4>${title}</h4>
${box(title, lines.join("\n"))}${
    link && markup`<p class="note">All of it: ${link}</p>
`
  }`;
}

/** A link to a log of the run: in the page if it is there, else to its file. */
function linkTo(path: string, places: LogPlaces): Markup {
  const file = fileIn(path);
  if (file === undefined) return markup`<code>${path}</code>`;
  const place = places.get(file.path);
  return markup`<a href="${
    place === undefined ? file.href : `#${place}`
  }">${file.path}</a>`;
}
