/**
 * Elements that the sections of the page share: tables, boxes with text, names with values, results.
 *
 * @module
 */

import { type Markup, markup, type Value } from "./html.ts";
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
export function facts(rows: readonly (readonly [string, Value])[]): Markup {
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
