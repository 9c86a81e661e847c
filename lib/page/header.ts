/**
 * The top of the page: the result, and the failures with their reasons.
 *
 * @module
 */

import { isStopped } from "../errors/exit_code.ts";
import type { Explanation } from "../errors/explanation.ts";
import type { Event, TimedEvent } from "../plan/events.ts";
import { duration } from "../text/units.ts";
import { box, facts, result as resultWord } from "./elements.ts";
import { type Markup, markup, type Value } from "./html.ts";
import type { Timeline } from "./timeline.ts";

/** The outcome of a run. */
export interface Outcome {
  /** "unfinished": the events have no end. */
  result: "ok" | "failed" | "stopped" | "unfinished";
  start?: Extract<Event, { kind: "run-start" }>;
  end?: Extract<Event, { kind: "run-end" }>;
  /** The failures, the first cause first. */
  failures: readonly Extract<Event, { kind: "failure" }>[];
  urls: readonly Extract<Event, { kind: "url" }>[];
  /** Decisions about roles that the Compose file does not make itself. */
  guesses: readonly Extract<Event, { kind: "role" }>[];
  published: readonly Extract<Event, { kind: "published" }>[];
}

/** The outcome that the events of one run show. */
export function outcomeOf(events: readonly TimedEvent[]): Outcome {
  const start = events.find((event) => event.kind === "run-start");
  const end = events.findLast((event) => event.kind === "run-end");
  return {
    result: resultOf(end?.code),
    ...(start && { start }),
    ...(end && { end }),
    urls: events.filter((event) => event.kind === "url"),
    guesses: events.filter((event) => event.kind === "role"),
    published: events.filter((event) => event.kind === "published"),
    failures: events.filter((event) => event.kind === "failure"),
  };
}

function resultOf(code: number | undefined): Outcome["result"] {
  if (code === undefined) return "unfinished";
  if (code === 0) return "ok";
  return isStopped(code) ? "stopped" : "failed";
}

const SIGNS = { ok: "✓", failed: "✕", stopped: "■", unfinished: "…" };

/** The title of the page. */
export function titleOf({ result, start }: Outcome): string {
  const what = start ? `${start.target} of ${start.project}` : "run";
  return `${SIGNS[result]} ${what}: ${result}`;
}

/** The page's header. */
export function headerOf(outcome: Outcome, timeline: Timeline): Markup {
  const { result, start, end, urls, guesses, published } = outcome;
  const sum = end?.sumMs ??
    timeline.steps.reduce((sum, { ms }) => sum + ms, 0);
  const took = duration(end?.ms ?? timeline.length);
  return markup`<header class="top">
<p class="product">todoflow ${start?.tool}</p>
<h1><span class="sign ${result}" aria-hidden="true">${SIGNS[result]}</span> ${
    start?.target ?? "run"
  } ${resultWord(result)}</h1>
${
    facts([
      ["Project", start?.project],
      ["Version", start?.version],
      ["Duration", `${took} (${duration(sum)} sequentially)`],
      ["Started", time(timeline.epoch)],
      ["Exit code", end && end.code !== 0 && String(end.code)],
      ...urls.map(({ url, service = "App" }) =>
        [service, link(url)] satisfies [string, Value]
      ),
      ...guesses.map(({ role, service, reason }) =>
        [role, `${service} (${reason})`] satisfies [string, string]
      ),
      ...published.map(({ reference, digest }) =>
        [reference, digest] satisfies [string, string]
      ),
    ])
  }</header>
`;
}

function time(epoch: number): Markup {
  const iso = new Date(epoch).toISOString();
  const text = iso.replace("T", " ").replace(/\.\d+Z$/, " UTC");
  return markup`<time datetime="${iso}">${text}</time>`;
}

/** A URL as a link if it is one of the web; any other may run a script. */
function link(url: string): Value {
  const web = /^https?:\/\/[^\s\\]+$/i.test(url) && URL.canParse(url);
  return web ? markup`<a href="${url}">${url}</a>` : url;
}

/** Every failure, the first cause first. */
export function failuresOf({ failures, result }: Outcome): Markup | false {
  return failures.length > 0 &&
    markup`<section class="card failures" aria-labelledby="failures">
<h2 id="failures">What ${result === "stopped" ? "stopped it" : "failed"}</h2>
${failures.map(failure)}</section>
`;
}

function failure(
  { explanation, exitCode }: { explanation: Explanation; exitCode: number },
): Markup {
  const { headline, why, evidence = [], next } = explanation;
  const parts = [
    why && markup`<p class="why">${why}</p>`,
    ...evidence.map(({ title, lines, logs }) =>
      markup`<h4>${title}</h4>
${lines.length > 0 && box(title, lines.join("\n"))}${
        logs && markup`<p class="note">All of it: <code>${logs}</code></p>`
      }`
    ),
    next && markup`<h4>Next</h4>
${box("Next", next)}`,
  ];
  return markup`<article>
<h3>${headline}</h3>
${parts.filter(Boolean)}
<p class="note">Exit code ${exitCode}</p>
</article>
`;
}
