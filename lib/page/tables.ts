/**
 * The steps, the images and the tests of a run as tables.
 *
 * @module
 */

import type { PlannedStep, TimedEvent } from "../plan/events.ts";
import { isNearLimit, memoryText } from "../plan/usage.ts";
import {
  summaryOf,
  summaryText,
  type TestCase,
} from "../test_results/cases.ts";
import { count, duration } from "../text/units.ts";
import {
  box,
  CRITICAL,
  failedName,
  failureOf,
  result as resultWord,
  table,
} from "./elements.ts";
import { type Markup, markup, trusted } from "./html.ts";
import { beginning } from "./text.ts";
import type { StepBar, Timeline } from "./timeline.ts";

/** The cases of a service's tests. */
export interface ServiceTests {
  service: string;
  cases: readonly TestCase[];
}

/** The most listed cases of a service; those that failed come first. */
const MAX_CASES = 2_000;

/** The most cases of a service with a box for their failure. */
const MAX_FAILED = 200;

/** Result, time and reason of every step, those that never started included. */
export function stepsTable({ steps, missing, critical }: Timeline): Markup {
  const rows = [
    ...steps.map((bar) => stepRow(bar, critical.includes(bar))),
    // Steps that only a failure needs are not missing.
    ...missing.filter(({ cleanup }) => cleanup !== "failure").map(missingRow),
  ];
  return table("Steps", ["Step", "Result", "Start", "Duration"], rows);
}

function stepRow(bar: StepBar, critical: boolean): Markup {
  const { step, why, planned, start, ms, result } = bar;
  const mark = critical && CRITICAL;
  return markup`<tr><th scope="row">${mark}${step}${
    reason(why, planned)
  }</th><td>${resultWord(result)}</td><td class="number">${
    (start / 1000).toFixed(2)
  } s</td><td class="number">${duration(ms)}</td></tr>
`;
}

function missingRow(planned: PlannedStep): Markup {
  return markup`<tr class="missing"><th scope="row">${planned.name}${
    reason(planned.why, planned)
  }</th><td>not reached</td><td></td><td></td></tr>
`;
}

function reason(why: string, planned?: PlannedStep): Markup {
  const after = planned?.after ?? [];
  return markup`<small>${why}${
    after.length > 0 && markup`<br>after ${after.join(", ")}`
  }</small>`;
}

/** Which image each service ran. */
export function imagesTable(events: readonly TimedEvent[]): Markup | false {
  const images = events.filter((event) => event.kind === "image");
  const rows = images.map(({ services, id, unchanged }) =>
    markup`<tr><th scope="row">${
      services.join(", ")
    }</th><td><code>${id}</code></td><td>${
      unchanged ? "unchanged" : "new"
    }</td></tr>
`
  );
  return rows.length > 0 &&
    table("Images", ["Services", "Image ID", "Build"], rows);
}

/** The memory and processor time of each container that was measured. */
export function usageTable(events: readonly TimedEvent[]): Markup | false {
  const usages = events.filter((event) => event.kind === "usage");
  if (usages.length === 0) return false;
  const head = ["Container", "Peak memory", "Processor time"];
  return markup`${table("Containers", head, usages.map(usageRow))}
<p class="note">Measured about once a second, so that shorter peaks are missing. Memory is without the cache of files, as in <code>docker stats</code>.</p>`;
}

function usageRow(usage: Extract<TimedEvent, { kind: "usage" }>): Markup {
  const { service, container, peakMemory, limit, cpuMs } = usage;
  const share = limit !== undefined &&
    ` (${Math.round(100 * peakMemory / limit)} %)`;
  const peak = markup`${memoryText(usage)}${share}`;
  return markup`<tr><th scope="row">${service}<small>${container}</small></th><td class="number">${
    isNearLimit(usage) ? markup`<b class="near">${peak}</b>` : peak
  }</td><td class="number">${duration(cpuMs)}</td></tr>
`;
}

/** The tests of each service; failures that stand above are folded. */
export function testsOf(
  events: readonly TimedEvent[],
  all: readonly ServiceTests[],
): Markup[] {
  const told = events.filter((event) => event.kind === "tests");
  const isOpen = !events.some((event) =>
    event.kind === "failure" && event.explanation.tests?.length
  );
  const services = new Set([...told, ...all].map(({ service }) => service));
  return [...services].map((service) => {
    const cases = all.filter((tests) => tests.service === service)
      .flatMap(({ cases }) => cases);
    // A step that was tried again has reported its tests again.
    const event = told.findLast((event) => event.service === service);
    const failed = event?.failed ??
      cases.filter(({ result }) => result === "failed");
    const summary = summaryText(
      event?.totals ?? summaryOf(cases),
      event?.coverage,
    );
    return serviceTests({ service, summary, failed, cases, isOpen });
  });
}

interface Results extends ServiceTests {
  summary: string;
  failed: readonly TestCase[];
  /** Whether the failures are shown without a click. */
  isOpen: boolean;
}

function serviceTests(
  { service, summary, failed, cases, isOpen }: Results,
): Markup {
  const order = ["failed", "skipped", "passed"];
  const sorted = cases.toSorted((a, b) =>
    order.indexOf(a.result) - order.indexOf(b.result)
  );
  const rows = sorted.slice(0, MAX_CASES).map(caseRow);
  const head = ["Test", "Result", "Duration"];
  return markup`<details class="tests"${failed.length > 0 && trusted(" open")}>
<summary><h3>${service}</h3> <span class="count">${summary}</span></summary>
${failed.slice(0, MAX_FAILED).map((test) => failedCase(test, isOpen))}${
    more(failed.length - MAX_FAILED, "failed test")
  }${rows.length > 0 && table(`Tests of ${service}`, head, rows)}${
    more(cases.length - MAX_CASES, "test")
  }
</details>
`;
}

function more(number: number, noun: string): Markup | false {
  return number > 0 &&
    markup`<p class="note">${count(number, `more ${noun}`)}</p>
`;
}

function failedCase(test: TestCase, isOpen: boolean): Markup {
  const { name, message, detail } = test;
  return markup`<details class="case"${isOpen && trusted(" open")}>
<summary>${failedName(test, "h4")}</summary>
${failureOf(test)}${
    detail && detail !== message && box(`Details of ${name}`, detail)
  }
</details>
`;
}

function caseRow({ name, suite, result, ms, message }: TestCase): Markup {
  const why = result === "skipped" && message &&
    markup`<br>${beginning(message)}`;
  return markup`<tr><th scope="row">${name}<small>${suite}${why}</small></th><td>${
    resultWord(result)
  }</td><td class="number">${ms === undefined ? "" : duration(ms)}</td></tr>
`;
}
