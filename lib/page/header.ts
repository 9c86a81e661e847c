/**
 * The top of the page: the result, and the facts that say what ran and what was accepted.
 *
 * @module
 */

import type { Commit, TimedEvent } from "../plan/events.ts";
import { summaryText } from "../test_results/cases.ts";
import { duration } from "../text/units.ts";
import { type Accepted, acceptedIn } from "./accepted.ts";
import { facts, result as resultWord } from "./elements.ts";
import { type Markup, markup, type Value } from "./html.ts";
import { type Outcome, SIGNS } from "./outcome.ts";
import type { Timeline } from "./timeline.ts";

/** The parts of a page that the header reads. */
interface HeaderInput {
  outcome: Outcome;
  timeline: Timeline;
  events: readonly TimedEvent[];
  /** The text of the receipt, if the run has written one. */
  receipt: string | undefined;
}

/** The page's header. */
export function headerOf(input: HeaderInput): Markup {
  const { result, start, end, urls, published } = input.outcome;
  const { timeline } = input;
  return markup`<header class="top">
<p class="product">todoflow ${start?.tool}</p>
<h1><span class="sign ${result}" aria-hidden="true">${SIGNS[result]}</span> ${
    start?.target ?? "run"
  } ${resultWord(result)}</h1>
${
    facts([
      ...urls.map(({ url, service = "App" }) =>
        [service, link(url)] satisfies [string, Value]
      ),
      ...verdict(input),
      ["Project", start?.project],
      ...versionOf(start ?? {}),
      ["Duration", durationOf(input)],
      ["Started", time(timeline.epoch)],
      ["Exit code", end && end.code !== 0 && String(end.code)],
      ...published.map(({ reference, digest }) =>
        [reference, markup`<code>${digest}</code>`] satisfies [string, Value]
      ),
    ])
  }</header>
`;
}

/** The verdict of a successful run: its tests, and the images of its receipt. */
function verdict(
  { outcome: { result, start }, events, receipt }: HeaderInput,
): [string, Value][] {
  if (result !== "ok" || !start) return [];
  const totals = new Map(
    events.filter((event) => event.kind === "tests")
      .map((event) => [event.service, event]),
  );
  const summary = (service: string) => {
    const told = totals.get(service);
    return told && summaryText(told.totals, told.coverage);
  };
  const accepted = receipt === undefined ? undefined : acceptedIn(receipt);
  if (accepted) {
    const { by } = accepted;
    return [
      ["Accepted by", by ? bySummary(by, summary(by)) : "no test"],
      ...imageFacts(accepted),
    ];
  }
  return [...totals.keys()].map((service) =>
    [
      totals.size > 1 ? `Tests of ${service}` : "Tests",
      summary(service),
    ] satisfies [string, Value]
  );
}

function bySummary(service: string, summary: string | undefined): string {
  return summary === undefined
    ? `${service}, which ended with exit code 0`
    : `${service}: ${summary}`;
}

function imageFacts({ images }: Accepted): [string, Value][] {
  return images.length === 0 ? [] : [[
    images.length === 1 ? "Image" : "Images",
    images.map(({ services, id }, i) =>
      markup`${i > 0 && markup`<br>`}${services.join(", ")} <code>${id}</code>`
    ),
  ]];
}

/** The version, and the commit that it names. */
function versionOf(
  { version, commit }: { version?: string; commit?: Commit },
): [string, Value][] {
  if (!commit) return [["Version", version]];
  const { hash, url, dirty } = commit;
  const isHash = version !== undefined && hash.startsWith(version);
  const shown = isHash ? version : hash.slice(0, 12);
  const linked = markup`${url === undefined ? shown : link(url, shown)}${
    dirty && " with uncommitted changes"
  }`;
  return isHash
    ? [["Version", linked]]
    : [["Version", version], ["Commit", linked]];
}

/** The share by which the sum of all steps must differ from the duration to be worth a number. */
const WORTH = 0.1;

function durationOf({ outcome: { end }, timeline }: HeaderInput): string {
  const ms = end?.ms ?? timeline.length;
  const sum = end?.sumMs ??
    timeline.steps.reduce((sum, { ms }) => sum + ms, 0);
  return Math.abs(sum - ms) > WORTH * ms
    ? `${duration(ms)} (${duration(sum)} sequentially)`
    : duration(ms);
}

function time(epoch: number): Markup {
  const iso = new Date(epoch).toISOString();
  const text = iso.replace("T", " ").replace(/\.\d+Z$/, " UTC");
  return markup`<time datetime="${iso}">${text}</time>`;
}

/** A URL as a link if it is one of the web; any other may run a script. */
function link(url: string, text: string = url): Value {
  const web = /^https?:\/\/[^\s\\]+$/i.test(url) && URL.canParse(url);
  return web ? markup`<a href="${url}">${text}</a>` : text;
}
