/**
 * Reads JUnit; https://github.com/testmoapp/junitxml describes the forms that programs write.
 *
 * @module
 */

import type { TestCase } from "./cases.ts";
import { scanXml } from "./xml.ts";
import {
  type Ends,
  endsOf,
  inEnds,
  MAX_DETAIL,
  MAX_MESSAGE,
  MAX_NAME,
  newRoom,
  pathOf,
  type Room,
  shortened,
  takes,
} from "./limits.ts";
import { messageIn } from "./failure_text.ts";
import { isForeign, placeIn } from "./places.ts";

/**
 * The cases of a JUnit file as many programs write it. There is no standard, but https://github.com/testmoapp/junitxml
 * describes common practice. Counts in attributes are ignored. Undefined for a report of another format, whose root is
 * another element.
 *
 * Throws an `Error` with a reason in one line if {@linkcode scanXml} rejects the text.
 *
 * @param room the remaining room of the run; the cases use it up
 */
export async function parseJUnit(
  text: string,
  room: Room = newRoom(),
): Promise<TestCase[] | undefined> {
  const cases: TestCase[] = [];
  const open: Open[] = [];
  let isJUnit = false;
  await scanXml(text, {
    open: (name, attribute) => {
      const isRoot = /^testsuites?$/.test(name);
      isJUnit ||= isRoot;
      if (open.length === 0 && !isRoot) return "stop";
      open.push(opened(name, attribute, open.at(-1)));
      return undefined;
    },
    text: (text) => {
      open.at(-1)?.text?.add(text);
    },
    close: () => {
      const { found } = open.pop()!;
      const one = found && caseOf(found);
      if (one && takes(room, one)) cases.push(one);
    },
  });
  return isJUnit ? cases : undefined;
}

type Attribute = (name: string) => string | undefined;

/** An element that is still open. */
interface Open {
  /** Whether it cannot contain test cases, because it is a part of one, or the output of a program. */
  isInner: boolean;
  /** The name of the innermost named suite around it. */
  suite: string;
  /** The test case, if the element is one. */
  found?: Found;
  /** Takes the text of the element, if it tells about the test case around it. */
  text?: Ends;
}

/** A test case while its elements are read. */
interface Found {
  suite: string;
  classname: string | undefined;
  name: string;
  time: string | undefined;
  file: string | undefined;
  line: number;
  /** Whether an attribute says that it was not run. */
  isOff: boolean;
  skips: Reason[];
  failures: Reason[];
  /** The output of the test, if the report has it. */
  output?: Ends;
}

/** Why a test failed or was skipped. */
interface Reason {
  type: string | undefined;
  message: string;
  text: Ends;
}

/** The most reasons to keep of a test case. */
const MAX_REASONS = 20;

/** The elements that tell about the test case around them. */
const ABOUT = /^(?:skipped|ignored|disabled|failure|error|system-(?:out|err))$/;

/** The exceptions by which a test of TestNG is skipped. */
const SKIPS = /\bSkipException$/;

function opened(name: string, attribute: Attribute, around?: Open): Open {
  const suite = name === "testsuite" && attribute("name") ||
    (around?.suite ?? "");
  const isInner = around?.isInner === true ||
    /^(testcase|system-out|system-err)$/.test(name);
  const own: Open = { isInner, suite: shortened(suite, MAX_NAME) };
  if (name === "testcase" && !around?.isInner) {
    return { ...own, found: foundOf(attribute, own.suite) };
  }
  const found = around?.found;
  if (!found || !ABOUT.test(name)) return own;
  if (name.startsWith("system-")) {
    return { ...own, text: found.output ??= endsOf(MAX_DETAIL) };
  }
  const reason: Reason = {
    type: attribute("type")?.slice(0, MAX_NAME),
    message: inEnds(attribute("message") ?? "", MAX_DETAIL),
    text: endsOf(MAX_DETAIL),
  };
  const isFailure = /^(?:failure|error)$/.test(name) &&
    !SKIPS.test(reason.type ?? "");
  const reasons = isFailure ? found.failures : found.skips;
  if (reasons.length < MAX_REASONS) reasons.push(reason);
  return { ...own, text: reason.text };
}

