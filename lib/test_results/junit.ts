/**
 * Reads JUnit: https://github.com/testmoapp/junitxml has what programs write.
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
import { isForeign, messageIn, placeIn } from "./failure_text.ts";

/**
 * The cases of a JUnit file, as Deno, pytest, unittest-xml-reporting, Jest, Go's converters and bats write it; there is
 * no standard, https://github.com/testmoapp/junitxml describes what is usual. Counts in attributes are not looked at.
 *
 * Throws an `Error` with a reason in one line for what {@linkcode scanXml} throws for, and for XML that is not JUnit.
 *
 * @param room what there is room for; the cases are taken from it
 */
export async function parseJUnit(
  text: string,
  room: Room = newRoom(),
): Promise<TestCase[]> {
  const cases: TestCase[] = [];
  const open: Open[] = [];
  await scanXml(text, {
    open: (name, attribute) => {
      if (open.length === 0 && !/^testsuites?$/.test(name)) {
        throw new Error(`no JUnit: its root is <${shortened(name, MAX_NAME)}>`);
      }
      open.push(opened(name, attribute, open.at(-1)));
    },
    text: (text) => {
      open.at(-1)?.reason?.text.add(text);
    },
    close: () => {
      const { found } = open.pop()!;
      const one = found && caseOf(found);
      if (one && takes(room, one)) cases.push(one);
    },
  });
  return cases;
}

type Attribute = (name: string) => string | undefined;

/** An element whose end has not come. */
interface Open {
  /** Whether there are no test cases in it: it is a part of one, or a program's output. */
  isInner: boolean;
  /** Of the innermost suite around it that has a name. */
  suite: string;
  /** The test case that it is. */
  found?: Found;
  /** The reason that it is, for the test case around it. */
  reason?: Reason;
}

/** A test case as its elements have it. */
interface Found {
  suite: string;
  classname: string | undefined;
  name: string;
  time: string | undefined;
  file: string | undefined;
  line: number;
  skips: Reason[];
  failures: Reason[];
}

/** Why a test failed or was skipped. */
interface Reason {
  type: string | undefined;
  message: string;
  text: Ends;
}

/** The most reasons that are kept of a test case. */
const MAX_REASONS = 20;

function opened(name: string, attribute: Attribute, around?: Open): Open {
  const suite = name === "testsuite" && attribute("name") ||
    (around?.suite ?? "");
  const isInner = around?.isInner === true ||
    /^(testcase|system-out|system-err)$/.test(name);
  const own: Open = { isInner, suite: shortened(suite, MAX_NAME) };
  if (name === "testcase" && !around?.isInner) {
    return { ...own, found: foundOf(attribute, own.suite) };
  }
  if (!around?.found || !/^(skipped|failure|error)$/.test(name)) return own;
  const reason: Reason = {
    type: attribute("type")?.slice(0, MAX_NAME),
    message: inEnds(attribute("message") ?? "", MAX_DETAIL),
    text: endsOf(MAX_DETAIL),
  };
  const { skips, failures } = around.found;
  const reasons = name === "skipped" ? skips : failures;
  if (reasons.length < MAX_REASONS) reasons.push(reason);
  return { ...own, reason };
}

function foundOf(attribute: Attribute, suite: string): Found {
  const classname = attribute("classname");
  return {
    suite,
    classname: classname && shortened(classname, MAX_NAME),
    name: shortened(attribute("name") ?? "", MAX_NAME),
    time: attribute("time")?.slice(0, MAX_NAME),
    file: pathOf(attribute("file")),
    line: Number(attribute("line")?.slice(0, MAX_NAME)),
    skips: [],
    failures: [],
  };
}

function caseOf(found: Found): TestCase {
  const { classname, suite, name, time } = found;
  const { result, reasons } = outcomeOf(found);
  const texts = reasons.map(({ text }) => text.text()).join("\n");
  // Without empty lines around it, but with the first line's indentation.
  const detail = inEnds(texts, MAX_DETAIL).replace(/^\s*\n/, "").trimEnd();
  const message = reasons[0] && messageIn(detail, reasons[0].message);
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

/** The result, and what says why. */
function outcomeOf(
  { skips, failures }: Found,
): { result: TestCase["result"]; reasons: Reason[] } {
  // Node gives the failure, too, of what is still to do and may fail.
  const toDo = skips.some(({ type }) => type === "todo");
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
  { file, line: number, classname: path = "" }: Found,
  text: string,
): { file?: string; line?: number } {
  const line = Number.isSafeInteger(number) && number > 0 ? number : undefined;
  const place = placeIn(text);
  // Where a test failed says more than where it begins, which pytest counts from 0; and unittest names its own loader where
  // a module cannot be imported.
  if (file && !(place && isForeign(file))) {
    return { file, ...(line && { line }), ...lineOf(text, file) };
  }
  if (place) return place;
  // Deno has the file as the class.
  return line && /^\.{0,2}\/.*\.\w+$/.test(path)
    ? { file: path.replace(/^\.\//, ""), line }
    : {};
}

function lineOf(text: string, file: string): { line?: number } {
  const place = placeIn(text, file);
  return place ? { line: place.line } : {};
}
