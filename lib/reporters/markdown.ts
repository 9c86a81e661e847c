/**
 * A run as GitHub's Markdown (https://github.github.com/gfm/), for the summary of a job.
 *
 * @module
 */

import {
  describeTest,
  memoryLines,
  noticeLines,
  publishedText,
  resultLine,
  testLines,
  urlLines,
} from "./ending.ts";
import { failureText } from "./failure.ts";
import type { Run } from "./story.ts";
import { style } from "../text/color.ts";
import { seconds } from "../text/units.ts";

/** The most failed tests to list, because a summary must stay below 1 MiB. */
const FAILED_TESTS = 100;

/** The summary of a run: its result, tests, failures and steps. */
export function markdown(run: Run): string {
  const { rows, tests, failures, target, end } = run;
  const failed = tests.flatMap(({ failed }) => failed);
  const more = failed.length - FAILED_TESTS;
  const title = end ? resultLine(run, style(false)) : `${target} failed`;
  const blocks = [
    `### ${escaped(title)}`,
    ...urlLines(run).map(escaped),
    escaped(publishedText(run) ?? ""),
    ...testLines(run).map(escaped),
    memoryLines(run).map(escaped).join("  \n"),
    noticeLines(run).map(escaped).join("  \n"),
    ...failures.map((failure) => fenced(failureText(failure))),
    failed.length > 0 && table(
      ["failed test", "message", "place"],
      failed.slice(0, FAILED_TESTS).map(describeTest)
        .map(({ name, message, place }) => [name, message, place]),
    ),
    more > 0 && `… and ${more} more`,
    rows.length > 0 && table(
      ["step", "result", "duration"],
      rows.map(({ step, result, ms }) => [step, result, seconds(ms)]),
    ),
  ];
  return blocks.filter(Boolean).map((block) => `${block}\n\n`).join("");
}

function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  return [head, head.map(() => "---"), ...rows.map((row) => row.map(escaped))]
    .map((row) => `| ${row.join(" | ")} |`).join("\n");
}

/** Text without meaning in Markdown: every ASCII punctuation character can be escaped. */
function escaped(text: string): string {
  return text.replace(/[\\`*_[\]<>|#!~&@$]/g, "\\$&");
}

/** Text in a code block that the text cannot end. */
function fenced(text: string): string {
  const longest = Math.max(
    2,
    ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length),
  );
  const fence = "`".repeat(longest + 1);
  return `${fence}text\n${text}${fence}`;
}
