/**
 * Text that somebody else wrote, made fit for a reader: no colors, nothing invisible.
 *
 * @module
 */

import { count } from "../text/units.ts";

/**
 * What terminals obey (ECMA-48): CSI sequences such as colors, OSC sequences such as titles and links, and short escapes.
 * No part can start a sequence again, so that matching takes linear time; an OSC ends on its line.
 */
const SEQUENCES =
  // deno-lint-ignore no-control-regex -- this is what it is for
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b\n]*(?:\u0007|\u001b\\)|\u001b[ -/]*[0-OQ-WYZ`-~]/g;

// deno-lint-ignore no-control-regex -- this is what it is for
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** They could show a line's parts in another order than they have, https://trojansource.codes */
const REORDERING = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/**
 * The text without terminal sequences; other control characters become visible ("␀"), those that change the direction of
 * writing become "\uFFFD". Line ends and tabs stay.
 */
export function plain(text: string): string {
  return text.toWellFormed()
    .replace(SEQUENCES, "")
    .replace(/\r\n/g, "\n")
    .replace(CONTROLS, picture)
    .replace(REORDERING, "\uFFFD");
}

function picture(char: string): string {
  const code = char.charCodeAt(0);
  if (code === 0x7f) return "\u2421";
  return code < 0x20 ? String.fromCharCode(0x2400 + code) : "\uFFFD";
}

/** The longest line or message that is shown whole, in UTF-16 units: no person reads more, and a browser would be slow. */
export const MAX_TEXT = 10_000;

/** The text, or its beginning and how much more there is. */
export function beginning(text: string): string {
  const more = text.length - MAX_TEXT;
  return more > 0
    ? `${text.slice(0, MAX_TEXT)} … and ${count(more, "more character")}`
    : text;
}
