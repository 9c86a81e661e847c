/**
 * The logs of services and the output of steps, as the page shows them: limited in size, readable without the script, and
 * in pieces that a browser lays out only when they are visible.
 *
 * @module
 */

import type { TimedEvent } from "../plan/events.ts";
import { count } from "../text/units.ts";
import { escape, type Markup, markup, trusted } from "./html.ts";
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

/** The most UTF-16 units that a page shows of all logs; if they are longer, each log has the same share. */
const MAX_LOGS = 16_000_000;

/** The most lines that a page shows of a step's output: its last ones. */
export const MAX_OUTPUT = 5_000;

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

/** The logs of services, in the given order; the log of a failed service is open. */
export function serviceLogs(
  logs: readonly ServiceLog[],
  { epoch, steps }: Timeline,
): Markup[] {
  const share = Math.min(MAX_LOG, Math.floor(MAX_LOGS / (logs.length || 1)));
  return logs.map(({ service, text, cut = 0 }, i) => {
    const kept = lastOf(text, share);
    return log({
      id: `log-${i + 1}`,
      title: service,
      lines: linesOf(kept).map((line) => timed(line, epoch)),
      file: ["logs", `${service}.log`],
      cut: cut > 0 || kept.length < text.length
        ? "Only its end is here."
        : undefined,
      open: steps.some(({ result, planned }) =>
        result === "failed" && planned?.service === service
      ),
    });
  });
}

/** The output of the commands of steps, in the order in which they began to write; the output of a failed step is open. */
export function stepLogs(
  events: readonly TimedEvent[],
  { epoch, steps }: Timeline,
): Markup[] {
  const outputs = new Map<string, Line[]>();
  for (const event of events) {
    if (event.kind !== "output" || event.service !== undefined) continue;
    const lines = outputs.get(event.step) ?? [];
    outputs.set(event.step, lines);
    const time = seconds(Date.parse(event.at) - epoch);
    lines.push({ time, text: event.line });
  }
  return [...outputs].map(([name, lines], i) =>
    log({
      id: `output-${i + 1}`,
      title: name,
      lines: lines.slice(-MAX_OUTPUT),
      file: ["events.jsonl"],
      cut: lines.length >= MAX_OUTPUT
        ? `Only its last ${count(MAX_OUTPUT, "line")} are here.`
        : undefined,
      open: steps.some(({ step, result }) =>
        result === "failed" && step === name
      ),
    })
  );
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
    text: line.slice(whole.length),
  };
}

function seconds(ms: number): string {
  return Number.isNaN(ms) ? "" : (ms / 1000).toFixed(3);
}

function log({ id, title, lines, file, cut, open }: Shown): Markup {
  const href = file.map((part) => encodeURIComponent(part.toWellFormed()))
    .join("/");
  const link = markup`<a href="${href}">${file.join("/")}</a>`;
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
  return `<i>${time}</i> ${
    escape(beginning(line)).replaceAll("\n", "\u240A")
  }\n`;
}
