/**
 * The page of a run: one HTML file that needs neither network nor script. Events and logs in, text out.
 *
 * @module
 */

import type { TimedEvent } from "../plan/events.ts";
import { count, duration } from "../text/units.ts";
import { chart } from "./chart.ts";
import { facts } from "./elements.ts";
import {
  failuresOf,
  headerOf,
  type Outcome,
  outcomeOf,
  titleOf,
} from "./facts.ts";
import { type Markup, markup, textOf, trusted } from "./html.ts";
import { type ServiceLog, serviceLogs, stepLogs } from "./logs.ts";
import { SCRIPT } from "./script.ts";
import { STYLE } from "./style.ts";
import {
  imagesTable,
  type ServiceTests,
  stepsTable,
  testsOf,
} from "./tables.ts";
import { type Timeline, timelineOf } from "./timeline.ts";

/** The data of a page. */
export interface RunPage {
  /** The events of one run, in order. */
  events: readonly TimedEvent[];
  /** The logs of services; the page shows at most the last {@linkcode MAX_LOG} units of each. */
  logs: readonly ServiceLog[];
  /** All test cases; without them, the page shows only those that failed. */
  tests?: readonly ServiceTests[];
}

/**
 * Makes `run.html`. It links to other files in the folder of reports: `logs/<service>.log`, `events.jsonl` and
 * `trace.json`. The same input makes the same page.
 */
export function runPage(page: RunPage): string {
  const timeline = timelineOf(page.events);
  const outcome = outcomeOf(page.events);
  const sections = sectionsOf(page, { timeline, outcome });
  return textOf(markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${titleOf(outcome)}</title>
<style>${trusted(STYLE)}</style>
</head>
<body>
<a class="skip" href="#main">To the content</a>
${headerOf(outcome, timeline)}<nav aria-label="Sections"><ul>${
    sections.map(({ id, title }) =>
      markup`<li><a href="#${id}">${title}</a></li>`
    )
  }</ul></nav>
<main id="main">
${failuresOf(outcome)}${sections.map(section)}</main>
<footer><p>Beside this page: <a href="events.jsonl">events.jsonl</a>, and <a href="trace.json">trace.json</a> for
Perfetto or chrome://tracing.</p></footer>
<script>${trusted(SCRIPT)}</script>
</body>
</html>
`);
}

/** Allows only the page's own script and style and loads nothing, so that a value that escaped escaping does no harm. */
const POLICY = [
  "default-src 'none'",
  `style-src ${await hashOf(STYLE)}`,
  `script-src ${await hashOf(SCRIPT)}`,
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

async function hashOf(text: string): Promise<string> {
  const bytes = new TextEncoder().encode(text);
  // Of Web Crypto: node:crypto takes longer to load than the page takes to make.
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return `'sha256-${hash.toBase64()}'`;
}

interface Section {
  id: string;
  title: string;
  content: Markup;
}

function section({ id, title, content }: Section): Markup {
  return markup`<section class="card" id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
${content}
</section>
`;
}

function sectionsOf(
  page: RunPage,
  { timeline, outcome }: { timeline: Timeline; outcome: Outcome },
): Section[] {
  const { events, tests = [] } = page;
  const sections: Section[] = [
    {
      id: "timeline",
      title: "Timeline",
      content: markup`${chart(timeline)}${path(timeline)}`,
    },
    { id: "tests", title: "Tests", content: markup`${testsOf(events, tests)}` },
    { id: "logs", title: "Logs", content: logsOf(page, timeline) },
    { id: "steps", title: "Steps", content: stepsTable(timeline) },
    {
      id: "versions",
      title: "Versions and images",
      content: markup`${versions(outcome)}${imagesTable(events)}`,
    },
  ];
  return sections.filter(({ content }) => textOf(content) !== "");
}

/** The critical path in words. */
function path({ critical, length }: Timeline): Markup | false {
  const last = critical.at(-1);
  if (!last) return false;
  const longest = critical.reduce((a, b) => b.ms > a.ms ? b : a);
  const share = Math.round(longest.ms * 100 / Math.max(length, 1));
  const end = last.result === "ok" ? "was done" : last.result;
  const words = critical.length === 1
    ? markup`<b>${last.step}</b> waited for no other step.`
    : markup`Each of these ${
      count(critical.length, "step")
    } waited for the one before it; together they decided that <b>${last.step}</b> ${end} ${
      duration(last.end)
    } after the start. The longest is <b>${longest.step}</b>, ${share} % of the run.`;
  return markup`<div class="path"><h3>Critical path</h3>
<p>${words}</p>
<ol>${
    critical.map(({ step, ms }) =>
      markup`<li>${step} <span>${duration(ms)}</span></li>`
    )
  }</ol></div>`;
}

function logsOf({ events, logs }: RunPage, timeline: Timeline): Markup {
  const services = serviceLogs(logs, timeline);
  const steps = stepLogs(events, timeline);
  const group = (title: string, content: Markup[]) =>
    content.length > 0 &&
    markup`<div class="logs"><h3 class="group">${title}</h3>
${content}</div>
`;
  if (services.length + steps.length === 0) {
    return markup`<p class="note">Nothing was written.</p>`;
  }
  return markup`<div id="search" role="search" hidden><label for="query">Search all logs</label> <input id="query" type="search" autocomplete="off" spellcheck="false"> <output for="query"></output></div>
<p class="note">Times are seconds since the start of the run.</p>
${group("Services", services)}${group("Commands of steps", steps)}`;
}

function versions({ start }: Outcome): Markup {
  return facts([
    ["Application", start?.version],
    ["todoflow", start?.tool],
    ["Engine", start && markup`<code>${start.engine}</code>`],
    ["Folder", start && markup`<code>${start.directory}</code>`],
  ]);
}
