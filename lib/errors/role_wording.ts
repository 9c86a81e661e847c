/**
 * Words for a role that no service has, with the lines that give it to one.
 *
 * @module
 */

import type { Explanation } from "./explanation.ts";
import type { NoRole } from "./failure.ts";

/** The failure in words; `next` is YAML for the Compose file. */
export function roleText(failure: NoRole): Explanation {
  const { role, target, candidates, known } = failure;
  const names = candidates.map((name) => `"${name}"`).join(", ");
  const services = `its services are: ${known.join(", ") || "none"}`;
  const next = known.length === 0
    ? "todoflow doctor   # prints an example of a Compose file"
    : nextText(failure);
  if (candidates.length > 1) {
    return {
      headline: role === "app"
        ? `Cannot ${target}: the app may be ${names}`
        : `Cannot ${target}: the tests may be ${names}`,
      why: "neither names nor ports tell which",
      next,
    };
  }
  return {
    headline: role === "app"
      ? `Cannot ${target}: no service is an application`
      : `Cannot ${target}: no service runs tests`,
    why: services,
    next,
  };
}

/** The line that names the role, and the place where it belongs. */
function nextText(failure: NoRole): string {
  const { candidates, block, file = "the Compose file" } = failure;
  const section = sectionOf(failure);
  const entry = entryText(failure).join(", ");
  const where = block === undefined
    ? ""
    : block.includes(section)
    ? `x-todoflow.${section}`
    : "x-todoflow";
  const text = block === undefined
    ? `x-todoflow: {${section}: {${entry}}}`
    : block.includes(section)
    ? entry
    : `${section}: {${entry}}`;
  const more = candidates.length > 1
    ? `; or ${candidates.slice(1).join(", or ")}, or all: [${
      candidates.join(", ")
    }]`
    : "";
  return `${text}   # in ${where === "" ? file : `${where} of ${file}`}${more}`;
}

/** The section of `x-todoflow` that the role belongs to. */
export function sectionOf({ role }: Pick<NoRole, "role">): string {
  return role === "app" ? "release" : "test";
}

/** The entries of the section that name the role. */
export function entryText(
  { role, candidates, known, app, command = ["make", "test"] }: NoRole,
): string[] {
  const [first = known[0] ?? "app"] = candidates;
  if (role === "app") return [`app: ${first}`];
  if (candidates.length > 0) return [`service: ${first}`];
  const run = `run: [${command.map(word).join(", ")}]`;
  // With one app, the tests run in its image.
  return app === undefined ? [`service: ${first}`, run] : [run];
}

/** A word as YAML, in a list in brackets. */
function word(text: string): string {
  return /^[a-zA-Z0-9./_][\w./=-]*$/.test(text) ? text : JSON.stringify(text);
}
