/**
 * The end of a run: its steps, its result, its tests, the answer, and last, next to the prompt, the failures.
 *
 * @module
 */

import { quote } from "../plan/script.ts";
import { memoryText } from "../plan/usage.ts";
import type { Sink } from "../world.ts";
import { failureText } from "../errors/failure_text.ts";
import { plainLine } from "../text/plain_line.ts";
import { publishedText, resultOf, urlLines } from "./answer.ts";
import { pathLine } from "./path_line.ts";
import type { ReporterOptions } from "./reporter.ts";
import { type Row, type Shown, tableRows } from "./rows.ts";
import type { Run } from "./told.ts";
import { failedTests, slowTests, testLines } from "./test_lines.ts";
import type { Style } from "../text/color.ts";
import { seconds } from "../text/units.ts";
import { cells, cut, pad } from "../text/width.ts";

/** Most cells of the table, on any terminal. */
const WIDEST = 80;

/** The part of the time that must be saved to be told. */
const WORTH_TELLING = 0.1;

/** How to show the end. */
interface EndingOptions {
  style: Style;
  /** Cells of the terminal, if there is one. */
  width?: number;
  /** Whether the reader has seen the steps as live lines: then they are in no table. */
  isLive?: boolean;
  /** `quiet`: only failures, losses and the result; `verbose`: each step has a row. */
  flags: Pick<ReporterOptions["flags"], "quiet" | "verbose">;
  /** Path of the page of the run, if it was written. */
  page?: string | undefined;
}

/** Writes the end of a run. */
export function writeEnding(
  run: Run,
  { stdout, write, before, answer, ...options }: EndingOptions & {
    stdout: Sink;
    /** Colors of the answer. */
    answer: Style;
    /** Takes everything but the answer. */
    write: (text: string) => void;
    /** Called before the failures. */
    before?: () => void;
  },
): void {
  const summary = summaryLines(run, options);
  if (summary.length > 0) write(summary.join("\n") + "\n");
  const urls = urlLines(run, answer);
  if (urls.length > 0) {
    // Typed as it is: the project is not the one that Compose would use here.
    if (!options.flags.quiet && run.project !== undefined) {
      const line = `docker compose -p ${
        quote(run.project)
      } ps   # or: logs; todoflow clean removes it`;
      write(`${options.style.dim(line)}\n`);
    }
    stdout.write(urls.map((line) => `${line}\n`).join(""));
  }
  const published = publishedText(run);
  if (published !== undefined) stdout.write(`${published}\n`);
  before?.();
  if (run.failures.length > 0) write(failuresText(run, options));
}

/** The failures in reverse order: the first one is the cause of the others, and stands nearest to the prompt. */
function failuresText(
  { failures, rows }: Run,
  { style, width, flags }: EndingOptions,
): string {
  const options = { style, ...(width !== undefined && { width }) };
  const texts = failures.map((failure) => failureText(failure, options));
  const above = flags.quiet || rows.size === 0 ? "" : "\n";
  return above + texts.toReversed().join("\n");
}

/** The steps, the result, the tests, the losses, and the page. */
function summaryLines(run: Run, options: EndingOptions): string[] {
  const { end } = run;
  const rows = [...run.rows.values()];
  const { style, flags: { quiet, verbose }, isLive, page } = options;
  const width = options.width ?? WIDEST;
  const result = end ? [resultLine(run, style)] : [];
  const failed = failedTests(run, options);
  const losses = [...memoryLines(run), ...noticeLines(run)]
    .map((line) => style.yellow(line));
  if (quiet) return [...result, ...failed, ...losses];
  const path = isLive && resultOf(run) === "ok" && end
    ? pathLine(rows, { ms: end.ms, width })
    : undefined;
  const table = isLive ? [] : tableOf(verbose ? rows : tableRows(rows), {
    style,
    width: Math.min(WIDEST, width),
  });
  return [
    ...(rows.length > 0 ? ["", ...table] : []),
    ...result,
    ...(path === undefined ? [] : [path]),
    ...testLines(run),
    ...slowTests(run, { width }),
    ...failed,
    ...losses,
    ...(page === undefined
      ? []
      : [`Report: ${plainLine(page, { color: false })}`]),
  ];
}

const RESULT = "result ".length;
const DURATION = "duration".length;

function tableOf(
  rows: readonly Shown[],
  { style, width }: { style: Style; width: number },
): string[] {
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
  const more = notices.size - NOTICES;
  return [
    ...notices.values().take(NOTICES),
    ...(more > 0 ? [`… and ${more} more, in events.jsonl`] : []),
  ];
}

/** Such as "release ok in 7.2 s (12.9 s sequentially, 5.7 s saved)". */
export function resultLine(run: Run, style: Style): string {
  const { ms, sumMs } = run.end!;
  const result = resultOf(run);
  const saved = result === "ok" ? sumMs - ms : 0;
  return `${style.bold(run.target)} ${paintResult(result, style)} in ${
    seconds(ms)
  }` +
    (saved >= WORTH_TELLING * sumMs && saved >= 50
      ? ` (${seconds(sumMs)} sequentially, ${seconds(saved)} saved)`
      : "");
}
