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
import { type Style, style } from "../text/color.ts";
import { noCommand, plainLines } from "../text/plain_line.ts";
import { count } from "../text/units.ts";
import { jsonText } from "../text/untrusted.ts";
import { wrapWords } from "../text/width.ts";

/** Columns of a terminal that is not wider than usual. */
const WIDTH = 80;

const HEADINGS: Readonly<Record<Severity, string>> = {
  error: "Errors: they break the workflow",
  warning: "Warnings: they break it sometimes",
  advice: "Advice: slow, or unsafe",
};

const COLORS = { error: "red", warning: "yellow", advice: "cyan" } as const;

/** The facts as a table, the findings by severity with the fix as a block to paste, and how many there are. */
export function diagnosisText(
  { facts, findings }: Diagnosis,
  { color = false }: { color?: boolean } = {},
): string {
  const paint = style(color);
  const sections = SEVERITIES.flatMap((severity) => {
    const own = findings.filter((finding) => finding.severity === severity);
    return own.length === 0 ? [] : [
      [
        paint.bold(HEADINGS[severity]),
        ...own.map((finding) => findingText(finding, paint)),
      ].join("\n\n"),
    ];
  });
  const text = [
    facts.map((fact) => factText(fact, facts, paint)).join("\n"),
    ...sections,
    paint.bold(countText(findings)),
  ].filter(Boolean).join("\n\n") + "\n";
  return text.split("\n").map(noCommand).join("\n");
}

function factText(
  { name, value, ok }: Fact,
  facts: readonly Fact[],
  paint: Style,
): string {
  const width = Math.max(...facts.map(({ name }) => name.length));
  const mark = ok ? paint.green("ok") : paint.red("!!");
  const indent = " ".repeat(width + 6);
  const text = plainLines(value).join(" ");
  const [first = "", ...rest] = wrapWords(text, WIDTH - indent.length);
  const lines = [
    `${mark}  ${name.padEnd(width)}  ${first}`.trimEnd(),
    ...rest.map((line) => indent + line),
  ];
  return lines.join("\n");
}

function findingText(
  { severity, title, why, location, fix }: Finding,
  paint: Style,
): string {
  const severe = paint[COLORS[severity]];
  const line = (text: string) => plainLines(text).join("?");
  const place = location ? line(`${placeText(location)}: `) : "";
  const [first = "", ...rest] = wrapWords(place + line(title), WIDTH);
  const head = first.startsWith(place)
    ? place + severe(first.slice(place.length))
    : first;
  return [
    head,
    ...rest.map((line) => severe(line)),
    ...plainLines(why).flatMap((line) => wrapWords(line, WIDTH - 2))
      .map((line) => `  ${line}`.trimEnd()),
    "",
    // Never wrapped: it is pasted.
    ...plainLines(fix).map((line) => `      ${line}`.trimEnd()),
  ].join("\n");
}

/** In the form that terminals and editors open, such as "docker-compose.yml:12:5". */
function placeText({ file, line, column }: Place): string {
  return [file, line, column].filter((part) => part !== undefined).join(":");
}

function countText(findings: readonly Finding[]): string {
  const counts = SEVERITIES.flatMap((severity) => {
    const own = findings.filter((one) => one.severity === severity).length;
    // Advice has no plural.
    const text = severity === "advice"
      ? count(own, severity, severity)
      : count(own, severity);
    return own === 0 ? [] : text;
  });
  return counts.join(", ") || "nothing found";
}

/** The diagnosis as one JSON document. */
export function diagnosisJson({ facts, findings }: Diagnosis): string {
  return `${jsonText({ facts, findings }, 2)}\n`;
}
