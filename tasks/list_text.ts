/**
 * The answer of `todoflow ls`: a table for people, or JSON lines for programs.
 *
 * @module
 */

import type { Listed, Unreadable } from "../lib/state/list.ts";
import { noCommand, plainLine } from "../lib/text/plain_line.ts";
import { age } from "../lib/text/units.ts";
import { jsonText } from "../lib/text/untrusted.ts";
import { cells, pad } from "../lib/text/width.ts";

const HEADER = ["PROJECT", "DIRECTORY", "VERSION", "URL", "AGE", "HOLDER"];

/** How {@linkcode listText} shows records. */
export interface ListOptions {
  /** A table, one JSON object a line, or one name of a project a line. */
  form: "table" | "json" | "names";
  /** In ms since 1970. */
  now: number;
  /** The records that this version cannot read. */
  unreadable: readonly Unreadable[];
}

/** The records as lines. */
export function listText(
  records: readonly Listed[],
  { form, now, unreadable }: ListOptions,
): string {
  if (form === "names") {
    return records.map(({ record }) => `${oneLine(record.project)}\n`).join("");
  }
  if (form === "json") {
    return [...records.map(dataOf), ...unreadable.map(unreadableData)]
      .map((data) => `${jsonText(data)}\n`).join("");
  }
  return table([
    HEADER,
    ...records.map((listed) => row(listed, now)),
    ...unreadable.map(unreadableRow),
  ]);
}

/** A record that this version cannot read, as data. */
function unreadableData({ file, problem }: Unreadable) {
  return { state: "unreadable", record: file, problem };
}

function unreadableRow({ key, file, problem }: Unreadable): string[] {
  // The part after the last dot names the engine.
  const project = key.replace(/\.[^.]*$/, "");
  return [project, file, "-", "-", "-", `cannot read the record: ${problem}`];
}

/** A record as data; a field without a value is absent. */
function dataOf({ record, held }: Listed) {
  const { project, directory, engine, left, run } = record;
  return {
    project,
    directory,
    engine,
    version: run?.version ?? left?.version,
    url: left?.url,
    since: run?.started ?? left?.since,
    state: run ? held ? "running" : "dead" : left?.what,
    holder: run && held
      ? { target: run.target, pid: run.pid, host: run.host }
      : undefined,
  };
}

function row(listed: Listed, now: number): string[] {
  const { project, directory, version, url, since, state, holder } = dataOf(
    listed,
  );
  return [
    project,
    directory,
    version ?? "-",
    url ?? "-",
    since ? age(now - Date.parse(since)) : "-",
    holder
      ? `${holder.target} (process ${holder.pid})`
      : state === "released"
      ? "-"
      : state ?? "-",
  ];
}

function oneLine(text: string): string {
  return noCommand(plainLine(text, { color: false }));
}

/** A table of untrusted texts, such as the names of folders and versions. */
function table(texts: readonly (readonly string[])[]): string {
  const rows = texts.map((row) => row.map(oneLine));
  const widths = HEADER.map((_, i) =>
    Math.max(...rows.map((row) => cells(row[i]!)))
  );
  const lines = rows.map((row) =>
    row.map((cell, i) => pad(cell, widths[i]!)).join("  ").trimEnd()
  );
  return lines.map((line) => `${noCommand(line)}\n`).join("");
}
