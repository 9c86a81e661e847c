/**
 * The timeline as a picture: a row for each step and each container, with one axis. It consists of text and SVG; positions
 * are in percent, so that it fits any width without a script.
 *
 * @module
 */

import { count, duration } from "../text/units.ts";
import { CRITICAL } from "./elements.ts";
import { type Markup, markup } from "./html.ts";
import type { ContainerBar, Span, StepBar, Timeline } from "./timeline.ts";

/** The whole picture. */
export function chart(timeline: Timeline): Markup {
  const { steps, containers, length } = timeline;
  const scale = scaleOf(length);
  const short = steps.filter(isBookkeeping);
  // A row for one step costs no more than a row for all of them.
  const folded = short.length > 1 ? short : [];
  const rows = steps.filter((bar) => !folded.includes(bar));
  const lines = linksOf(rows, timeline);
  return markup`${PATTERNS}
<div class="chart">
${axis(scale)}
<ol class="rows">
${
    rows.map((bar, row) =>
      stepRow(bar, { timeline, scale, links: lines[row]! })
    )
  }${folded.length > 0 && bookkeepingRow(folded, { timeline, scale })}</ol>
${
    containers.length > 0 && markup`<h3>Containers</h3>
<ol class="rows">
${containers.map((bar) => containerRow(bar, scale))}</ol>
`
  }</div>
${legend(timeline)}
`;
}

/** A step that took less time (ms) decides nothing, unless it runs code of the application. */
const SHORT = 500;

/** Whether a step is bookkeeping, such as a tag or a network: short, successful, and without code of the application. */
function isBookkeeping({ result, ms, planned }: StepBar): boolean {
  const runsCode = planned?.kind === "build" || planned?.kind === "oneshot";
  return result === "ok" && ms < SHORT && !runsCode;
}

/** Stripes, so that a failure is recognized without its color. */
const PATTERNS =
  markup`<svg class="patterns" width="0" height="0" aria-hidden="true"><defs>
<pattern id="failed" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="p-failed" width="6" height="6"/><rect class="p-card" width="2" height="6"/></pattern>
<pattern id="starting" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(-45)"><rect class="p-bar" width="6" height="6"/><rect class="p-card" width="3" height="6"/></pattern>
</defs></svg>`;

interface Scale {
  /** Milliseconds of the whole width. */
  width: number;
  /** Milliseconds between two ticks. */
  tick: number;
}

/** At most six round ticks, and some room at the end for bars without width. */
function scaleOf(length: number): Scale {
  const width = Math.max(length, 1) * 1.005;
  const rough = width / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const round = [1, 2, 5, 10].find((n) => n * power >= rough) ?? 10;
  return { width, tick: Math.max(1, round * power) };
}

function ticksOf({ width, tick }: Scale): number[] {
  return Array.from(
    { length: Math.floor(width / tick) + 1 },
    (_, i) => i * tick,
  );
}

function percent(ms: number, { width }: Scale): string {
  return `${Number((ms * 100 / width).toFixed(3))}%`;
}

function axis(scale: Scale): Markup {
  const labels = ticksOf(scale).map((tick) => {
    const place = tick / scale.width;
    const anchor = place < 0.02 ? "start" : place > 0.94 ? "end" : "middle";
    const x = percent(tick, scale);
    return markup`<text x="${x}" y="12" text-anchor="${anchor}">${
      tickText(tick, scale)
    }</text>`;
  });
  return markup`<div class="axis" aria-hidden="true"><svg class="track">${labels}</svg></div>`;
}

/** Seconds with as many digits as the ticks need; minutes if the ticks are far apart. */
function tickText(ms: number, { tick }: Scale): string {
  if (ms >= 60_000 && tick >= 10_000) {
    return duration(ms).replace(/\s0\ss$/, "");
  }
  const digits = Math.max(0, 3 - Math.floor(Math.log10(tick)));
  return `${ms === 0 ? 0 : (ms / 1000).toFixed(digits)} s`;
}

function grid(scale: Scale): Markup[] {
  return ticksOf(scale).map((tick) => {
    const x = percent(tick, scale);
    return markup`<line class="grid" x1="${x}" x2="${x}" y1="0" y2="100%"/>`;
  });
}

/** A bar; the style sheet sets its height and its place in the row, because it knows the width of the page. */
function rect(kind: string, { start, end }: Span, scale: Scale): Markup {
  const [x, width] = [percent(start, scale), percent(end - start, scale)];
  return markup`<rect class="bar ${kind}" x="${x}" width="${width}" rx="2"/>`;
}

interface StepRow {
  timeline: Timeline;
  scale: Scale;
  links: readonly Link[];
}

/** Steps on the critical path, clean-up, and others look different. */
function roleOf(bar: StepBar, { critical }: Timeline) {
  if (bar.planned?.cleanup) return "cleanup";
  return critical.includes(bar) ? "critical" : "other";
}

