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
  type Spot,
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
  advice: "Advice: slow, unsafe or incomplete",
};

const COLORS = { error: "red", warning: "yellow", advice: "cyan" } as const;

/** The facts, the findings with the worst last and the fix as a block to paste, and how many there are. */
export function diagnosisText(
  { facts, findings }: Diagnosis,
  { color = false }: { color?: boolean } = {},
): string {
  const paint = style(color);
  // A terminal shows the end of a long text.
  const sections = SEVERITIES.toReversed().flatMap((severity) => {
    const own = findings.filter((finding) => finding.severity === severity);
    return own.length === 0 ? [] : [
      [
        paint.bold(HEADINGS[severity]),
        ...own.map((finding) => findingText(finding, paint)),
      ].join("\n\n"),
    ];
  });
  const shown = foldedFacts(facts);
  const text = [
    shown.map((fact) => factText(fact, shown, paint)).join("\n"),
    ...sections,
    paint.bold(countText(findings)),
  ].filter(Boolean).join("\n\n") + "\n";
  return text.split("\n").map(noCommand).join("\n");
}

/** The facts that are one line if all of them are ok, by its name, each with its words there. */
const FOLDED: Readonly<
  Record<string, Readonly<Record<string, (value: string) => string>>>
> = {
  machine: {
    docker: (value) => `docker ${plainVersion(value)}`,
    engine: (value) => `engine ${plainVersion(value)}`,
    context: (value) =>
      value.endsWith("on another machine") ? `at ${value}` : "",
    compose: (value) => `Compose ${plainVersion(value)}`,
    buildx: (value) => `buildx ${plainVersion(value)}`,
    disk: () => "",
    memory: () => "",
  },
  project: {
    project: (value) => value,
    lock: () => "",
    version: (value) => `version ${value}`,
    files: (value) => value,
  },
};

/** The numbers of a version, without what a distribution or the fact has behind them. */
function plainVersion(value: string): string {
  return value.replace(/[^\d.].*$/, "");
}

/** The facts, those about a healthy machine and project as one line each. */
function foldedFacts(facts: readonly Fact[]): Fact[] {
  return Object.entries(FOLDED).reduce((all, [name, words]) => {
    const own = all.filter((fact) => Object.hasOwn(words, fact.name));
    if (own.length < 2 || !own.every(({ ok }) => ok)) return all;
    const value = Object.entries(words).flatMap(([name, text]) =>
      own.filter((fact) => fact.name === name).map(({ value }) => text(value))
    ).filter(Boolean).join(", ");
    const at = all.indexOf(own[0]!);
    return all.flatMap((fact, i) =>
      i === at ? { name, value, ok: true } : own.includes(fact) ? [] : fact
    );
  }, [...facts]);
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

function findingText(finding: Finding, paint: Style): string {
  const { severity, title, why, location, fix, places } = finding;
  const severe = paint[COLORS[severity]];
  const reason = plainLines(why)
    .flatMap((line) => wrapWords(line, WIDTH - 2))
    .map((line) => `  ${line}`.trimEnd());
  if (places) {
    const head = wrapWords(
      `${oneLine(title)} (${places.length} places)`,
      WIDTH,
    );
    return [
      ...head.map((line) => severe(line)),
      ...reason,
      "",
      ...placesText(places, severe),
    ].join("\n");
  }
  return [
    ...headText(title, location, severe),
    ...reason,
    ...(fix === "" ? [] : ["", ...fixLines(fix)]),
  ].join("\n");
}

/** The place and the title, which has the color. */
function headText(
  title: string,
  location: Place | undefined,
  severe: (text: string) => string,
): string[] {
  const place = location ? oneLine(`${placeText(location)}: `) : "";
  const [first = "", ...rest] = wrapWords(place + oneLine(title), WIDTH);
  const head = first.startsWith(place)
    ? place + severe(first.slice(place.length))
    : first;
  return [head, ...rest.map((line) => severe(line))];
}

/** The most places of one finding that are shown. */
const MOST_PLACES = 10;

/** The places with their fixes; one fix for all of them is below the last. */
function placesText(
  places: readonly Spot[],
  severe: (text: string) => string,
): string[] {
  const isOne = new Set(places.map(({ fix }) => fix)).size === 1;
  const shown = places.slice(0, MOST_PLACES);
  const rest = places.length - shown.length;
  const fix = isOne ? fixLines(places[0]!.fix) : [];
  return [
    ...shown.flatMap(({ title, location, fix }) => [
      ...headText(title, location, severe),
      ...(isOne ? [] : fixLines(fix)),
    ]),
    ...(rest > 0 ? [`and ${rest} more: todoflow doctor --json`] : []),
    ...(fix.length > 0 ? ["", ...fix] : []),
  ];
}

function oneLine(text: string): string {
  return plainLines(text).join("?");
}

/** The lines of a fix, never wrapped, because they are pasted. */
function fixLines(fix: string): string[] {
  return fix === ""
    ? []
    : plainLines(fix).map((line) => `      ${line}`.trimEnd());
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
