/**
 * Writes test results as JUnit.
 *
 * @module
 */

import { summaryOf, type TestCase } from "../test_results/cases.ts";
import { plainText } from "../text/untrusted.ts";

/**
 * A JUnit document with these suites, in the form that GitHub's actions, GitLab
 * (https://docs.gitlab.com/ci/testing/unit_test_reports/) and Jenkins (https://github.com/jenkinsci/xunit-plugin) read.
 * Characters that XML forbids become U+FFFD. `parseJUnit` reads the same cases from it, except that one without a suite
 * gets the name of the suite it is in, one without a message the first line of its detail, and that whitespace at the
 * ends of these two is gone.
 */
export function writeJUnit(
  suites: { name: string; cases: readonly TestCase[] }[],
): string {
  const all = suites.flatMap(({ cases }) => cases);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes(countsOf(all))}>`,
    ...suites.flatMap(({ name, cases }) => [
      `  <testsuite${attributes({ name, ...countsOf(cases) })}>`,
      ...cases.map(caseText),
      "  </testsuite>",
    ]),
    "</testsuites>",
    "",
  ].join("\n");
}

type Attributes = Readonly<Record<string, string | number | undefined>>;

function countsOf(cases: readonly TestCase[]): Attributes {
  const { tests, failed, skipped } = summaryOf(cases);
  const ms = cases.reduce((sum, testCase) => sum + (testCase.ms ?? 0), 0);
  // GitLab and Jenkins require all of them.
  return { tests, failures: failed, errors: 0, skipped, time: seconds(ms) };
}

function caseText(testCase: TestCase): string {
  const { suite, name, ms, file, line, message, detail = "" } = testCase;
  const open = `    <testcase${
    attributes({
      classname: suite,
      name,
      time: ms === undefined ? undefined : seconds(ms),
      file,
      line,
    })
  }`;
  if (testCase.result === "passed") return `${open}/>`;
  const tag = testCase.result === "failed" ? "failure" : "skipped";
  return `${open}><${tag}${attributes({ message })}>${
    escape(detail)
  }</${tag}></testcase>`;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}

function attributes(values: Attributes): string {
  return Object.entries(values)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}="${attributeText(String(value))}"`)
    .join("");
}

/** Writes whitespace as references: a parser turns it into spaces in an attribute, and "\r" into "\n" anywhere. */
function attributeText(value: string): string {
  return escape(value).replaceAll('"', "&quot;").replaceAll("\n", "&#10;")
    .replaceAll("\t", "&#9;");
}

function escape(text: string): string {
  return plainText(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;").replaceAll("\r", "&#13;");
}
