/**
 * A diagnosis as text for people, or as JSON.
 *
 * @module
 */

import {
  type Diagnosis,
  type Fact,
  type Finding,
  type Place,
  SEVERITIES,
  type Severity,
} from "./project/finding.ts";
import { noCommand, plainLines } from "../text/plain_line.ts";

/** Columns of a terminal that is not wider than usual. */
const WIDTH = 80;

const HEADINGS: Readonly<Record<Severity, string>> = {
  error: "Errors: they break the workflow",
  warning: "Warnings: they break it sometimes",
  advice: "Advice: slow, or unsafe",
};

/** https://en.wikipedia.org/wiki/ANSI_escape_code#SGR */
const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 };

type Paint = (style: keyof typeof CODES, text: string) => string;

const PLAIN: Paint = (_, text) => text;
const COLORED: Paint = (style, text) => `\x1b[${CODES[style]}m${text}\x1b[0m`;

const STYLES: Readonly<Record<Severity, keyof typeof CODES>> = {
  error: "red",
  warning: "yellow",
  advice: "cyan",
};

/** The facts as a table, the findings by severity with the fix as a block to paste, and how many there are. */
export function diagnosisText(
  { facts, findings }: Diagnosis,
  { color = false }: { color?: boolean } = {},
): string {
  const paint = color ? COLORED : PLAIN;
  const sections = SEVERITIES.flatMap((severity) => {
    const own = findings.filter((finding) => finding.severity === severity);
    return own.length === 0 ? [] : [
      [
        paint("bold", HEADINGS[severity]),
        ...own.map((finding) => findingText(finding, paint)),
      ].join("\n\n"),
    ];
  });
  const text = [
    facts.map((fact) => factText(fact, facts, paint)).join("\n"),
    ...sections,
    paint("bold", countText(findings)),
  ].filter(Boolean).join("\n\n") + "\n";
  return withoutCommands(text);
}

/** Text of the project must not command a terminal. */
function harmless(text: string): string {
  return plainLines(text).join("\n");
}

/** Nor may a line of it command a CI system. */
function withoutCommands(text: string): string {
  return text.split("\n").map(noCommand).join("\n");
}

function factText(
  { name, value, ok }: Fact,
  facts: readonly Fact[],
  paint: Paint,
): string {
  const width = Math.max(...facts.map(({ name }) => name.length));
  const mark = ok ? paint("green", "ok") : paint("red", "!!");
  const indent = " ".repeat(width + 6);
  const text = harmless(value).replaceAll("\n", " ");
  const [first = "", ...rest] = wrapped(text, WIDTH - indent.length);
  const lines = [
    `${mark}  ${name.padEnd(width)}  ${first}`.trimEnd(),
    ...rest.map((line) => indent + line),
  ];
  return lines.join("\n");
}

function findingText(
  { severity, title, why, location, fix }: Finding,
  paint: Paint,
): string {
  const line = (text: string) => harmless(text).replaceAll("\n", "?");
  const place = location ? line(`${placeText(location)}: `) : "";
  const [first = "", ...rest] = wrapped(place + line(title), WIDTH);
  const head = first.startsWith(place)
    ? place + paint(STYLES[severity], first.slice(place.length))
    : first;
  return [
    head,
    ...rest.map((line) => paint(STYLES[severity], line)),
    ...harmless(why).split("\n").flatMap((line) => wrapped(line, WIDTH - 2))
      .map((line) => `  ${line}`.trimEnd()),
    "",
    // Never wrapped: it is pasted.
    ...harmless(fix).split("\n").map((line) => `      ${line}`.trimEnd()),
  ].join("\n");
}

/** In the form that terminals and editors open, such as "docker-compose.yml:12:5". */
function placeText({ file, line, column }: Place): string {
  return [file, line, column].filter((part) => part !== undefined).join(":");
}

/** Lines of at most that many columns; a longer word has a line of its own. */
function wrapped(text: string, columns: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= columns) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else lines.push(word);
  }
  return lines;
}

function countText(findings: readonly Finding[]): string {
  const counts = SEVERITIES.flatMap((severity) => {
    const count = findings.filter((one) => one.severity === severity).length;
    // Advice has no plural.
    const word = count === 1 || severity === "advice"
      ? severity
      : `${severity}s`;
    return count === 0 ? [] : `${count} ${word}`;
  });
  return counts.join(", ") || "nothing found";
}

/** The diagnosis as one JSON document. */
export function diagnosisJson({ facts, findings }: Diagnosis): string {
  return `${JSON.stringify({ facts, findings }, null, 2)}\n`;
}
