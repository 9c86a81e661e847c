/**
 * Elements that the sections of the page share: tables, boxes with text, names with values, results.
 *
 * @module
 */

import type { FailedTest } from "../errors/evidence.ts";
import { type Markup, markup, trusted, type Value } from "./html.ts";
import { beginning } from "./text.ts";

/** A table that can be scrolled if it is too wide. */
export function table(
  caption: string,
  head: readonly string[],
  rows: readonly Markup[],
): Markup {
  return markup`<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table>
<caption class="sr">${caption}</caption>
<thead><tr>${
    head.map((name) => markup`<th scope="col">${name}</th>`)
  }</tr></thead>
<tbody>
${rows}</tbody>
</table></div>`;
}

/** A text with its spaces and line ends; only the beginning of a very long one. */
export function box(title: string, text: string): Markup {
  return markup`<pre class="box" tabindex="0" role="region" aria-label="${title}">${
    beginning(text)
  }</pre>`;
}

/** Names and values; those without a value are left out. */
export function facts(rows: readonly (readonly [Value, Value])[]): Markup {
  return markup`<dl class="facts">
${
    rows.filter(([, value]) => value).map(([name, value]) =>
      markup`<div><dt>${name}</dt><dd>${value}</dd></div>
`
    )
  }</dl>
`;
}

/** A result as a word in its color. */
export function result(word: string): Markup {
  return markup`<span class="result ${word}">${word}</span>`;
}

/** The sign before the name of a step on the critical path. */
export const CRITICAL = markup`<span class="mark" aria-hidden="true">◆</span>`;

/** The name of a failed test as a heading. */
export function failedName(
  { name }: FailedTest,
  heading: "h4" | "h5",
): Markup {
  const tag = trusted(heading);
  return markup`<${tag}>${result("failed")} ${name}</${tag}>`;
}

/**
 * Why and where a test has failed.
 *
 * @param log a link to the log of its program
 */
export function failureOf(
  test: FailedTest,
  log: Markup | false = false,
): Markup {
  const { message } = test;
  const where = [placeOf(test), log].filter(Boolean);
  return markup`${message && markup`<p class="why">${beginning(message)}</p>`}
${
    where.length > 0 &&
    markup`<p class="note">${
      where.map((part, i) => [i > 0 && " · ", part])
    }</p>`
  }
`;
}

/** The group, file and line of a test, as far as its program names them. */
function placeOf({ suite, file, line }: FailedTest): string {
  const where = file && (line === undefined ? file : `${file}:${line}`);
  // Deno and Jest use the file as the suite, relative to where they run.
  const isFile = file?.startsWith(suite) ||
    file?.endsWith(`/${suite.replace(/^\.\//, "")}`);
  return where && isFile ? where : [suite, where].filter(Boolean).join(" · ");
}
