/**
 * The page's only script: the search in the logs, and links that open what they lead to. It makes elements and text, never
 * markup out of text.
 *
 * @module
 */

/** Runs in the browser; without it, the page lacks only the search, and a reader opens folded parts by hand. */
export const SCRIPT = `"use strict";
document.addEventListener("click", ({ target }) => {
  const id = target.closest?.('a[href^="#"]')?.hash.slice(1);
  const led = id && document.getElementById(id);
  const folded = led?.matches("details") ? led : led?.querySelector(":scope > details");
  // A log may be in a group that is folded.
  for (let at = folded; at; at = at.parentElement.closest("details")) at.open = true;
});
// A run without output has no search.
if (document.getElementById("search")) {
  // More lines would be slow to show, and too many to read.
  const MAX_LINES = 500;
  const MAX_MARKS = 20;
  const box = document.getElementById("search");
  const input = box.querySelector("input");
  const found = box.querySelector("output");
  const logs = [...document.querySelectorAll("details.log")].map((details) => {
    const count = details.querySelector(".count");
    const pre = details.querySelector("pre");
    return { details, count, pre, total: count.textContent };
  });
  const groups = [...document.querySelectorAll("details.logs")].map((details) => ({ details }));
  let searching = false;

  function element(name, text) {
    const made = document.createElement(name);
    made.textContent = text;
    return made;
  }

  function plural(number, noun) {
    return number + " " + noun + (number === 1 ? "" : "s");
  }

  function linesOf(log) {
    log.lines ??= (log.pre?.textContent ?? "").split("\\n").slice(0, -1)
      .map((line) => {
        const space = line.indexOf(" ");
        return { time: line.slice(0, space), text: line.slice(space + 1) };
      });
    return log.lines;
  }

  function begin() {
    for (const folded of [...logs, ...groups]) folded.open = folded.details.open;
    for (const { details } of groups) details.open = true;
    for (const log of logs) {
      linesOf(log);
      log.all = log.pre ? [...log.pre.childNodes] : [];
    }
    searching = true;
  }

  function end() {
    for (const log of logs) {
      log.pre?.replaceChildren(...log.all);
      log.count.textContent = log.total;
      log.details.hidden = false;
    }
    for (const { details, open } of [...logs, ...groups]) details.open = open;
    found.textContent = "";
    searching = false;
  }

  function marked(line, pattern) {
    const row = document.createDocumentFragment();
    let from = 0;
    let marks = 0;
    for (const match of line.text.matchAll(pattern)) {
      row.append(line.text.slice(from, match.index), element("mark", match[0]));
      from = match.index + match[0].length;
      if (++marks === MAX_MARKS) break;
    }
    row.prepend(element("i", line.time), " ");
    row.append(line.text.slice(from) + "\\n");
    return row;
  }

  function show(log, pattern) {
    const matches = linesOf(log).filter(({ text }) => text.search(pattern) >= 0);
    const more = matches.length - MAX_LINES;
    const shown = matches.slice(0, MAX_LINES).map((line) => marked(line, pattern));
    log.pre?.replaceChildren(...shown);
    log.details.hidden = matches.length === 0;
    if (matches.length === 0) return 0;
    if (more > 0) log.pre.append(element("em", plural(more, "more line") + " with it"));
    log.count.textContent = plural(matches.length, "match").replace(/hs$/, "hes") + " in " + log.total;
    log.details.open = true;
    return matches.length;
  }

  function search() {
    const query = input.value;
    if (!query.trim()) return searching && end();
    if (!searching) begin();
    const pattern = new RegExp(query.replace(/[\\\\^$.*+?()[\\]{}|/]/g, "\\\\$&"), "giu");
    const counts = logs.map((log) => show(log, pattern));
    const sum = counts.reduce((sum, count) => sum + count, 0);
    const places = counts.filter((count) => count > 0).length;
    found.textContent = sum === 0
      ? "No line has it"
      : plural(sum, "line") + " in " + plural(places, "log");
  }

  // The log of a failed service is open; the reason is at its end.
  for (const { details, pre } of logs) {
    if (details.open && pre) pre.scrollTop = pre.scrollHeight;
  }
  box.hidden = false;
  input.addEventListener("input", search);
  // A reload keeps the text that was typed.
  search();
}
`;
