/**
 * Reads the complaints of Compose about its files.
 *
 * @module
 */

import { basename } from "node:path";
import type { Location } from "../errors/location.ts";
import type { Complaint } from "../errors/failure.ts";
import { type HelpOptions, wholeFile, withCommand } from "./complaint_help.ts";
import {
  envFilePlace,
  lineAt,
  onlyLineWith,
  placeOf,
} from "./complaint_place.ts";

/** The complaint in what `docker compose config` has written to stderr. Its warnings are kept apart from its error. */
export function complaintIn(stderr: string): Complaint {
  const lines = stderr.trim().split("\n").map((line) => line.trim());
  const warnings = lines.flatMap((line) => WARNING.exec(line)?.[1] ?? [])
    .map((text) => text.replaceAll('\\"', '"'));
  const detail = lines.filter((line) => !WARNING.test(line)).join("\n")
    // The rest is text of an env file.
    .replace(/^(.*line \d+: .*(?:in variable name|quoted value)).*$/s, "$1");
  const about = aboutOf(detail);
  return {
    detail: detail || stderr.trim(),
    ...(warnings.length > 0 && { warnings: [...new Set(warnings)] }),
    ...(about && { about }),
  };
}

/** A line of Compose's log, as it is written to a pipe. */
const WARNING = /^time="[^"]*" level=warning msg="(.*)"$/;

/** The subjects of complaints, in the words of Compose 2.20 to 5, and of its library compose-go. */
const ABOUT: readonly [RegExp, NonNullable<Complaint["about"]>["what"]][] = [
  [/required variable (\w+) is missing a value/, "variable"],
  [/^env file (.+?) not found: /m, "env-file"],
  [/^Couldn't find env file: (.+)$/im, "env-file"],
  [
    /^(?:failed to read (.+): )?line \d+: .*(?:variable name|key cannot|quoted value)/m,
    "env-line",
  ],
  [/^(?:open|read) (.+?): is a directory$/m, "folder"],
  [/^(\S+) is a directory$/m, "folder"],
  [/^(?:open|read) (.+?): permission denied$/m, "unreadable"],
  [/^(?:open|stat) (.+?): no such file or directory$/m, "file"],
  [/invalid project name "([^"]*)"/, "name"],
  [/project name must not be (empty)/, "name"],
];

/** A complaint about a thing that a service names, and that no file defines. */
const UNDEFINED =
  /refers to undefined (?:build )?(\w+) (\S+?)(?=:? |$)|depends on (?:undefined|unknown) (service) "?([^"\s]+)/;

function aboutOf(detail: string): Complaint["about"] {
  for (const [words, what] of ABOUT) {
    const found = words.exec(detail);
    const [, name = "of a service"] = found ?? [];
    if (found) return { what, name: name === "empty" ? "" : name };
  }
  const [, kind, name, service, needed] = UNDEFINED.exec(detail) ?? [];
  return kind ?? service
    ? { what: "undefined", name: `${kind ?? service} "${name ?? needed}"` }
    : undefined;
}

/** Adds the facts that are in the files: the place and its line, the command that helps, an old format. */
export async function withPlace(
  complaint: Complaint,
  options: HelpOptions,
): Promise<Complaint & { location?: Location }> {
  const { readTextFile, shown } = options;
  const { detail } = complaint;
  const about = complaint.about
    ? await withCommand(complaint.about, options)
    : await wholeFile(detail, options) ??
      await unsetVariable(complaint, options);
  const envFile = complaint.about?.what === "env-file"
    ? complaint.about.name
    : undefined;
  const place = envFile === undefined
    ? await placeOfComplaint({ ...complaint, about }, options)
    : await envFilePlace(envFile, options);
  const told = {
    ...complaint,
    ...(about && {
      about: place && about.what === "env-line"
        ? { ...about, name: shown(place.file) }
        : about,
    }),
  };
  if (!place) return told;
  const location = { ...place, file: shown(place.file) };
  // A line of an env file is a value.
  const line = about?.what === "env-line"
    ? undefined
    : await lineAt(place, readTextFile);
  const isSecret = line?.endsWith("***");
  return {
    ...told,
    ...(isSecret && { detail: detail.replace(/^(.*\$\.)\n.*$/s, "$1") }),
    location,
    ...(line !== undefined && { line }),
  };
}

/** Words about a value that is empty, such as the port in "0.0.0.0:${PORT}:80". */
const EMPTY_VALUE =
  /empty section between colons|No port specified|<empty>|invalid (spec|proto|reference format|containerPort|hostPort)/i;

/** A variable without a value that may be the cause, if an example of `.env` gives it one. */
async function unsetVariable(
  { detail, warnings = [] }: Complaint,
  options: HelpOptions,
): Promise<Complaint["about"]> {
  const [name] = warnings.flatMap((text) =>
    /^The "(\w+)" variable is not set/.exec(text)?.[1] ?? []
  );
  if (name === undefined || !EMPTY_VALUE.test(detail)) return undefined;
  const about = await withCommand({ what: "variable", name }, options);
  return about.next?.startsWith("cp ") ? about : undefined;
}

/** The place of a complaint, if a line of a file can be blamed. */
async function placeOfComplaint(
  { detail, about }: Pick<Complaint, "detail"> & { about: Complaint["about"] },
  options: HelpOptions,
): Promise<Location | undefined> {
  switch (about?.what) {
    case undefined:
    case "undefined":
      return await placeOf(detail, options);
    case "conflict":
      return await onlyLineWith("<<<<<<< ", options);
    case "file":
      return await onlyLineWith(basename(about.name), options);
    case "env-line": {
      const [, line] = /\bline (\d+): /.exec(detail) ?? [];
      const isNamed = about.name.startsWith("/");
      return isNamed && line !== undefined
        ? { file: about.name, line: Number(line), column: 1 }
        : undefined;
    }
  }
  return undefined;
}
