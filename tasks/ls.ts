/**
 * `todoflow ls`: lists the projects that are released or running on this machine.
 *
 * @module
 */

import type { Listed, Unreadable } from "../lib/state/list.ts";
import { noCommand, plainLine } from "../lib/text/plain_line.ts";
import { cells, pad } from "../lib/text/width.ts";
import type { RunTarget } from "../lib/target.ts";

const HEADER = ["PROJECT", "DIRECTORY", "VERSION", "URL", "AGE", "HOLDER"];

/** As `docker compose ls`, for the projects of todoflow. */
export const ls: RunTarget = {
  kind: "run",
  name: "ls",
  summary: "List what is released or running on this machine",
  details:
    "Prints a line for each project that this user has released or runs a target\n" +
    "in: folder, version, URL, age, and the run that holds it. Lists dead runs,\n" +
    "too: the next test, release or clean removes their leftovers.",
  flags: [{ name: "json", summary: "Print one JSON object per line" }],
  run: async ({ given: { flags }, world, surroundings }) => {
    const { currentRecords, unreadable } = await import(
      "../lib/state/current.ts"
    );
    const records = await currentRecords(surroundings);
    world.stdout.write(listText(records, {
      isJson: flags.has("json"),
      now: Date.now(),
      unreadable: await unreadable(surroundings),
    }));
    return 0;
  },
};

/** How {@linkcode listText} shows records. */
interface ListOptions {
  /** One JSON object a line instead of a table. */
  isJson: boolean;
  /** In ms since 1970. */
  now: number;
  /** The records that this version cannot read. */
  unreadable: readonly Unreadable[];
}

/** The records as lines. */
export function listText(
  records: readonly Listed[],
  { isJson, now, unreadable }: ListOptions,
): string {
  if (isJson) {
    return [...records.map(dataOf), ...unreadable.map(unreadableData)]
      .map((data) => `${JSON.stringify(data)}\n`).join("");
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

/** Milliseconds as the largest unit that fits, such as "3m". */
function age(ms: number): string {
  if (Number.isNaN(ms)) return "-";
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const units = [[86_400, "d"], [3_600, "h"], [60, "m"]] as const;
  const [size, unit] = units.find(([size]) => seconds >= size) ?? [1, "s"];
  return `${Math.floor(seconds / size)}${unit}`;
}

/** A table. Its texts are untrusted: any program can choose names of folders and versions. */
function table(texts: readonly (readonly string[])[]): string {
  const rows = texts.map((row) =>
    row.map((cell) => plainLine(cell, { color: false }))
  );
  const widths = HEADER.map((_, i) =>
    Math.max(...rows.map((row) => cells(row[i]!)))
  );
  const lines = rows.map((row) =>
    row.map((cell, i) => pad(cell, widths[i]!)).join("  ").trimEnd()
  );
  return lines.map((line) => `${noCommand(line)}\n`).join("");
}
