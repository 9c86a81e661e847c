/**
 * The page's style: light or dark as the reader prefers, for any width and for paper.
 *
 * @module
 */

/** The style sheet. Every text has a contrast of at least 4.5:1 to its background, every bar of 3:1. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #f4f5f8; --card: #ffffff; --sunk: #f4f5f8; --line: #dde1e9; --grid: #e8ebf1;
  --text: #1b2230; --muted: #566074; --accent: #2f5fd0; --bar: #7c90b8;
  --ok: #19764a; --failed: #bf2a2a; --stopped: #8a5a00;
  --mark: #ffe27a; --mark-text: #1b2230;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #11141a; --card: #191e27; --sunk: #11151c; --line: #2d3544; --grid: #252c38;
    --text: #e4e9f1; --muted: #9da8ba; --accent: #82acff; --bar: #6177a3;
    --ok: #63cf98; --failed: #ff8b82; --stopped: #e5b45a;
    --mark: #6e5a08; --mark-text: #fff6d6;
  }
}
@media print {
  :root {
    color-scheme: light;
    --page: #fff; --card: #fff; --sunk: #f6f6f6; --line: #bbb; --grid: #ddd;
    --text: #000; --muted: #444; --accent: #2f5fd0; --bar: #7c90b8;
    --ok: #19764a; --failed: #bf2a2a; --stopped: #8a5a00;
    --mark: #ffe27a; --mark-text: #000;
  }
}
* { box-sizing: border-box; }
[hidden] { display: none !important; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--page); color: var(--text);
  font: .9375rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif;
  overflow-wrap: anywhere;
}
main, .top, nav { max-width: 70rem; margin: 0 auto; padding: 0 1.25rem; }
h1, h2, h3, h4, h5, p, dl, ol, ul, pre { margin: 0; }
h1 { font-size: 1.9rem; line-height: 1.2; font-weight: 650; letter-spacing: -.01em; }
h2 { font-size: 1.1rem; font-weight: 650; margin-bottom: .75rem; }
h3 { font-size: .95rem; font-weight: 650; }
h4, h5 { font-size: .9rem; font-weight: 600; }
code, pre, .number, .time, .axis { font-variant-numeric: tabular-nums; }
code, pre { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: .82rem; }
a { color: var(--accent); text-underline-offset: .15em; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
.sr { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip { position: absolute; left: 1rem; top: -4rem; background: var(--card); padding: .5rem 1rem; }
.skip:focus { top: .5rem; z-index: 2; }

.top { padding-top: 2rem; padding-bottom: 1rem; }
.product { color: var(--muted); font-size: .85rem; margin-bottom: .25rem; }
.result { font-weight: 600; }
.ok.result, .sign.ok, .passed.result { color: var(--ok); }
.failed.result, .sign.failed { color: var(--failed); }
.stopped.result, .unfinished.result, .skipped.result, .sign.stopped, .sign.unfinished { color: var(--stopped); }
.facts { display: flex; flex-wrap: wrap; gap: .75rem 2.25rem; }
.top .facts { margin-top: 1.1rem; }
dt { color: var(--muted); font-size: .8rem; }
dd { margin: 0; }
nav { position: sticky; top: 0; z-index: 1; background: var(--page); }
nav ul { display: flex; flex-wrap: wrap; gap: 0 1.25rem; list-style: none; padding: .6rem 0; border-bottom: 1px solid var(--line); }
nav a { color: var(--muted); text-decoration: none; }
nav a:hover { color: var(--text); text-decoration: underline; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 1.25rem; margin: 1.25rem 0; scroll-margin-top: 3.5rem; }
.note { color: var(--muted); font-size: .87rem; }
.failures { border-color: var(--failed); border-left-width: 5px; }
.failures article + article { margin-top: 1.25rem; padding-top: 1.25rem; border-top: 1px solid var(--line); }
.failures h3 { font-size: 1.05rem; }
.failures h4 { margin: .9rem 0 .35rem; color: var(--muted); } .failures h4::first-letter { text-transform: uppercase; }
.failures .note { margin-top: .6rem; }
.notes { padding-left: 1.2rem; } .notes li + li { margin-top: .25rem; }
.why { white-space: pre-wrap; margin-top: .3rem; }
.box, .lines-box { background: var(--sunk); border: 1px solid var(--line); border-radius: 6px; padding: .7rem .85rem; white-space: pre-wrap; overflow: auto; max-height: 70vh; }

.chart { position: relative; }
.chart h3 { margin: 1rem 0 .25rem; color: var(--muted); }
.rows { list-style: none; padding: 0; }
.axis, .row { position: relative; min-height: 28px; padding: 0 5.4rem 0 14.5rem; display: flex; align-items: center; }
.axis { min-height: 18px; }
.axis text { fill: var(--muted); font-size: 11.5px; }
.row:hover { background: var(--sunk); }
.name { margin-left: -14.5rem; width: 13.8rem; font-size: .9rem; line-height: 1.25; padding: .2rem 0; }
.critical .what { font-weight: 600; }
.mark { color: var(--accent); font-size: .7em; margin-right: .45em; position: relative; top: -.1em; }
.tag { color: var(--muted); font-size: .8rem; }
.badge { border: 1px solid currentColor; border-radius: 4px; padding: 0 .3rem; font-size: .75rem; font-weight: 600; }
.badge.failed { color: var(--failed); } .badge.stopped, .badge.unfinished { color: var(--stopped); }
.track { position: absolute; left: 14.5rem; top: 0; width: calc(100% - 19.9rem); height: 100%; overflow: visible; }
.time { position: absolute; right: 0; text-align: right; font-size: .87rem; color: var(--muted); }
.critical .time { color: var(--text); }
.bookkeeping .what { color: var(--muted); } .bookkeeping .bar.bar { y: calc(50% - 4px); height: 8px; }
.grid { stroke: var(--grid); }
.link { fill: var(--accent); opacity: .45; }
.link.from { y: 50%; height: 50%; } .link.to { height: 50%; }
.bar { y: calc(50% - 4px); height: 8px; stroke-width: 1px; fill: var(--bar); stroke: var(--bar); }
.bar.critical { y: calc(50% - 7px); height: 14px; fill: var(--accent); stroke: var(--accent); }
.bar.cleanup { y: calc(50% - 6px); height: 12px; fill: var(--card); stroke: var(--bar); stroke-dasharray: 3 2; }
.bar.failed { fill: url(#failed); stroke: var(--failed); }
.bar.stopped, .bar.unfinished { fill: var(--card); stroke: var(--stopped); stroke-dasharray: 2 2; }
.bar.starting { fill: url(#starting); }
.bar.starting.failed { fill: url(#failed); }
.bar.sample { y: 4px; height: 6px; } .bar.critical.sample { y: 1px; height: 12px; } .bar.cleanup.sample { y: 2px; height: 10px; }
.p-failed { fill: var(--failed); } .p-bar { fill: var(--bar); } .p-card { fill: var(--card); }
.patterns { position: absolute; }
.legend { list-style: none; padding: 0; margin-top: 1rem; display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; color: var(--muted); font-size: .82rem; }
.legend svg { vertical-align: -2px; }
.path { margin-top: 1rem; padding-top: 1rem; border-top: 1px solid var(--line); }
.path p { max-width: 48rem; }
.path ol { list-style: none; padding: 0; margin-top: .5rem; display: flex; flex-wrap: wrap; gap: .3rem .5rem; font-size: .87rem; }
.path li { white-space: nowrap; } .path li span { color: var(--muted); }
.path li + li::before { content: "→ "; color: var(--muted); }

.scroll { overflow-x: auto; }
.facts + .scroll { margin-top: 1.25rem; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; vertical-align: top; padding: .45rem .9rem .45rem 0; border-bottom: 1px solid var(--line); font-weight: 400; }
thead th { color: var(--muted); font-size: .8rem; white-space: nowrap; }
tbody tr:last-child > * { border-bottom: 0; }
th small { display: block; color: var(--muted); font-size: .8rem; line-height: 1.4; }
th[scope=row] { width: 99%; }
td { white-space: nowrap; overflow-wrap: normal; }
#images th[scope=row] { width: auto; min-width: 8rem; } #containers th[scope=row] { min-width: 8rem; }
.number { color: var(--text); }
.near { color: var(--stopped); font-weight: 600; } .scroll + .note { margin-top: .6rem; }
.missing th, .missing td { color: var(--muted); }

summary { cursor: pointer; padding: .45rem 0; }
summary h3, summary h4 { display: inline; font-size: .95rem; }
summary h2 { display: inline; } .card > details > summary { padding: 0; } .card > details[open] > summary { margin-bottom: .75rem; }
summary .count { color: var(--muted); font-size: .87rem; margin-left: .5rem; }
details.log, details.tests { border-top: 1px solid var(--line); }
details.log[open], details.tests[open] { padding-bottom: .9rem; }
details.log > .note { margin-bottom: .5rem; }
.case { margin: .5rem 0 1rem; padding-left: .9rem; border-left: 3px solid var(--failed); }
details.case { margin: .25rem 0; } .case > .box { margin-top: .5rem; } .failures .case .note { margin-top: .2rem; }
.case .why { font: .82rem/1.45 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
.logs:not(:has(> .log:not([hidden]))) { display: none; }
.group { margin: 1.25rem 0 .35rem; color: var(--muted); } summary .group { margin: 0; }
details.logs { margin-top: 1rem; } details.logs > .log { margin-left: 1rem; }
#files dl { display: grid; gap: .35rem; } #files dl div { display: flex; flex-wrap: wrap; gap: 0 1rem; align-items: baseline; } #files dt { width: 12rem; font-size: inherit; } #files dd { color: var(--muted); }
.lines { display: block; content-visibility: auto; contain-intrinsic-height: auto 4800px; }
.lines:last-child { content-visibility: visible; }
.lines-box i { font-style: normal; color: var(--muted); display: inline-block; min-width: 6ch; text-align: right; }
.lines-box em { color: var(--muted); }
mark { background: var(--mark); color: var(--mark-text); border-radius: 2px; }
#search { display: flex; flex-wrap: wrap; gap: .4rem .8rem; align-items: center; margin-bottom: .8rem; }
#search input { font: inherit; color: var(--text); background: var(--sunk); border: 1px solid var(--muted); border-radius: 6px; padding: .4rem .7rem; width: 22rem; max-width: 100%; }
#search output { color: var(--muted); font-size: .87rem; }
main { padding-bottom: 1.25rem; }

@media (max-width: 44rem) {
  main, .top, nav { padding-left: .8rem; padding-right: .8rem; }
  .top { padding-top: 1.25rem; }
  nav { position: static; }
  .card { padding: .9rem; }
  .facts { gap: .5rem 1.5rem; }
  .axis, .row { padding: 0 4.5rem 0 0; }
  .row { min-height: 50px; align-items: start; padding-bottom: 24px; }
  .name { margin-left: 0; width: auto; }
  .name, .time { z-index: 1; }
  .name { position: relative; }
  .name > *, .time { background: var(--card); }
  .row:hover, .row:hover .name > *, .row:hover .time { background: var(--card); }
  .track { left: 0; width: 100%; }
  .bar { y: calc(100% - 20px); } .bar.critical { y: calc(100% - 23px); } .bar.cleanup { y: calc(100% - 22px); } .bookkeeping .bar.bar { y: calc(100% - 20px); }
  .link { display: none; }
  #images code { white-space: normal; overflow-wrap: anywhere; }
  #steps td, #containers td { white-space: normal; } #steps tr > :nth-child(3) { display: none; }
}
@media print {
  nav, #search, .skip { display: none; }
  html { font-size: 12px; }
  .card { border: 0; padding: 0; }
  .row, tr, article { break-inside: avoid; }
  .box, .lines-box { max-height: none; }
  .lines { content-visibility: visible; }
  .bar, .link, .grid, mark { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
@media (forced-colors: active) {
  .bar { fill: CanvasText; stroke: CanvasText; } .bar.cleanup, .bar.stopped { fill: Canvas; }
}
`;
