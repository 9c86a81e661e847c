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
  return {
    headline: "Cannot use the Compose file: it is invalid" +
      (place ? ` (${place})` : ""),
    why: detail,
    ...(location && { location }),
    ...(evidence && { evidence }),
    next: "docker compose config",
    ...(about && aboutText(about)),
  };
}

/** The words for a thing that is missing or wrong outside of the file's lines. */
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
    case "env-file":
      return { ...common, headline: `Cannot find the env file ${name}` };
    case "file":
      return {
        ...common,
        headline: `Cannot find ${name}, a Compose file or a file that it names`,
      };
    case "name":
      return {
        headline: `Cannot use the project name "${name}"`,
        next: `export COMPOSE_PROJECT_NAME=${legalName(name)}`,
      };
    case "v1":
      return {
        ...common,
        headline: `Cannot use ${name}: it is a file of Compose v1`,
        why:
          "its services are at the top, and Compose v2 wants them below services:",
      };
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
