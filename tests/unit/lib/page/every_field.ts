/**
 * Pages in which every field holds text of a test's choice.
 *
 * @module
 */

import fc from "fast-check";
import type { RunPage } from "../../../../lib/page/page.ts";
import type { TestCase } from "../../../../lib/test_results/cases.ts";
import { at, eventsOf, failure, type Ran } from "./events.ts";

/** Text as a hostile program, or one that means no harm, would write it. */
export const HOSTILE = fc.array(
  fc.constantFrom(
    ..."< > & \" ' ` = / </pre> </script> </style> </title> <!-- --> ]]>".split(
      " ",
    ),
    '<img src=x onerror="alert(1)">',
    "<script>alert(1)</script>",
    "</details></section><a href=javascript:alert(1)>x</a>",
    "&lt;b&gt;",
    "&#60;",
    "${x}",
    "\x1b[31m",
    "\0",
    "\u2028",
    "\u202e",
    "\ud800",
    "\ufeff",
    " ",
    "x",
  ),
  { maxLength: 6 },
).map((parts) => parts.join(""));

/** Every field of every event, and every log, holds text that `text` gives. */
export function everyField(text: () => string): RunPage {
  const [one, two, service] = [text(), text(), text()];
  const test = (result: TestCase["result"]): TestCase => ({
    suite: text(),
    name: text(),
    result,
    message: text(),
    detail: text(),
    file: text(),
    line: 3,
  });
  const failedTest = () => {
    const { suite, name, message, file, line } = test("failed");
    return { suite, name, message: message!, file: file!, line: line! };
  };
  const steps: Ran[] = [
    { name: one, why: text(), span: [0, 9], kind: "gate", service },
    {
      name: two,
      why: text(),
      span: [9, 20],
      after: [one],
      result: "failed",
      kind: "oneshot",
      service: text(),
    },
  ];
  const events = eventsOf(steps, {
    code: 1,
    others: [
      { kind: "output", step: one, line: text(), ms: 5 },
      { kind: "output", step: two, line: text(), ms: 15 },
      {
        kind: "image",
        step: one,
        services: [service, text()],
        id: text(),
        unchanged: false,
        ms: 5,
      },
      {
        kind: "tests",
        step: two,
        service,
        totals: { tests: 2, passed: 1, failed: 1, skipped: 0 },
        failed: [test("failed")],
        ms: 20,
      },
      { kind: "url", url: `http://localhost:1/${text()}`, ms: 20 },
      failure({
        headline: text(),
        why: text(),
        tests: [failedTest(), failedTest()],
        evidence: [
          { title: text(), lines: [text(), text()], logs: text() },
          {
            title: text(),
            lines: [],
            // A path that has no line end leads to a log.
            logs: `reports/test/logs/${text().replaceAll("/", "")}.log`,
          },
        ],
        changed: { title: text(), lines: [text()], logs: "a/build.log" },
        next: text(),
      }),
      { kind: "role", role: "app", service, reason: text(), ms: 1 },
      { kind: "output", step: one, line: text(), notice: true, ms: 6 },
      {
        kind: "published",
        step: one,
        reference: text(),
        digest: text(),
        unchanged: false,
        ms: 7,
      },
      {
        kind: "usage",
        container: text(),
        service,
        peakMemory: 5,
        cpuMs: 5,
        ms: 8,
      },
    ],
    planned: [{ name: text(), why: text(), after: [two], kind: "url" }],
  }).map((event) =>
    event.kind === "run-start"
      ? {
        ...event,
        target: text(),
        project: text(),
        directory: text(),
        version: text(),
        tool: text(),
        engine: text(),
        commit: { hash: text(), url: `http://localhost:2/${text()}` },
      }
      : event
  );
  return {
    events,
    logs: [
      { service, text: `${at(3)} ${text()}\n${text()}\n`, cut: 3 },
      { service: text(), text: text() },
    ],
    tests: [{ service, cases: [test("failed"), test("skipped")] }],
    files: { "junit.xml": "", [text()]: "" },
  };
}
