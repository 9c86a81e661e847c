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
  { what, name, wanted = ".env", example }: NonNullable<Complaint["about"]>,
): Pick<Explanation, "headline"> & Partial<Explanation> {
  const copy = example === undefined
    ? undefined
    : `cp ${word(example)} ${word(wanted)}   # then check the values in it`;
  switch (what) {
    case "variable":
      return {
        headline:
          `Cannot use the Compose file: the variable ${name} is not set`,
        next: copy ??
          `echo ${name}= >> ${word(wanted)}   # then write its value there`,
      };
    case "env-file":
      return {
        headline: `Cannot find the env file ${name}`,
        next: copy ?? `touch ${word(name)}   # or: required: false`,
      };
    case "file":
      return {
        headline: `Cannot find ${name}, which the Compose file names`,
        next: "docker compose config",
      };
    case "name":
      return {
        headline: `Cannot use the project name "${name}"`,
        next: `export COMPOSE_PROJECT_NAME=${legalName(name)}`,
      };
    case "v1":
      return {
        headline: `Cannot use ${name}: it is a file of Compose v1`,
        why:
          "its services are at the top, and Compose v2 wants them below services:",
        // Not onto a name that Compose reads: the shell would empty that file first.
        next: `{ echo services:; sed 's/^/  /' ${
          word(name)
        }; } > compose.v2.yaml`,
      };
  }
}

/** A name of a project that Compose takes: https://docs.docker.com/compose/how-tos/project-name/. */
function legalName(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9_-]/g, "")
    .replace(/^[_-]+/, "") || "app";
}

/** A path as a word of a shell. */
function word(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}

/** A place in the form that terminals and editors open, such as "docker-compose.yml:12:5". */
export function placeText({ file, line, column }: Location): string {
  return `${file}:${line}:${column}`;
}
