/**
 * Line coverage out of a report.
 *
 * @module
 */

import {
  attributeOf,
  childrenOf,
  nameOf,
  readXml,
  type XmlElement,
} from "./xml.ts";

/** A total over lines of code that can run. */
export interface Coverage {
  /** How many there are. */
  lines: number;
  /** How many of them ran. */
  covered: number;
}

/** Of each file its lines, and whether one ran. */
type Lines = Map<string, Map<string, boolean>>;

/**
 * The total of an lcov file (https://manpages.debian.org/stable/lcov/geninfo.1.en.html#FILES) or of a Cobertura file
 * (https://github.com/cobertura/web/blob/master/htdocs/xml/coverage-04.dtd); undefined for any other text, such as
 * JUnit, and for a report without a line. A line that is there several times counts once, as covered if it ever was.
 *
 * Throws an `Error` with a reason in one line for Cobertura that {@linkcode readXml} throws for.
 */
export async function parseCoverage(
  text: string,
): Promise<Coverage | undefined> {
  const total = /^\uFEFF?\s*</.test(text)
    ? await coberturaTotal(text)
    : lcovTotal(text);
  return total && total.lines > 0 ? total : undefined;
}

function note(
  lines: Lines,
  { file, line, hits }: { file: string; line: string; hits: string },
): void {
  const known = lines.get(file) ?? new Map<string, boolean>();
  lines.set(file, known);
  known.set(line, known.get(line) || Number(hits) > 0);
}

function sum(totals: Iterable<Coverage>): Coverage {
  const all = { lines: 0, covered: 0 };
  for (const { lines, covered } of totals) {
    all.lines += lines;
    all.covered += covered;
  }
  return all;
}

function totalOf(lines: ReadonlyMap<string, boolean>): Coverage {
  return {
    lines: lines.size,
    covered: [...lines.values()].filter(Boolean).length,
  };
}

function lcovTotal(text: string): Coverage | undefined {
  if (!/^SF:/m.test(text)) return undefined;
  const lines: Lines = new Map();
  // What a file without DA records says of itself.
  const totals = new Map<string, Coverage>();
  let file = "";
  let total: Coverage = { lines: 0, covered: 0 };
  for (const record of text.split(/\r?\n/)) {
    const [, key, value = ""] = /^(SF|DA|LF|LH):(.*)/.exec(record) ?? [];
    if (key === "SF") {
      file = value;
      total = { lines: 0, covered: 0 };
    } else if (key === "DA") {
      const [line = "", hits = ""] = value.split(",");
      note(lines, { file, line, hits });
    } else if (key === "LF") {
      total.lines = Number(value) || 0;
    } else if (key === "LH") {
      total.covered = Number(value) || 0;
    } else if (record.startsWith("end_of_record")) {
      const best = totals.get(file);
      if (!best || best.covered < total.covered) totals.set(file, total);
    }
  }
  for (const [name, of] of lines) totals.set(name, totalOf(of));
  return sum(totals.values());
}

async function coberturaTotal(text: string): Promise<Coverage | undefined> {
  // Not only for speed: broken JUnit is not this function's to report.
  if (!/<coverage[\s>]/.test(text)) return undefined;
  const root = (await readXml(text)).find((root) =>
    nameOf(root) === "coverage"
  );
  if (!root) return undefined;
  const lines = Number(attributeOf(root, "lines-valid"));
  const covered = Number(attributeOf(root, "lines-covered") ?? NaN);
  if (lines > 0 && covered >= 0 && covered <= lines) return { lines, covered };
  const counted: Lines = new Map();
  countLines(root, { counted, file: "" });
  return sum([...counted.values()].map(totalOf));
}

function countLines(
  element: XmlElement,
  { counted, file }: { counted: Lines; file: string },
): void {
  const line = attributeOf(element, "number");
  const hits = attributeOf(element, "hits");
  if (nameOf(element) === "line" && line !== undefined && hits !== undefined) {
    note(counted, { file, line, hits });
  }
  const inner = attributeOf(element, "filename") ?? file;
  for (const child of childrenOf(element)) {
    countLines(child, { counted, file: inner });
  }
}
