/**
 * Test results and coverage out of what the test programs in containers wrote. Text in, data out.
 *
 * @module
 */

import { isForeign, messageIn, placeIn } from "./failure_text.ts";
import {
  attributeOf,
  childrenOf,
  nameOf,
  readXml,
  textOf,
  type XmlElement,
} from "./xml.ts";

export { type Coverage, parseCoverage } from "./coverage.ts";
export { parseTap } from "./tap.ts";

/** A test that ran or was skipped. */
export interface TestCase {
  /** What the program grouped it by: a class, a package or a file; "" when it was not grouped. */
  suite: string;
  /** As the program gives it; may be the same in several cases. */
  name: string;
  /** Errors, too, are "failed". */
  result: "passed" | "failed" | "skipped";
  /** Duration in whole milliseconds. */
  ms?: number;
  /** Why it failed or was skipped; may have several lines. */
  message?: string;
  /** The whole text of the failure, such as its stack. */
  detail?: string;
  /** As the program named it: absolute, or relative to where it ran; both are meant inside the container. */
  file?: string;
  /** Counted from 1. */
  line?: number;
}

/** Cases with their counts. */
export interface TestResults {
  /** How many cases there are; the other three together. */
  tests: number;
  /** How many of them passed. */
  passed: number;
  /** How many failed. */
  failed: number;
  /** How many were skipped. */
  skipped: number;
  /** All of them. */
  cases: TestCase[];
}

/**
 * The cases of a JUnit file, as Deno, pytest, unittest-xml-reporting, Jest, Go's converters and bats write it; there is
 * no standard, https://github.com/testmoapp/junitxml describes what is usual. Counts in attributes are not looked at.
 *
 * Throws an `Error` with a reason in one line for what {@linkcode readXml} throws for, and for XML that is not JUnit.
 */
export async function parseJUnit(text: string): Promise<TestCase[]> {
  const roots = await readXml(text);
  const other = roots.map(nameOf).find((name) => !/^testsuites?$/.test(name));
  if (other) throw new Error(`no JUnit: its root is <${other}>`);
  return roots.flatMap((root) => casesIn(root, ""));
}

function casesIn(element: XmlElement, outer: string): TestCase[] {
  const name = nameOf(element);
  if (name === "testcase") return [caseOf(element, outer)];
  const suite = name === "testsuite" && attributeOf(element, "name") || outer;
  return childrenOf(element).flatMap((child) => casesIn(child, suite));
}

function caseOf(element: XmlElement, suite: string): TestCase {
  const { result, reasons } = outcomeOf(childrenOf(element));
  // Without empty lines around it, but with the first line's indentation.
  const detail = reasons.map(textOf).join("\n").replace(/^\s*\n/, "").trimEnd();
  const message = reasons[0] &&
    messageIn(detail, attributeOf(reasons[0], "message"));
  const ms = milliseconds(attributeOf(element, "time"));
  return {
    suite: attributeOf(element, "classname") || suite,
    name: attributeOf(element, "name") ?? "",
    result,
    ...(ms !== undefined && { ms }),
    ...(message && { message }),
    ...(detail && { detail }),
    ...placeOf(element, detail),
  };
}

/** The result, and the elements that say why. */
function outcomeOf(
  children: readonly XmlElement[],
): { result: TestCase["result"]; reasons: XmlElement[] } {
  const skips = children.filter((child) => nameOf(child) === "skipped");
  const failures = children.filter((child) =>
    /^(failure|error)$/.test(nameOf(child))
  );
  // Node gives the failure, too, of what is still to do and may fail.
  const toDo = skips.some((skip) => attributeOf(skip, "type") === "todo");
  if (failures.length > 0 && !toDo) {
    return { result: "failed", reasons: failures };
  }
  return { result: skips.length > 0 ? "skipped" : "passed", reasons: skips };
}

/** Seconds such as "0.012" or "1,234.5" in milliseconds; undefined for what is no duration. */
function milliseconds(seconds = ""): number | undefined {
  const ms = Math.round(Number(seconds.replaceAll(",", "")) * 1000);
  return seconds.trim() && Number.isSafeInteger(ms) && ms >= 0 ? ms : undefined;
}

/** From the text of a failure, and from the attributes what it does not tell. */
function placeOf(
  element: XmlElement,
  text: string,
): { file?: string; line?: number } {
  const file = attributeOf(element, "file");
  const number = Number(attributeOf(element, "line"));
  const line = Number.isSafeInteger(number) && number > 0 ? number : undefined;
  const place = placeIn(text);
  // Where a test failed says more than where it begins, which pytest counts from 0; and unittest names its own loader where
  // a module cannot be imported.
  if (file && !(place && isForeign(file))) {
    return { file, ...(line && { line }), ...lineOf(text, file) };
  }
  if (place) return place;
  // Deno has the file as the class.
  const path = attributeOf(element, "classname") ?? "";
  return line && /^\.{0,2}\/.*\.\w+$/.test(path)
    ? { file: path.replace(/^\.\//, ""), line }
    : {};
}

function lineOf(text: string, file: string): { line?: number } {
  const place = placeIn(text, file);
  return place ? { line: place.line } : {};
}

/** Counts the cases. */
export function summaryOf(cases: TestCase[]): TestResults {
  const count = (result: TestCase["result"]) =>
    cases.filter((testCase) => testCase.result === result).length;
  return {
    tests: cases.length,
    passed: count("passed"),
    failed: count("failed"),
    skipped: count("skipped"),
    cases,
  };
}

/** One line, such as "17 tests, 15 passed, 1 failed, 1 skipped, 83 % covered"; only all lines are 100 %. */
export function summaryText(
  { tests, passed, failed, skipped }: Omit<TestResults, "cases">,
  coverage?: { lines: number; covered: number },
): string {
  return [
    `${tests} ${tests === 1 ? "test" : "tests"}`,
    `${passed} passed`,
    failed > 0 && `${failed} failed`,
    skipped > 0 && `${skipped} skipped`,
    coverage && coverage.lines > 0 &&
    `${Math.floor(coverage.covered * 100 / coverage.lines)} % covered`,
  ].filter(Boolean).join(", ");
}
