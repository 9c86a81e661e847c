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

/** The coverage in one report. */
export interface CoverageReport {
  /** The lines of each file, by number, and whether they ran. */
  lines: Map<string, Map<number, boolean>>;
  /** The totals of files of which the report has no lines. */
  totals: Map<string, Coverage>;
  /** The total that the report itself names. */
  told: Coverage | undefined;
}

/** The room that is left in a run: a line needs 40 bytes, a file 300. */
export interface CoverageRoom {
  files: number;
  lines: number;
}

/** The room of a run at its beginning. */
export function newCoverageRoom(): CoverageRoom {
  return { files: 50_000, lines: 500_000 };
}

/** The most UTF-16 units of a path. */
const MAX_PATH = 1_000;

/**
 * The coverage in an lcov file (https://manpages.debian.org/stable/lcov/geninfo.1.en.html#FILES) or in a Cobertura file
 * (https://github.com/cobertura/web/blob/master/htdocs/xml/coverage-04.dtd); undefined for any other text, such as
 * JUnit or Clover, and for a report without a line. A line that occurs several times counts once, and as covered if it ever
 * ran.
 *
 * Throws an `Error` with a reason in one line if {@linkcode scanXml} rejects the Cobertura file, and if there is no room for
 * its lines.
 *
 * @param room the remaining room of the run; the report uses it up
 */
export async function parseCoverage(
  text: string,
  room: CoverageRoom = newCoverageRoom(),
): Promise<CoverageReport | undefined> {
  const counted: Counted = {
    lines: new Map(),
    totals: new Map(),
    told: undefined,
    count: 0,
    room,
  };
  await (/^\uFEFF?\s*</.test(text) ? readCobertura : readLcov)(text, counted);
  const { lines, totals, told, count } = counted;
  const isEmpty = count === 0 && !told &&
    [...totals.values()].every(({ lines }) => lines === 0);
  if (isEmpty) return undefined;
  room.lines -= count;
  room.files -= lines.size + totals.size;
  return { lines, totals, told };
}

/** A report while it is read. */
interface Counted extends CoverageReport {
  count: number;
  room: CoverageRoom;
}

/** Notes a line; returns whether there was room. */
function note(
  counted: Counted,
  { file, line, hit }: { file: string; line: number; hit: boolean },
): boolean {
  const { lines, room } = counted;
  const known = lines.get(file) ?? new Map<number, boolean>();
  const before = known.get(line);
  if (before === undefined) {
    if (counted.count >= room.lines) return false;
    if (known.size === 0 && lines.size >= room.files) return false;
    counted.count++;
    lines.set(file, known);
  }
  known.set(line, before || hit);
  return true;
}

/** The reason for refusing a report. */
function noRoom(): Error {
  const { files, lines } = newCoverageRoom();
  return new Error(`more than ${lines} lines or ${files} files`);
}

async function readLcov(text: string, counted: Counted): Promise<void> {
  if (!/^SF:/m.test(text)) return;
  const { totals, lines, room } = counted;
  let file = "";
  let total: Coverage = { lines: 0, covered: 0 };
  await eachLine(text, (start, end) => {
    const has = (key: string) => text.startsWith(key, start);
    if (has("DA:")) {
      const hits = hitsOf(text, { start: start + 3, end });
      if (!note(counted, { file, ...hits })) throw noRoom();
    } else if (has("SF:")) {
      file = shortened(text.slice(start + 3, end), MAX_PATH);
      total = { lines: 0, covered: 0 };
    } else if (has("LF:")) {
      total.lines = Number(text.slice(start + 3, end)) || 0;
    } else if (has("LH:")) {
      total.covered = Number(text.slice(start + 3, end)) || 0;
    } else if (has("end_of_record") && !lines.has(file)) {
      const best = totals.get(file);
      if (!best || best.covered < total.covered) totals.set(file, total);
      if (totals.size + lines.size > room.files) throw noRoom();
    }
  });
  for (const name of lines.keys()) totals.delete(name);
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

async function readCobertura(text: string, counted: Counted): Promise<void> {
  // Not only for speed: the reader of JUnit reports broken JUnit.
  if (!/<coverage[\s>]/.test(text)) return;
  /** The file of each element that is open; the first is the root's. */
  const open: string[] = [];
  let sources: string[] = [];
  let source: string | undefined;
  let isFull = false;
  await scanXml(text, {
    open: (name, attribute) => {
      if (open.length === 0) {
        if (!isCobertura(name, attribute)) return "stop";
        counted.told ??= toldOf(attribute);
        sources = [];
      }
      if (name === "source") source = "";
      const file = open.at(-1) ?? "";
      const [line, hits] = [attribute("number"), attribute("hits")];
      if (name === "line" && line !== undefined && hits !== undefined) {
        const hit = { file, line: Number(line), hit: Number(hits) > 0 };
        isFull ||= !note(counted, hit);
        if (isFull && !counted.told) throw noRoom();
      }
      const own = attribute("filename");
      open.push(own === undefined ? file : pathOf(own, sources));
      return undefined;
    },
    text: (text) => {
      if (source !== undefined) source += text.slice(0, MAX_PATH);
    },
    close: (name) => {
      open.pop();
      if (name !== "source" || source === undefined) return;
      if (sources.length < 2) sources.push(source.trim().slice(0, MAX_PATH));
      source = undefined;
    },
  });
  if (isFull) {
    // The total that the report names needs no lines.
    counted.lines.clear();
    counted.count = 0;
  }
}

/** Whether an element is the root of a Cobertura file; that of Clover has the same name. */
function isCobertura(
  name: string,
  attribute: (name: string) => string | undefined,
): boolean {
  return name === "coverage" &&
    ["clover", "generated"].every((one) => attribute(one) === undefined);
}

/** The path of a file: in the folder of the sources, if there is only one and its path is absolute. */
function pathOf(file: string, sources: readonly string[]): string {
  const [folder = ""] = sources;
  const isInside = sources.length === 1 && folder.startsWith("/") &&
    !/^(?:\/|\w:)/.test(file);
  const path = isInside ? `${folder.replace(/\/+$/, "")}/${file}` : file;
  return shortened(path, MAX_PATH);
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
