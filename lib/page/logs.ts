/**
 * The logs of services and the output of steps, as the page shows them: limited in size, readable without the script, and
 * in pieces that a browser lays out only when they are visible.
 *
 * @module
 */

import type { TimedEvent } from "../plan/events.ts";
import { count } from "../text/units.ts";
import { escape, type Markup, markup, trusted } from "./html.ts";
import {
  BUILD_LOG,
  buildSteps,
  hrefOf,
  isOutput,
  logId,
  outputId,
} from "./log_places.ts";
import { beginning } from "./text.ts";
import type { Timeline } from "./timeline.ts";

/** The log of a service. */
export interface ServiceLog {
  service: string;
  /** Lines that begin with the engine's time, as in `docker logs --timestamps`. */
  text: string;
  /** How many bytes at the beginning were left out. */
  cut?: number;
}

/** The most UTF-16 units that a page shows of a service's log: its last lines. */
export const MAX_LOG = 2_000_000;

/** The most UTF-16 units that a page shows of all logs, and of the output of all steps; long ones are cut to the same length. */
const MAX_LOGS = 16_000_000;
const MAX_OUTPUTS = 8_000_000;

/** The most lines that a page shows of a service's log, and of a step's output: the last ones. */
const MAX_LINES = 40_000;
export const MAX_OUTPUT = 5_000;

/** UTF-16 units of markup that each line costs. */
const LINE_COST = 20;

/** How many lines are laid out at once; the style sheet depends on this number. */
const CHUNK = 250;

interface Line {
  /** Seconds since the start of the run, such as "0.125"; "" if it is unknown. */
  time: string;
  text: string;
}

interface Shown {
  id: string;
  title: string;
  lines: readonly Line[];
  /** Path of the whole log, relative to the page. */
  file: readonly string[];
  /** A sentence about the part that is not shown. */
  cut?: string | undefined;
  open: boolean;
}

/** The logs of services, in the given order; those that `opened` has the IDs of are open. */
export function serviceLogs(
  logs: readonly ServiceLog[],
  { epoch }: Pick<Timeline, "epoch">,
  opened: ReadonlySet<string>,
): Markup[] {
  const share = shareOf(logs.map(({ text }) => text.length), {
    most: MAX_LOGS,
    each: MAX_LOG,
  });
  return logs.map(({ service, text, cut = 0 }, i) => {
    const kept = lastOf(text, share);
    const lines = linesOf(kept);
    const shown = lines.slice(-MAX_LINES);
    const isCut = cut > 0 || kept.length < text.length ||
      shown.length < lines.length;
    return log({
      id: logId(i),
      title: service,
      lines: shown.map((line) => timed(line, epoch)),
      file: ["logs", `${service}.log`],
      cut: isCut ? "Only its end is here." : undefined,
      open: opened.has(logId(i)),
    });
  });
}

/** The output of the commands of steps, in the order in which they began to write; what `opened` has the IDs of is open. */
export function stepLogs(
  events: readonly TimedEvent[],
  { epoch }: Pick<Timeline, "epoch">,
  opened: ReadonlySet<string>,
): Markup[] {
  const outputs = Map.groupBy(events.filter(isOutput), ({ step }) => step);
  const all = [...outputs].map(([step, events]) => {
    const lines = events.slice(-MAX_OUTPUT).map(({ at, line }) => ({
      time: seconds(Date.parse(at) - epoch),
      text: beginning(line),
    }));
    return { step, lines, isCut: events.length >= MAX_OUTPUT };
  });
  const share = shareOf(all.map(({ lines }) => unitsOf(lines)), {
    most: MAX_OUTPUTS,
  });
  const builds = buildSteps(events);
  return all.map(({ step, lines, isCut }, i) => {
    const shown = lastLines(lines, share);
    return log({
      id: outputId(i),
      title: step,
      lines: shown,
      file: [builds.has(step) ? BUILD_LOG : "events.jsonl"],
      cut: isCut || shown.length < lines.length
        ? `Only its last ${count(shown.length, "line")} are here.`
        : undefined,
      open: opened.has(outputId(i)),
    });
  });
}

/** The length to which long texts are cut, so that all of them together are at most `most` long, and each at most `each`. */
function shareOf(
  lengths: readonly number[],
  { most, each = most }: { most: number; each?: number },
): number {
  const sorted = lengths.map((length) => Math.min(length, each))
    .toSorted((a, b) => a - b);
  let rest = most;
  for (const [i, length] of sorted.entries()) {
    const share = Math.floor(rest / (sorted.length - i));
    if (length > share) return share;
    rest -= length;
  }
  return each;
}

function unitsOf(lines: readonly Line[]): number {
  return lines.reduce((sum, { text }) => sum + text.length + LINE_COST, 0);
}

/** As many of the last lines as have together at most `length` units, and at least one. */
function lastLines(lines: readonly Line[], length: number): readonly Line[] {
  let units = 0;
  const from = lines.findLastIndex(({ text }) =>
    (units += text.length + LINE_COST) > length
  );
  return lines.slice(Math.min(from + 1, lines.length - 1));
}

/** The end of a text, at most `length` long and from the start of a line; all of a shorter text. */
function lastOf(text: string, length: number): string {
  if (text.length <= length) return text;
  const end = text.slice(-length);
  const line = end.indexOf("\n") + 1;
  return line < end.length ? end.slice(line) : end;
}

function linesOf(text: string): string[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

function timed(line: string, epoch: number): Line {
  const [whole = "", at = ""] =
    /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z)(?: |$)/.exec(line) ?? [];
  return {
    time: at && seconds(Date.parse(at) - epoch),
    text: beginning(line.slice(whole.length)),
  };
}

function seconds(ms: number): string {
  return Number.isNaN(ms) ? "" : (ms / 1000).toFixed(3);
}

function log({ id, title, lines, file, cut, open }: Shown): Markup {
  const link = markup`<a href="${hrefOf(file)}">${file.join("/")}</a>`;
  const content = lines.length > 0
    ? markup`<pre class="lines-box" tabindex="0" role="region" aria-label="${title}">${
      chunksOf(lines)
    }</pre>`
    : markup`<p class="note">Nothing was written.</p>`;
  return markup`<details class="log" id="${id}"${open && trusted(" open")}>
<summary><h4>${title}</h4> <span class="count">${
    count(lines.length, "line")
  }</span></summary>
<p class="note">${cut ? markup`${cut} All of it: ${link}` : link}</p>
${content}
</details>
`;
}

function chunksOf(lines: readonly Line[]): Markup[] {
  return Array.from({ length: Math.ceil(lines.length / CHUNK) }, (_, i) => {
    const rows = lines.slice(i * CHUNK, (i + 1) * CHUNK).map(row).join("");
    return markup`<span class="lines">${trusted(rows)}</span>`;
  });
}

/** One line of a log; the script splits it at the first space. */
function row({ time, text }: Line): string {
  // A program that takes its output for a terminal ends lines with "\r\n".
  const line = text.endsWith("\r") ? text.slice(0, -1) : text;
  return `<i>${time}</i> ${escape(line).replaceAll("\n", "\u240A")}\n`;
}