function stepRow(bar: StepBar, { timeline, scale, links }: StepRow): Markup {
  const { step, result, ms } = bar;
  const role = roleOf(bar, timeline);
  const mark = role === "critical" &&
    markup`${CRITICAL}<span class="sr">Critical: </span>`;
  const tag = role === "cleanup" && markup` <span class="tag">clean-up</span>`;
  return markup`<li class="row ${role}"><span class="name">${mark}<span class="what">${step}</span>${
    badge(result)
  }${tag}</span><svg class="track" aria-hidden="true">${grid(scale)}${
    links.map((link) => linkOf(link, scale))
  }${rect(`${role} ${result}`, bar, scale)}</svg><span class="time">${
    duration(ms)
  }</span></li>
`;
}

/** One row for all steps of bookkeeping; the section of steps has each of them. */
function bookkeepingRow(
  bars: readonly StepBar[],
  { timeline, scale }: { timeline: Timeline; scale: Scale },
): Markup {
  const sum = bars.reduce((sum, { ms }) => sum + ms, 0);
  return markup`<li class="row bookkeeping"><span class="name"><span class="what">bookkeeping</span> <a class="tag" href="#steps">${
    count(bars.length, "step")
  }</a></span><svg class="track" aria-hidden="true">${grid(scale)}${
    bars.map((bar) =>
      rect(`${roleOf(bar, timeline)} ${bar.result}`, bar, scale)
    )
  }</svg><span class="time">${duration(sum)}</span></li>
`;
}

function badge(result: StepBar["result"]): Markup | false {
  return result !== "ok" && markup` <b class="badge ${result}">${result}</b>`;
}

/** A part of a line between two critical bars, in one row. */
interface Link {
  part: "from" | "through" | "to";
  /** Milliseconds since the start. */
  at: number;
}

/** The lines between critical bars, by the rows that they cross. */
function linksOf(
  rows: readonly StepBar[],
  { critical }: Timeline,
): Link[][] {
  const links = rows.map((): Link[] => []);
  const places = new Map(rows.map((bar, row) => [bar, row]));
  const shown = critical.filter((bar) => places.has(bar));
  shown.slice(1).forEach((bar, i) => {
    const [from, to] = [places.get(shown[i]!)!, places.get(bar)!];
    for (let row = from; row <= to; row++) {
      const part = row === from ? "from" : row === to ? "to" : "through";
      links[row]!.push({ part, at: bar.start });
    }
  });
  return links;
}

function linkOf({ part, at }: Link, scale: Scale): Markup {
  const x = percent(at, scale);
  return markup`<rect class="link ${part}" x="${x}" y="0" width="2" height="100%"/>`;
}

function containerRow(container: ContainerBar, scale: Scale): Markup {
  const { service, result, start, end } = container;
  return markup`<li class="row"><span class="name"><span class="what">${service}</span>${
    badge(result)
  } <span class="tag">${
    stateOf(container)
  }</span></span><svg class="track" aria-hidden="true">${grid(scale)}${
    containerBars(container, scale)
  }</svg><span class="time">${duration(end - start)}</span></li>
`;
}

function stateOf({ kind, ready, start }: ContainerBar): string {
  if (kind === "one-shot") return kind;
  return ready === undefined
    ? "never ready"
    : `ready after ${duration(ready - start)}`;
}

function containerBars(container: ContainerBar, scale: Scale): Markup[] {
  const { kind, ready, result, start, end } = container;
  if (kind === "one-shot") {
    return [rect(`container ${result}`, container, scale)];
  }
  const until = Math.min(ready ?? end, end);
  const starting = { start, end: until };
  return [
    rect(`starting ${ready === undefined ? result : "ok"}`, starting, scale),
    ...(until < end
      ? [rect("container ok", { start: until, end }, scale)]
      : []),
  ];
}

function legend({ steps, containers, critical }: Timeline): Markup {
  const has = (result: StepBar["result"]) =>
    steps.some((bar) => bar.result === result);
  const other = steps.some((bar) =>
    !bar.planned?.cleanup && !critical.includes(bar)
  );
  const cleanup = steps.some(({ planned }) => planned?.cleanup);
  const starting = containers.some(({ kind }) => kind === "service");
  const items: [boolean, string, string][] = [
    [critical.length > 0, "critical ok", "critical path (◆)"],
    [other, "other ok", "other steps"],
    [cleanup, "cleanup ok", "clean-up"],
    [has("failed"), "critical failed", "failed"],
    [has("stopped"), "other stopped", "stopped"],
    [starting, "starting ok", "container, not yet ready"],
    [containers.length > 0, "container ok", "container"],
  ];
  return markup`<ul class="legend">${
    items.filter(([shown]) => shown).map(([, kind, text]) =>
      markup`<li><svg width="22" height="14" aria-hidden="true"><rect class="bar ${kind} sample" x="1" width="20" rx="2"/></svg> ${text}</li>`
    )
  }</ul>`;
}
