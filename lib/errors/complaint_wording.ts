/**
 * The wording of Compose's complaints about its files.
 *
 * @module
 */

import type { Explanation } from "./explanation.ts";
import type { Complaint, Location } from "./failure.ts";

/** A complaint of Compose in words. */
export function complaintText(
  complaint: Complaint & { location?: Location },
): Explanation {
  const { detail, about, location, line, warnings = [] } = complaint;
  const place = location && placeText(location);
  const evidence = line !== undefined && place
    ? { title: place, lines: [line] }
    : warnings.length > 0
    ? { title: "Compose's warnings", lines: warnings }
    : undefined;
  const words = about
    ? aboutText(about)
    : { headline: "Cannot use the Compose file: it is invalid" };
  return {
    why: detail,
    ...(location && { location }),
    ...(evidence && { evidence: [evidence] }),
    next: /^invalid interpolation format/m.test(detail)
      ? "write ${NAME} for a variable, and $$ for any other $"
      : "docker compose config",
    ...words,
    headline: words.headline + (place ? ` (${place})` : ""),
  };
}

/** The words for a thing that is missing or wrong, and not only in a line of the file. */
function aboutText(
  { what, name, next }: NonNullable<Complaint["about"]>,
): Pick<Explanation, "headline"> & Partial<Explanation> {
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
        next: "write each of its lines as NAME=VALUE",
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
        next: next?.replace("NAME", legalName(name)) ??
          `export COMPOSE_PROJECT_NAME=${legalName(name)}`,
      };
    case "v1":
    case "empty":
    case "no-mapping":
    case "conflict":
      return { ...common, ...fileText(what, name) };
  }
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

/** A name of a project that Compose takes: https://docs.docker.com/compose/how-tos/project-name/. */
function legalName(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9_-]/g, "")
    .replace(/^[_-]+/, "") || "app";
}

/** A place in the form that terminals and editors open, such as "docker-compose.yml:12:5". */
export function placeText({ file, line, column }: Location): string {
  return `${file}:${line}:${column}`;
}
