/**
 * The failures of a run: what failed comes before everything else on the page.
 *
 * @module
 */

import type { Evidence, FailedTest } from "../errors/evidence.ts";
import type { Explanation } from "../errors/explanation.ts";
import type { TimedEvent } from "../plan/events.ts";
import { count } from "../text/units.ts";
import { box, failedName, failureOf } from "./elements.ts";
import { type Markup, markup } from "./html.ts";
import { fileIn, logFile, type LogPlaces } from "./log_places.ts";
import type { Outcome } from "./outcome.ts";

/** The most failed tests that stand in a failure: all of them are among the tests. */
const MAX_TESTS = 5;

/** The lines that stand of the message of each test: of a few tests, and of many. */
const FEW = 3;
const LINES = 12;
const LINES_OF_MANY = 3;

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
  const parts = [
    why && markup`<p class="why">${why}</p>`,
    tests.length > 0 && testsOf(tests, around),
    ...evidence.map((one) => evidenceOf(one, around)),
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
  return markup`<h4>${count(tests.length, "failed test")}</h4>
${
    tests.slice(0, MAX_TESTS).map((test) =>
      markup`<div class="case">${failedName(test, "h5")}
${failureOf(shortened(test, lines), logOf(test, around))}</div>
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

/** A link to the log of the service that ran a test, if that is known. */
function logOf(
  { suite, name }: FailedTest,
  { events, places }: Around,
): Markup | false {
  const reports = events.filter((event) => event.kind === "tests");
  const service =
    reports.find(({ failed }) =>
      failed.some((test) => test.suite === suite && test.name === name)
    )?.service ?? failedService(events);
  const file = logFile(service ?? "");
  const place = places.get(file);
  return place !== undefined &&
    markup`<a href="#${place}">${file}</a>`;
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
  return markup`<h4>${title}</h4>
${lines.length > 0 && box(title, lines.join("\n"))}${
    logs !== undefined &&
    markup`<p class="note">All of it: ${linkTo(logs, places)}</p>
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
