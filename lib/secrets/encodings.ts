/**
 * The forms in which programs write a value: plain, and in the notation of JSON, shells, URLs, XML and Base64.
 *
 * @module
 */

import { concat } from "../text/bytes.ts";

/** The shortest part of a Base64 text that is hidden: shorter parts occur in other texts by chance. */
const LEAST_PART = 6;

/** A value in all text notations, the plain one included; each form once. */
export function quotedForms(value: string): string[] {
  return [
    ...new Set([
      value,
      ...jsonForms(value),
      ...shellForms(value),
      ...urlForms(value),
      ...markupForms(value),
      // Compose's own notation, and YAML within single quotes.
      value.replaceAll("$", "$$$$"),
      value.replaceAll("'", "''"),
    ]),
  ];
}

/** JSON of JavaScript, of Go, which escapes HTML, and of Python, which is ASCII only. BuildKit quotes as JavaScript does. */
function jsonForms(value: string): string[] {
  const json = JSON.stringify(value).slice(1, -1);
  const escaped = (unit: string) =>
    `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return [
    json,
    json.replace(/[<>&\u2028\u2029]/g, escaped),
    json.replace(/[^\0-\x7f]/g, escaped),
    json.replaceAll("/", "\\/"),
  ];
}

/** Shell words within single quotes, within double quotes and without quotes; and the repr of Python. */
function shellForms(value: string): string[] {
  return [
    value.replaceAll("'", `'\\''`),
    value.replaceAll("'", `'"'"'`),
    value.replace(/[\\$`"]/g, "\\$&"),
    value.replace(/[^\w@%+=:,./-]/g, "\\$&"),
    value.replace(/[\\']/g, "\\$&").replaceAll("\n", "\\n"),
  ];
}

/** Percent-encoding in a part of a path or a form, and in a whole URL; with upper-case and lower-case digits. */
function urlForms(value: string): string[] {
  const whole = attempt(() => encodeURI(value));
  const part = attempt(() => encodeURIComponent(value));
  const strict = part.replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return [whole, part, strict].flatMap((text) => [
    text,
    text.replaceAll("%20", "+"),
    text.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
  ]).filter(Boolean);
}

/** The encoded text; "" if it cannot be encoded because of half a surrogate pair. */
function attempt(encode: () => string): string {
  try {
    return encode();
  } catch {
    return "";
  }
}

/** XML and HTML as JavaScript, Go and Python write them. */
function markupForms(value: string): string[] {
  const basic = value.replaceAll("&", "&amp;").replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
  return [
    basic,
    basic.replaceAll('"', "&quot;"),
    basic.replaceAll('"', "&quot;").replaceAll("'", "&apos;"),
    basic.replaceAll('"', "&quot;").replaceAll("'", "&#39;"),
    basic.replaceAll('"', "&quot;").replaceAll("'", "&#x27;"),
    basic.replaceAll('"', "&#34;").replaceAll("'", "&#39;"),
  ];
}

/**
 * A value in Base64: alone, with the end of line that `echo` adds, in lines of 64 and 76 characters, and as part of a longer
 * text, such as `user:password`, where it begins at any of three places.
 */
export function base64Forms(value: Uint8Array): string[] {
  const alone = value.toBase64();
  const withLineEnd = concat([value, new Uint8Array([10])]).toBase64();
  const unpadded = alone.replace(/=+$/, "");
  const standard = [
    alone,
    unpadded,
    withLineEnd,
    ...[0, 1, 2].map(partOf(value)),
  ]
    .filter(({ length }) => length >= LEAST_PART);
  const lines = [64, 76].flatMap((width) =>
    alone.length <= width
      ? []
      : [alone, withLineEnd].flatMap((text) => linesOf(text, width))
  );
  return [
    ...new Set([...standard, ...lines].flatMap((text) => [
      text,
      text.replaceAll("+", "-").replaceAll("/", "_"),
    ])),
  ];
}

/** Returns the Base64 characters that depend on the value alone, behind `before` bytes of another text. */
function partOf(value: Uint8Array): (before: number) => string {
  return (before) => {
    const text = concat([new Uint8Array(before), value]).toBase64();
    const bits = 8 * (before + value.length);
    return text.slice(Math.ceil(8 * before / 6), Math.floor(bits / 6));
  };
}

function linesOf(text: string, width: number): string[] {
  const lines: string[] = [];
  for (let at = 0; at < text.length; at += width) {
    lines.push(text.slice(at, at + width));
  }
  return lines.filter(({ length }) => length >= LEAST_PART);
}
