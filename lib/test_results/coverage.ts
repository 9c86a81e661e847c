/**
 * Reads line coverage from a report.
 *
 * @module
 */

import { eachLine, shortened } from "./limits.ts";
import { scanXml } from "./xml.ts";

/** A total over lines of code that can run. */
export interface Coverage {
  /** How many there are. */
  lines: number;
  /** How many of them ran. */
  covered: number;
}

/** The lines of each file, by number, and whether they ran. */
interface Lines {
  files: Map<string, Map<number, boolean>>;
  count: number;
}

/** The most files and lines that are counted; a line needs 40 bytes, a file 300. */
const MAX_FILES = 50_000;
const MAX_LINES = 500_000;

/** The most UTF-16 units of a path. */
const MAX_PATH = 1_000;

/**
 * The total of an lcov file (https://manpages.debian.org/stable/lcov/geninfo.1.en.html#FILES) or of a Cobertura file
 * (https://github.com/cobertura/web/blob/master/htdocs/xml/coverage-04.dtd); undefined for any other text, such as
 * JUnit, and for a report without a line. A line that occurs several times counts once, and as covered if it ever ran.
 *
 * Throws an `Error` with a reason in one line if {@linkcode scanXml} rejects the Cobertura file, and if there are more than
 * half a million lines.
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
  { file, line, hit }: { file: string; line: number; hit: boolean },
): void {
  const { files } = lines;
  const known = files.get(file) ?? new Map<number, boolean>();
  if (known.size === 0) files.set(file, known);
  const before = known.get(line);
  if (before === undefined) lines.count++;
  if (lines.count > MAX_LINES || files.size > MAX_FILES) {
    throw new Error(`more than ${MAX_LINES} lines or ${MAX_FILES} files`);
  }
  known.set(line, before || hit);
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
  // The totals of files without DA records.
  const totals = new Map<string, Coverage>();
  let file = "";
  let total: Coverage = { lines: 0, covered: 0 };
  await eachLine(text, (start, end) => {
    const has = (key: string) => text.startsWith(key, start);
    if (has("DA:")) {
      note(lines, { file, ...hitsOf(text, { start: start + 3, end }) });
    } else if (has("SF:")) {
      file = shortened(text.slice(start + 3, end), MAX_PATH);
      total = { lines: 0, covered: 0 };
    } else if (has("LF:")) {
      total.lines = Number(text.slice(start + 3, end)) || 0;
    } else if (has("LH:")) {
      total.covered = Number(text.slice(start + 3, end)) || 0;
    } else if (has("end_of_record")) {
      const best = totals.get(file);
      if (!best || best.covered < total.covered) totals.set(file, total);
      if (totals.size > MAX_FILES) {
        throw new Error(`more than ${MAX_FILES} files`);
      }
    }
  });
  for (const [name, of] of lines.files) totals.set(name, totalOf(of));
  return sum(totals.values());
}

/** Reads a DA record digit by digit, because there may be a million of them. */
function hitsOf(
  text: string,
  { start, end }: { start: number; end: number },
): { line: number; hit: boolean } {
  let line = 0;
  let at = start;
  for (; at < end && text[at] !== ","; at++) {
    line = line * 10 + Number(text[at]);
  }
  let hit = false;
  // A checksum may follow.
  for (at++; at < end && text[at] !== ","; at++) {
    if (text[at] === "-") break;
    hit ||= text[at]! >= "1" && text[at]! <= "9";
  }
  return { line, hit };
}

async function coberturaTotal(text: string): Promise<Coverage | undefined> {
  // Not only for speed: the reader of JUnit reports broken JUnit.
  if (!/<coverage[\s>]/.test(text)) return undefined;
  const counted: Lines = { files: new Map(), count: 0 };
  /** The file of each element that is open; the first is the root's. */
  const open: string[] = [];
  let told: Coverage | undefined;
  await scanXml(text, {
    open: (name, attribute) => {
      if (open.length === 0) {
        if (!isCobertura(name, attribute)) return "stop";
        told ??= toldOf(attribute);
      }
      const file = open.at(-1) ?? "";
      const [line, hits] = [attribute("number"), attribute("hits")];
      const isLine = !told && name === "line";
      if (isLine && line !== undefined && hits !== undefined) {
        note(counted, { file, line: Number(line), hit: Number(hits) > 0 });
      }
      const own = attribute("filename");
      open.push(own === undefined ? file : shortened(own, MAX_PATH));
    },
    close: () => void open.pop(),
  });
  return told ?? sum([...counted.files.values()].map(totalOf));
}

/** Whether an element is the root of a Cobertura file; that of Clover has the same name. */
function isCobertura(
  name: string,
  attribute: (name: string) => string | undefined,
): boolean {
  return name === "coverage" &&
    ["clover", "generated"].every((one) => attribute(one) === undefined);
}

/** The totals of the root element, unless they are impossible. */
function toldOf(
  attribute: (name: string) => string | undefined,
): Coverage | undefined {
  const lines = Number(attribute("lines-valid"));
  const covered = Number(attribute("lines-covered") ?? NaN);
  const isPossible = lines > 0 && covered >= 0 && covered <= lines;
  return isPossible ? { lines, covered } : undefined;
}
