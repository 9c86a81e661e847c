/**
 * The wording of Compose's complaints about its files.
 *
 * @module
 */

import type { Explanation } from "./explanation.ts";
import { legalName } from "../text/project_name.ts";
import type { Location } from "./location.ts";
import type { Complaint } from "./failure.ts";
import type { Typing } from "./typing.ts";

type About = NonNullable<Complaint["about"]>;

/** A complaint of Compose in words. */
export function complaintText(
  complaint: Complaint & { location?: Location },
  typing: Typing,
): Explanation {
  const { detail, about, location, line, warnings = [] } = complaint;
  const place = location && placeText(location);
  const evidence = line !== undefined && place
    ? { title: place, lines: [line] }
    : warnings.length > 0
    ? { title: "Compose's warnings", lines: warnings }
    : undefined;
  const words = about
    ? aboutText(about, typing)
    : { headline: "Cannot use the Compose file: it is invalid" };
  return {
    why: detail,
    ...(location && { location }),
    ...(evidence && { evidence: [evidence] }),
    next: /^invalid interpolation format/m.test(detail)
      ? "write $$ for a $ that begins no variable"
      : `${typing.compose(["config"])}   # reads it again, once that is fixed`,
    ...words,
    headline: words.headline + (place ? ` (${place})` : ""),
  };
}

/** The words for a thing that is missing or wrong, and not only in a line of the file. */
function aboutText(
  about: About,
  typing: Typing,
): Pick<Explanation, "headline"> & Partial<Explanation> {
  const { what, name, next } = about;
  const common = next === undefined ? {} : { next };
  switch (what) {
    case "variable":
      return {
        ...common,
        headline:
          `Cannot use the Compose file: the variable ${name} is not set`,
      };
    case "undefined":
      return {
        ...common,
        headline: `Cannot use the Compose file: it defines no ${name}`,
      };
    case "env-file":
      return { ...common, headline: `Cannot find the env file ${name}` };
    case "env-line":
      return {
        headline: `Cannot read the env file ${name}`,
        next: "write each of its lines as a name, = and a value",
      };
    case "file":
      return {
        ...common,
        headline: `Cannot find ${name}, a Compose file or a file that it names`,
      };
    case "unreadable":
      return { ...common, headline: `Cannot read ${name}` };
    case "name":
      return {
        headline: `Cannot use the project name "${name}"`,
        next: typing.again({ project: legalName(name) }),
      };
    case "compose-file":
    case "folder":
      return namedText(about, typing);
    case "v1":
    case "empty":
    case "no-mapping":
    case "conflict":
      return { ...common, ...fileText(what, name) };
  }
}

/** The words for a file that the caller names and that is missing, or is a folder. */
function namedText(
  { what, name, next, folder = name, there = [], nearest, files }: About,
  typing: Typing,
): Pick<Explanation, "headline"> & Partial<Explanation> {
  return {
    headline: what === "folder"
      ? `Cannot read the Compose file ${name}: it is a folder`
      : `Cannot find the Compose file ${name}` +
        (nearest === undefined ? "" : `: did you mean "${nearest}"?`),
    why: (folder === "." ? "this folder has " : `${folder} has `) +
      (there.length === 0 ? "no Compose file" : there.join(", ")),
    ...(next !== undefined && { next }),
    ...(files && { next: typing.again({ files }) }),
  };
}

/** The words for a file that is wrong as a whole. */
function fileText(
  what: "v1" | "empty" | "no-mapping" | "conflict",
  name: string,
): Pick<Explanation, "headline"> & Partial<Explanation> {
  const headline = (problem: string) => `Cannot use ${name}: ${problem}`;
  const keys = "write its services below the key services:";
  switch (what) {
    case "v1":
      return {
        headline: headline("it is a file of Compose v1"),
        why:
          "its services are at the top, and Compose v2 wants them below services:",
      };
    case "empty":
      return { headline: headline("it is empty"), next: keys };
    case "no-mapping":
      // Compose's message may have the text of any file.
      return {
        headline: headline("it has no keys at its top"),
        why: "a Compose file begins with keys, such as services:",
        next: keys,
      };
    case "conflict":
      return { headline: headline("it has the marks of a merge conflict") };
  }
}

/** A place in the form that terminals and editors open, such as "docker-compose.yml:12:5". */
export function placeText({ file, line, column }: Location): string {
  return `${file}:${line}:${column}`;
}
