/**
 * Words for a role that no service has, with the lines that give it to one.
 *
 * @module
 */

import type { Explanation } from "./explanation.ts";
import type { NoRole } from "./failure.ts";
import type { Typing } from "./typing.ts";

/** The roles in words. */
const SUBJECTS = {
  app: "app",
  test: "tests",
  acceptance: "acceptance tests",
} as const;

/** How many candidates the headline names. */
const SHOWN = 5;

/** The failure in words; `next` is YAML for the Compose file. */
export function roleText(failure: NoRole, typing: Typing): Explanation {
  const { role, target, candidates, known } = failure;
  const shown = candidates.slice(0, SHOWN).map((name) => `"${name}"`);
  const more = candidates.length - shown.length;
  const names = shown.join(", ") + (more > 0 ? ` or one of ${more} more` : "");
  const services = `its services are: ${known.join(", ") || "none"}`;
  const { file = "the Compose file" } = failure;
  const next = known.length === 0
    ? `add a service to ${file}, such as app: {build: .}`
    : nextText(failure, typing);
  if (candidates.length > 1) {
    return {
      headline: `Cannot ${target}: the ${SUBJECTS[role]} may be ${names}`,
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
function nextText(failure: NoRole, typing: Typing): string {
  const { role, candidates, block, app, file = "the Compose file" } = failure;
  if (role === "test" && candidates.length === 0 && !failure.command) {
    // No file tells how to test, and an invented command would fail.
    return app === undefined
      ? `${typing.target(["doctor"])}   # says what the Compose file lacks`
      : `${
        typing.target(["release"])
      }   # needs no tests; x-todoflow.test.run is a command that tests "${app}"`;
  }
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
  const all = role === "acceptance"
    ? ""
    : `, or all: [${candidates.join(", ")}]`;
  const more = candidates.length > 1 && candidates.length <= SHOWN
    ? `; or ${candidates.slice(1).join(", or ")}${all}`
    : "";
  return `${text}   # in ${where === "" ? file : `${where} of ${file}`}${more}`;
}

/** The section of `x-todoflow` that the role belongs to. */
export function sectionOf({ role }: Pick<NoRole, "role">): string {
  return role === "test" ? "test" : "release";
}

/** The entries of the section that name the role. */
export function entryText(
  { role, candidates, known, app, command = ["make", "test"] }: NoRole,
): string[] {
  const [first = known[0] ?? "app"] = candidates;
  if (role !== "test") return [`${role}: ${first}`];
  if (candidates.length > 0) return [`service: ${first}`];
  const run = `run: [${command.map(word).join(", ")}]`;
  // With one app, the tests run in its image.
  return app === undefined ? [`service: ${first}`, run] : [run];
}

/** A word as YAML, in a list in brackets. */
function word(text: string): string {
  return /^[a-zA-Z0-9./_][\w./=-]*$/.test(text) ? text : JSON.stringify(text);
}
