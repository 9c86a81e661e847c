/**
 * A run as GitHub's Markdown (https://github.github.com/gfm/), for the summary of a job.
 *
 * @module
 */

import { publishedText, urlLines } from "./answer.ts";
import { memoryLines, noticeLines, resultLine } from "./ending.ts";
import { testLines } from "./test_lines.ts";
import {
  describeTest,
  failureText,
  namedTests,
  testKey,
} from "../errors/failure_text.ts";
import { tableRows } from "./rows.ts";
import type { Run } from "./told.ts";
import { inEnds, shortened } from "../test_results/limits.ts";
import { style } from "../text/color.ts";
import { seconds } from "../text/units.ts";

/** The most failed tests to list. */
const FAILED_TESTS = 100;

/**
 * The most UTF-8 bytes of a summary. GitHub drops one of more than 1 MiB, and other commands of the step may write to it,
 * too.
 */
const MAX_SUMMARY = 1_000_000;

/** The most UTF-8 bytes of the failures, and of each part that is less important. The failed tests have the rest. */
const MAX_FAILURES = 300_000;
const MAX_PART = 50_000;

/** The most UTF-16 units of a line or a cell, and of a failure, of which both ends are kept. */
const MAX_LINE = 4_000;
const MAX_FAILURE = 30_000;

/** A part of the summary, which keeps its first lines, as many as fit. */
interface Part {
  /** The lines above, which a table needs. */
  head?: readonly string[];
  lines: readonly string[];
  /** Between two lines. */
  gap: string;
  /** A name for the lines, and the file that has them all, such as "steps, in events.jsonl". */
  what: string;
  /** How many more lines there are. */
  more?: number;
}

/**
 * The summary of a run: its result, tests, failures and steps. It is shorter than 1 MiB: the failures and the failed tests
 * have most of the room, and a line tells what is left out.
 */
export function markdown(run: Run): string {
  const { rows, failures, target, end } = run;
  const title = end ? resultLine(run, style(false)) : `${target} failed`;
  const lines = (what: string, lines: readonly string[], gap: string) => ({
    lines: lines.map(escaped),
    gap,
    what: `${what}, in events.jsonl`,
  });
  const above = [
    `### ${escaped(title)}\n\n`,
    ...[
      lines("URLs", urlLines(run), "\n\n"),
      lines("images", publishedText(run)?.split("\n") ?? [], "\n"),
      lines("services", testLines(run), "\n\n"),
      lines("services", memoryLines(run), "  \n"),
      lines("notices", noticeLines(run), "  \n"),
    ].map((part) => fitting(part, MAX_PART)),
    fitting({
      lines: failures.map((failure) => fenced(failureText(failure))),
      gap: "\n\n",
      what: "failures, in events.jsonl",
    }, MAX_FAILURES),
  ].join("");
  const steps = fitting({
    ...table(
      ["step", "result", "duration"],
      tableRows([...rows.values()])
        .map(({ step, result, ms }) => [step, result, seconds(ms)]),
    ),
    what: "steps, in events.jsonl",
  }, MAX_PART);
  const room = MAX_SUMMARY - bytesOf(above) - bytesOf(steps);
  return above + fitting(failedTests(run), room) + steps;
}

/** The table of the failed tests that no failure above it names. */
function failedTests({ tests, failures }: Run): Part {
  const named = new Set(failures.flatMap(namedTests).map(testKey));
  const failed = tests.flatMap(({ failed }) => failed)
    .filter((test) => !named.has(testKey(test)));
  return {
    ...table(
      ["failed test", "message", "place"],
      failed.slice(0, FAILED_TESTS).map(describeTest)
        .map(({ name, message, place }) => [name, message, place]),
    ),
    what: "failed tests, in junit.xml",
    more: Math.max(0, failed.length - FAILED_TESTS),
  };
}

/** The text of a part, at most `room` bytes of it; "" without lines. */
function fitting(
  { head = [], lines, gap, what, more = 0 }: Part,
  room: number,
): string {
  const note = (left: number) =>
    left > 0 ? `… and ${left} more ${what}\n\n` : "";
  if (lines.length === 0) return "";
  const end = "\n\n";
  let left = room -
    bytesOf([...head, end, note(lines.length + more)].join(gap));
  const kept: string[] = [];
  for (const line of lines) {
    left -= bytesOf(line + gap);
    if (left < 0) break;
    kept.push(line);
  }
  const text = kept.length > 0 ? [...head, ...kept].join(gap) + end : "";
  return text + note(lines.length - kept.length + more);
}

/** A table as a part of the summary. */
function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): Pick<Part, "head" | "lines" | "gap"> {
  const line = (row: readonly string[]) => `| ${row.join(" | ")} |`;
  return {
    head: [line(head), line(head.map(() => "---"))],
    lines: rows.map((row) => line(row.map(escaped))),
    gap: "\n",
  };
}

const encoder = new TextEncoder();

/** How many bytes a text has in UTF-8. */
function bytesOf(text: string): number {
  return encoder.encode(text).length;
}

/** Text without meaning in Markdown, cut if it is long: every ASCII punctuation character can be escaped. */
function escaped(text: string): string {
  return shortened(text, MAX_LINE).replace(/[\\`*_[\]<>|#!~&@$]/g, "\\$&");
}

/** Text in a code block that the text cannot end. */
function fenced(whole: string): string {
  const text = inEnds(whole, MAX_FAILURE);
  const longest = Math.max(
    2,
    ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length),
  );
  const fence = "`".repeat(longest + 1);
  return `${fence}text\n${text}${fence}`;
}