/** Values of the attribute `status` of a test case that was not run: those of googletest and ctest, and their like. */
const OFF =
  /^(?:disabled|notrun|not run|skipped|ignored|suppressed|pending|inactive)$/i;

function foundOf(attribute: Attribute, suite: string): Found {
  const classname = attribute("classname");
  return {
    suite,
    classname: classname && shortened(classname, MAX_NAME),
    name: shortened(attribute("name") ?? "", MAX_NAME),
    time: attribute("time")?.slice(0, MAX_NAME),
    file: pathOf(attribute("file")),
    line: Number(attribute("line")?.slice(0, MAX_NAME)),
    isOff: OFF.test(attribute("status") ?? "") ||
      ["disabled", "ignored", "skipped"].some((name) =>
        attribute(name) === "true"
      ),
    skips: [],
    failures: [],
  };
}

function caseOf(found: Found): TestCase {
  const { classname, suite, name, time } = found;
  const { result, reasons } = outcomeOf(found);
  const given = reasons.map(({ text }) => text.text()).join("\n");
  // Rust and ctest write why a test failed only to its output.
  const isSilent = result === "failed" &&
    reasons.every(({ message }) => !message.trim()) && !given.trim();
  const texts = isSilent ? found.output?.text() ?? "" : given;
  // Empty lines around the text are removed; the indentation of its first line stays.
  const detail = inEnds(texts, MAX_DETAIL).replace(/^\s*\n/, "").trimEnd();
  const message = reasons[0] &&
    messageIn(detail, { message: reasons[0].message, name });
  const ms = milliseconds(time);
  return {
    suite: classname || suite,
    name,
    result,
    ...(ms !== undefined && { ms }),
    ...(message && { message: shortened(message, MAX_MESSAGE) }),
    ...(detail && { detail }),
    ...placeOf(found, detail),
  };
}

/** The result, and the reasons for it. */
function outcomeOf(
  { isOff, skips, failures }: Found,
): { result: TestCase["result"]; reasons: Reason[] } {
  // Node also reports the failure of a test that is marked as "todo", which may fail.
  const toDo = skips.some(({ type }) => type === "todo");
  if (failures.length > 0 && !toDo) {
    return { result: "failed", reasons: failures };
  }
  const isSkipped = isOff || skips.length > 0;
  return { result: isSkipped ? "skipped" : "passed", reasons: skips };
}

/** Milliseconds of seconds such as "0.012" or "1,234.5"; undefined if the text is not a number. */
function milliseconds(seconds = ""): number | undefined {
  const ms = Math.round(Number(seconds.replaceAll(",", "")) * 1000);
  return seconds.trim() && Number.isSafeInteger(ms) && ms >= 0 ? ms : undefined;
}

/** The place that the text of a failure names, or else that of the attributes. */
function placeOf(
  { file, line: number, classname: path = "" }: Found,
  text: string,
): { file?: string; line?: number } {
  const line = Number.isSafeInteger(number) && number > 0 ? number : undefined;
  const place = placeIn(text);
  // The place of the failure is more telling than the beginning of the test, which pytest counts from 0. unittest names its
  // own loader if a module cannot be imported.
  if (file && !(place && isForeign(file))) {
    return { file, ...(line && { line }), ...lineOf(text, file) };
  }
  if (place) return place;
  // Deno uses the file as the class.
  return line && /^\.{0,2}\/.*\.\w+$/.test(path)
    ? { file: path.replace(/^\.\//, ""), line }
    : {};
}

function lineOf(text: string, file: string): { line?: number } {
  const place = placeIn(text, file);
  return place ? { line: place.line } : {};
}
