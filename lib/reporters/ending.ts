/**
 * The end of a run: the table of its steps, the results of tests, the answer, and last, next to the prompt, the failures.
 *
 * @module
 */

import { isStopped } from "../errors/exit_code.ts";
import { readImageName } from "../image_name.ts";
import { quote } from "../plan/script.ts";
import { memoryText } from "../plan/usage.ts";
import { summaryText } from "../test_results/cases.ts";
import type { Sink } from "../world.ts";
import { describeTest, failureText } from "../errors/failure_text.ts";
import { plainLine } from "../text/plain_line.ts";
import type { Row, Run } from "./story.ts";
import type { Style } from "../text/color.ts";
import { seconds } from "../text/units.ts";
import { cells, cut, pad } from "../text/width.ts";

/** Most cells of the table, on any terminal. */
const WIDEST = 80;

/** The most failed tests to list. */
const FAILED_TESTS = 10;

/** How to show the end. */
interface EndingOptions {
  style: Style;
  /** Cells of the terminal, if there is one. */
  width?: number;
  /** Whether to show only failures and the last line of the summary. */
  quiet: boolean;
}

/** Writes the end of a run. */
export function writeEnding(
  run: Run,
  { stdout, write, before, ...options }: EndingOptions & {
    stdout: Sink;
    /** Takes everything but the answer. */
    write: (text: string) => void;
    /** Called before the failures. */
    before?: () => void;
  },
): void {
  const summary = summaryLines(run, options);
  if (summary.length > 0) write(summary.join("\n") + "\n");
  const urls = urlLines(run);
  if (urls.length > 0) {
    // Typed as it is: the project is not the one that Compose would use here.
    if (!options.quiet && run.project !== undefined) {
      write(
        `docker compose -p ${
          quote(run.project)
        } ps   # or: logs; todoflow clean removes it\n`,
      );
    }
    stdout.write(urls.map((line) => `${line}\n`).join(""));
  }
  const published = publishedText(run);
  if (published !== undefined) stdout.write(`${published}\n`);
  before?.();
  if (run.failures.length > 0) write(failuresText(run, options));
}

/** Where the apps answer: "App running at …", or a line for each of several, in the order of their names. */
export function urlLines(run: Run): string[] {
  return urlsOf(run).toSorted((a, b) =>
    (a.service ?? "") < (b.service ?? "") ? -1 : 1
  )
    .map(({ url, service }) => `${service ?? "App"} running at ${url}`);
}

/** The URLs of a release that stays; none if a step has failed, because the release is then removed. A failure of clean-up is none. */
export function urlsOf({ urls, rows, cleanUps }: Run): Run["urls"] {
  const isGone = rows.some(({ step, result }) =>
    result !== "ok" && !cleanUps.has(step)
  );
  return isGone ? [] : urls;
}

/** The published images with digests and tags, a line each; undefined unless all tags are published. */
export function publishedText(run: Run): string | undefined {
  if (run.published.length === 0 || resultOf(run) !== "ok") return undefined;
  return imagesOf(run).map(([name, events]) => {
    const isNew = events.some(({ unchanged }) => !unchanged);
    const tags = events.map(({ reference }) => readImageName(reference).tag);
    const image = `${name}@${events[0]!.digest}`;
    const text = `${isNew ? "Published" : "Already published:"} ${image} as ${
      tags.join(", ")
    }`;
    return plainLine(text, { color: false });
  }).join("\n");
}

/** The names, with digests, by which the published images can be pulled even when their tags have moved. */
export function publishedImages(run: Run): string[] {
  if (resultOf(run) !== "ok") return [];
  return imagesOf(run).map(([name, events]) => `${name}@${events[0]!.digest}`);
}

/** The published tags, by the names of their images. */
function imagesOf({ published }: Run): [string, Run["published"]][] {
  const names = Map.groupBy(
    published,
    ({ reference }) => readImageName(reference).name,
  );
  return [...names];
}

/** The failures in reverse order: the first one is the cause of the others, and stands nearest to the prompt. */
function failuresText(
  { failures, rows }: Run,
  { style, width, quiet }: EndingOptions,
): string {
  const options = { style, ...(width !== undefined && { width }) };
  const texts = failures.map((failure) => failureText(failure, options));
  const above = quiet || rows.length === 0 ? "" : "\n";
  return above + texts.toReversed().join("\n");
}

