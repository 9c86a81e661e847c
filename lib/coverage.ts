/**
 * Line coverage out of a report.
 *
 * @module
 */

import { scanXml, turn } from "./xml.ts";

/** A total over lines of code that can run. */
export interface Coverage {
  /** How many there are. */
  lines: number;
  /** How many of them ran. */
  covered: number;
}

/** Of each file its lines, by number, and whether one ran. */
interface Lines {
  files: Map<string, Map<number, boolean>>;
  count: number;
}

/** The most files and lines that are counted; a line needs 40 bytes, a file 300. */
const MAX_FILES = 50_000;
const MAX_LINES = 1_000_000;

/** UTF-16 units that are read without a look at what else there is to do. */
const PIECE = 1_000_000;

/**
 * The total of an lcov file (https://manpages.debian.org/stable/lcov/geninfo.1.en.html#FILES) or of a Cobertura file
 * (https://github.com/cobertura/web/blob/master/htdocs/xml/coverage-04.dtd); undefined for any other text, such as
 * JUnit, and for a report without a line. A line that is there several times counts once, as covered if it ever was.
 *
 * Throws an `Error` with a reason in one line for Cobertura that {@linkcode scanXml} throws for, and for more than a
 * million lines.
 */
export async function parseCoverage(
  text: string,
): Promise<Coverage | undefined> {
  const total = /^\uFEFF?\s*</.test(text)
    ? await coberturaTotal(text)
    : await lcovTotal(text);
  return total && total.lines > 0 ? total : undefined;
}

function note(
  lines: Lines,
  { file, line, hits }: { file: string; line: string; hits: string },
): void {
  const { files } = lines;
  const known = files.get(file) ?? new Map<number, boolean>();
  if (known.size === 0) files.set(file, known);
  const number = Number(line);
  const before = known.get(number);
  if (before === undefined) lines.count++;
  if (lines.count > MAX_LINES || files.size > MAX_FILES) {
    throw new Error(`more than ${MAX_LINES} lines or ${MAX_FILES} files`);
  }
  known.set(number, before || Number(hits) > 0);
}

function sum(totals: Iterable<Coverage>): Coverage {
  const all = { lines: 0, covered: 0 };
  for (const { lines, covered } of totals) {
    all.lines += lines;
    all.covered += covered;
  }
  return all;
}

function totalOf(lines: ReadonlyMap<number, boolean>): Coverage {
  return {
    lines: lines.size,
    covered: [...lines.values()].filter(Boolean).length,
  };
}

async function lcovTotal(text: string): Promise<Coverage | undefined> {
  if (!/^SF:/m.test(text)) return undefined;
  const lines: Lines = { files: new Map(), count: 0 };
  // What a file without DA records says of itself.
  const totals = new Map<string, Coverage>();
  let file = "";
  let total: Coverage = { lines: 0, covered: 0 };
  let next = PIECE;
  for (let start = 0; start < text.length;) {
    const newline = text.indexOf("\n", start);
    const end = newline < 0 ? text.length : newline;
    const record = text.slice(start, end).replace(/\r$/, "");
    start = end + 1;
    if (start > next) {
      next += PIECE;
      await turn();
    }
    const [, key, value = ""] = /^(SF|DA|LF|LH):(.*)/.exec(record) ?? [];
    if (key === "SF") {
      file = value;
      total = { lines: 0, covered: 0 };
    } else if (key === "DA") {
      const [line = "", hits = ""] = value.split(",", 2);
      note(lines, { file, line, hits });
    } else if (key === "LF") {
      total.lines = Number(value) || 0;
    } else if (key === "LH") {
      total.covered = Number(value) || 0;
    } else if (record.startsWith("end_of_record")) {
      const best = totals.get(file);
      if (!best || best.covered < total.covered) totals.set(file, total);
      if (totals.size > MAX_FILES) {
        throw new Error(`more than ${MAX_FILES} files`);
      }
    }
  }
  for (const [name, of] of lines.files) totals.set(name, totalOf(of));
  return sum(totals.values());
}

async function coberturaTotal(text: string): Promise<Coverage | undefined> {
  // Not only for speed: broken JUnit is not this function's to report.
  if (!/<coverage[\s>]/.test(text)) return undefined;
  const counted: Lines = { files: new Map(), count: 0 };
  /** The file of each element that is open; the first is the root's. */
  const open: string[] = [];
  let isCoverage = false;
  let told: Coverage | undefined;
  await scanXml(text, {
    open: (name, attribute) => {
      if (open.length === 0) {
        isCoverage = name === "coverage";
        if (isCoverage) told ??= toldOf(attribute);
      }
      const file = open.at(-1) ?? "";
      const [line, hits] = [attribute("number"), attribute("hits")];
      const isLine = isCoverage && !told && name === "line";
      if (isLine && line !== undefined && hits !== undefined) {
        note(counted, { file, line, hits });
      }
      open.push(attribute("filename") ?? file);
    },
    close: () => void open.pop(),
  });
  return told ?? sum([...counted.files.values()].map(totalOf));
}

/** What the root says of all lines, unless that is impossible. */
function toldOf(
  attribute: (name: string) => string | undefined,
): Coverage | undefined {
  const lines = Number(attribute("lines-valid"));
  const covered = Number(attribute("lines-covered") ?? NaN);
  const isPossible = lines > 0 && covered >= 0 && covered <= lines;
  return isPossible ? { lines, covered } : undefined;
}
