/**
 * Finds the decisive line of a failure: why a test failed, with the two values that differ.
 *
 * @module
 */

import { messageIn } from "../failure_text.ts";

/** The most lines in which a reason is looked for. */
const MAX_LINES = 60;

/** One of two values that should be the same, in a line of its own. */
const SIDE =
  /^\s*(?<label>(?<side>expected|received|actual|got|but was|want|left|right)\b[^:]{0,30}):\s*(?<value>\S.*)$/i;

/** The labels of the value that a test wants; in Rust and Elixir either side may be it. */
const WANTED = /^(?:expected|want|left)$/i;

/** The lines above a difference, and the meaning of "-" and "+" in it. */
const DIFFERENCES: readonly { title: RegExp; signs: [string, string] }[] = [
  // Deno
  {
    title: /^\s*\[Diff\] Actual \/ Expected$/,
    signs: ["actual", "expected"],
  },
  // Jest and Vitest
  { title: /^\+ Received\b/, signs: ["expected", "received"] },
  // PHPUnit
  { title: /^\+{3} Actual$/, signs: ["expected", "actual"] },
  // Mocha
  { title: /^\+ expected - actual$/, signs: ["actual", "expected"] },
];

/** The call with placeholders that Jest and Playwright write in place of a reason. */
const CALL = /^(?:Error: )?expect\(.*\)\./;

/** Other lines below the placeholders that tell more. */
const BESIDES = /^(?:Number of calls|Resolved to value|Thrown value): /;

/** Lines that complete the message above: the values of Node, and the reason of PHPUnit. */
const BELOW = /^(?:\S.* (?:!==?|===?) \S|Failed asserting that )/;

/** Two values that should be the same. */
interface Pair {
  values: readonly string[];
  /** Such as "expected: 2, got: 1". */
  text: string;
}

/**
 * The most telling line of a failure; undefined if the lines are empty.
 *
 * @param name the name of the test, which some runners write above the reason
 */
export function reasonIn(
  lines: readonly string[],
  name = "",
): string | undefined {
  const own = lines.slice(0, MAX_LINES);
  const text = messageIn(lines.join("\n"), { name }) ?? "";
  const first = text.split("\n", 1)[0]!.trim();
  if (!first) return undefined;
  const pair = pairIn(own) ?? difference(own);
  if (CALL.test(first)) return pair?.text ?? besidesCall(own) ?? first;
  if (pair && SIDE.test(first)) return pair.text;
  const bare = first.replace(/[.:]$/, "");
  if (pair) return hasAll(first, pair.values) ? bare : `${bare} (${pair.text})`;
  const next = below(own, first);
  return next && BELOW.test(next)
    ? `${bare}: ${next}`
    : first.replace(/:$/, "");
}

/** Whether a text has all of the values as words of their own. */
function hasAll(text: string, values: readonly string[]): boolean {
  const words = new Set(text.split(/[^\w.]+/));
  return values.every((value) =>
    words.has(value) || (/\W/.test(value) && text.includes(value))
  );
}

/** The first line below the one that ends with a text. */
function below(lines: readonly string[], text: string): string | undefined {
  const at = lines.findIndex((line) => line.trimEnd().endsWith(text));
  return at < 0
    ? undefined
    : lines.slice(at + 1).find((line) => line.trim())?.trim();
}

/** The values of two neighboring lines. */
function pairIn(lines: readonly string[]): Pair | undefined {
  const sides = lines.flatMap((line, at) => {
    const { label = "", side = "", value = "" } = SIDE.exec(line)?.groups ?? {};
    if (!side) return [];
    return [{
      ...{ at, label: label.trim(), value: bareValue(value) },
      isWanted: WANTED.test(side),
    }];
  });
  for (const [i, one] of sides.entries()) {
    const other = sides[i + 1];
    if (!other || other.at > one.at + 2) continue;
    if (one.isWanted !== other.isWanted) return pairOf(one, other);
  }
  return undefined;
}

function pairOf(...sides: readonly { label: string; value: string }[]): Pair {
  return {
    values: sides.map(({ value }) => value),
    text: sides.map(({ label, value }) => `${label}: ${value}`).join(", "),
  };
}

/** A value without the comma behind it, where it stands in an object. */
function bareValue(text: string): string {
  return text.trim().replace(/,$/, "");
}

/** The values of a difference of one line. */
function difference(lines: readonly string[]): Pair | undefined {
  for (const { title, signs: [minus, plus] } of DIFFERENCES) {
    const at = lines.findIndex((line) => title.test(line));
    if (at < 0) continue;
    const signed = (sign: string) =>
      lines.slice(at + 1).filter((line) => line.startsWith(sign))
        .map((line) => bareValue(line.slice(1)));
    const [less, more] = [signed("-"), signed("+")];
    return less.length === 1 && more.length === 1
      ? pairOf(
        { label: minus, value: less[0]! },
        { label: plus, value: more[0]! },
      )
      : undefined;
  }
  return undefined;
}

/** The lines below Jest's placeholders that tell more. */
function besidesCall(lines: readonly string[]): string | undefined {
  const plain = lines.map((line) => line.trim());
  const at = plain.findIndex((line) => CALL.test(line));
  const first = plain.slice(at + 1).find((line) => line);
  // A difference begins with a sign, and source with its number.
  if (!first || /^(?:[-+|>]|\d+ \|)/.test(first)) return undefined;
  const more = plain.find((line) => BESIDES.test(line));
  return more && more !== first ? `${first}, ${more}` : first;
}