/** The table, the tests, and the result of the run. */
function summaryLines(run: Run, options: EndingOptions): string[] {
  const { rows, tests } = run;
  const { style, quiet } = options;
  const width = Math.min(WIDEST, options.width ?? WIDEST);
  return [
    ...(quiet || rows.length === 0 ? [] : ["", ...table(rows, style, width)]),
    ...(quiet || tests.length === 0 ? [] : ["", ...testLines(run)]),
    ...failedTests(run, options),
    ...memoryLines(run).map((line) => style.yellow(line)),
    ...noticeLines(run).map((line) => style.yellow(line)),
    ...(run.end ? [resultLine(run, style)] : []),
  ];
}

const RESULT = "result ".length;
const DURATION = "duration".length;

function table(rows: readonly Row[], style: Style, width: number): string[] {
  const longest = Math.max(4, ...rows.map(({ step }) => cells(step)));
  const name = Math.min(longest, Math.max(8, width - RESULT - DURATION - 4));
  const line = (step: string, result: string, duration: string) =>
    [pad(cut(step, name), name), result, duration.padStart(DURATION)]
      .join("  ");
  return [
    style.bold(line("step", pad("result", RESULT), "duration")),
    ...rows.map(({ step, result, ms }) =>
      line(step, paintResult(result, style) + gap(result), seconds(ms))
    ),
  ];
}

/** The spaces after a result that fill its column. */
export function gap(result: Row["result"]): string {
  return " ".repeat(RESULT - result.length);
}

/** A result in its color. */
export function paintResult(result: Row["result"], style: Style): string {
  const paint = { ok: "green", failed: "red", stopped: "yellow" } as const;
  return style[paint[result]](result);
}

/** The results of each service's tests, such as "test: 12 tests, 12 passed, 83 % covered". */
export function testLines({ tests }: Run): string[] {
  return tests.map(({ service, totals, coverage }) =>
    plainLine(`${service}: ${summaryText(totals, coverage)}`, { color: false })
  );
}

function failedTests(
  { tests }: Run,
  { style, width = Infinity }: EndingOptions,
): string[] {
  const failed = tests.flatMap(({ failed }) => failed);
  const more = failed.length - FAILED_TESTS;
  return [
    ...failed.slice(0, FAILED_TESTS).map(describeTest).flatMap(
      ({ name, message, place }) => [
        `  ${style.red("failed")} ${cut(name, width - 10)}`,
        ...[message, place].filter(Boolean)
          .map((text) => `    | ${cut(text, width - 7)}`),
      ],
    ),
    ...(more > 0 ? [`  … and ${more} more`] : []),
  ];
}

/** The containers that came near their limits of memory, such as "app used 118 of 128 MiB". */
export function memoryLines({ nearLimits }: Run): string[] {
  return nearLimits.map((usage) =>
    plainLine(`${usage.service} used ${memoryText(usage)}`, { color: false })
  );
}

/** The most notices to list. */
const NOTICES = 20;

/** The losses of a run that did not make it fail. */
export function noticeLines({ notices }: Run): string[] {
  const more = notices.length - NOTICES;
  return [
    ...notices.slice(0, NOTICES),
    ...(more > 0 ? [`… and ${more} more, in events.jsonl`] : []),
  ];
}

/** The result of the run. */
export function resultOf({ end, failures }: Run): Row["result"] {
  if (end && isStopped(end.code)) return "stopped";
  return end?.code === 0 && failures.length === 0 ? "ok" : "failed";
}

/** Such as "release ok in 7.2 s (12.9 s sequentially, 5.7 s saved)". */
export function resultLine(run: Run, style: Style): string {
  const { ms, sumMs } = run.end!;
  const result = resultOf(run);
  const saved = sumMs - ms;
  return `${style.bold(run.target)} ${paintResult(result, style)} in ${
    seconds(ms)
  }` +
    (saved >= 50
      ? ` (${seconds(sumMs)} sequentially, ${seconds(saved)} saved)`
      : "");
}
