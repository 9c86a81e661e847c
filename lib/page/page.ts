/**
 * The page of a run: one HTML file that needs neither network nor script. Events and logs in, text out.
 *
 * @module
 */

import type { TimedEvent } from "../plan/events.ts";
import { count, duration } from "../text/units.ts";
import { chart } from "./chart.ts";
import { facts } from "./elements.ts";
import { failuresOf } from "./failures.ts";
import { filesOf } from "./files.ts";
import { headerOf } from "./header.ts";
import { type Markup, markup, textOf, trusted } from "./html.ts";
import { isOutputId, logPlaces } from "./log_places.ts";
import { openedLogs } from "./opened.ts";
import { type ServiceLog, serviceLogs, stepLogs } from "./logs.ts";
import { type Outcome, outcomeOf, titleOf } from "./outcome.ts";
import { SCRIPT } from "./script.ts";
import { STYLE } from "./style.ts";
import {
  imagesTable,
  type ServiceTests,
  stepsTable,
  testsOf,
  usageTable,
} from "./tables.ts";
import { beginning } from "./text.ts";
import { type Timeline, timelineOf } from "./timeline.ts";

/** The data of a page. */
export interface RunPage {
  /** The events of one run, in order. */
  events: readonly TimedEvent[];
  /** The logs of services; the page shows at most the last {@linkcode MAX_LOG} units of each. */
  logs: readonly ServiceLog[];
  /** All test cases; without them, the page shows only those that failed. */
  tests?: readonly ServiceTests[];
  /**
   * The other files that are written with the page into the same folder, name to text: it links to them. From the receipt
   * it also reads what was accepted.
   */
  files?: Readonly<Record<string, string>>;
}

/**
 * Makes `run.html`. It links to other files in the folder of reports: `logs/<service>.log`, `events.jsonl`, `build.log`, and
 * those of `files`. The same input makes the same page.
 */
export function runPage(page: RunPage): string {
  const { events, files = {} } = page;
  const timeline = timelineOf(events);
  const outcome = outcomeOf(events);
  const receipt = files[RECEIPT];
  const places = logPlaces(page);
  const failures = failuresOf(outcome, { events, places });
  const sections = sectionsOf(page, {
    timeline,
    outcome,
    opened: openedLogs(page, { timeline, outcome, places }),
  });
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
${
    headerOf({ outcome, timeline, events, receipt })
  }<nav aria-label="Sections"><ul>${
    sections.map(({ id, title }) =>
      markup`<li><a href="#${id}">${title}</a></li>`
    )
  }</ul></nav>
<main id="main">
${failures}${sections.map(section)}</main>
<script>${trusted(SCRIPT)}</script>
</body>
</html>
`);
}

/** Name of the receipt. */
const RECEIPT = "receipt.json";

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
  /** Of a section that is folded: how much is in it. */
  folded?: string;
}

function section({ id, title, content, folded }: Section): Markup {
  const heading = markup`<h2 id="${id}-title">${title}</h2>`;
  const body = folded === undefined
    ? markup`${heading}
${content}`
    : markup`<details><summary>${heading} <span class="count">${folded}</span></summary>
${content}
</details>`;
  return markup`<section class="card" id="${id}" aria-labelledby="${id}-title">
${body}
</section>
`;
}

function sectionsOf(
  page: RunPage,
  { timeline, outcome, opened }: {
    timeline: Timeline;
    outcome: Outcome;
    /** The IDs of logs that are open. */
    opened: ReadonlySet<string>;
  },
): Section[] {
  const { events, tests = [] } = page;
  const sections: Section[] = [
    { id: "notes", title: "Notes", content: markup`${notesOf(outcome)}` },
    {
      id: "timeline",
      title: "Timeline",
      content: markup`${chart(timeline)}${path(timeline)}`,
    },
    { id: "tests", title: "Tests", content: markup`${testsOf(events, tests)}` },
    { id: "logs", title: "Logs", content: logsOf(page, { timeline, opened }) },
    {
      id: "containers",
      title: "Memory and processor time",
      content: markup`${usageTable(events)}`,
    },
    {
      id: "images",
      title: "Images and machine",
      content: markup`${machine(outcome)}${imagesTable(events)}`,
    },
    {
      id: "steps",
      title: "Steps",
      content: stepsTable(timeline),
      folded: count(timeline.steps.length, "step"),
    },
    { id: "files", title: "Files", content: filesOf(page) },
  ];
  return sections.filter(({ content }) => textOf(content) !== "");
}

/** The most notes that the page shows. */
const MAX_NOTES = 100;

/** The roles that no line of the Compose file gives, and remarks about the run. */
function notesOf({ guesses, notices }: Outcome): Markup | false {
  const all = [
    ...guesses.map(({ role, service, reason }) =>
      `${role}: ${service} (${reason})`
    ),
    ...notices,
  ];
  const more = all.length - MAX_NOTES;
  return all.length > 0 && markup`<ul class="notes">
${
    all.slice(0, MAX_NOTES).map((note) =>
      markup`<li>${beginning(note)}</li>
`
    )
  }${more > 0 && markup`<li>${count(more, "more note")}</li>`}</ul>`;
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

function logsOf(
  { events, logs }: RunPage,
  { timeline, opened }: { timeline: Timeline; opened: ReadonlySet<string> },
): Markup {
  const services = serviceLogs(logs, timeline, opened);
  const steps = stepLogs(events, timeline, opened);
  if (services.length + steps.length === 0) {
    return markup`<p class="note">Nothing was written.</p>`;
  }
  return markup`<div id="search" role="search" hidden><label for="query">Search all logs</label> <input id="query" type="search" autocomplete="off" spellcheck="false"> <output for="query"></output></div>
<p class="note">Times are seconds since the start of the run.</p>
${
    services.length > 0 &&
    markup`<div class="logs"><h3 class="group">Services</h3>
${services}</div>
`
  }${
    steps.length > 0 &&
    markup`<details class="logs"${
      [...opened].some(isOutputId) && trusted(" open")
    }><summary><h3 class="group">Commands of steps</h3> <span class="count">${
      count(steps.length, "step")
    }</span></summary>
${steps}</details>
`
  }`;
}

function machine({ start }: Outcome): Markup {
  return facts([
    ["Engine", start && markup`<code>${start.engine}</code>`],
    ["Folder", start && markup`<code>${start.directory}</code>`],
  ]);
}
