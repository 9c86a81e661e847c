/**
 * Compares the guesses of a release with those of the release before: a guess that differs may be a mistake.
 *
 * @module
 */

import type { Plan } from "../plan/plan.ts";
import type { Acceptance } from "./acceptance.ts";

/** A role that a guess gives to another service than an earlier release. */
export interface Unconfirmed {
  /** The role. */
  role: "app" | "acceptance";
  /** The service that has the role now. */
  service: string;
  /** The service that had it, or several with `, ` between them. */
  before: string;
}

/** The roles in an earlier release. */
export interface Guessed {
  apps?: readonly string[];
  acceptance?: Pick<Acceptance, "service">;
  unconfirmed?: readonly Unconfirmed[];
}

/**
 * The guesses that differ from an earlier release; none without one. A guess that differed already there still differs from
 * what was there before it: a second release confirms nothing.
 */
export function changedGuesses(
  { guesses = [] }: Pick<Plan, "guesses">,
  before: Guessed | undefined,
): Unconfirmed[] {
  const had = {
    app: before?.apps ?? [],
    acceptance: before?.acceptance ? [before.acceptance.service] : [],
  };
  return guesses.flatMap(({ role, service }) => {
    if (role !== "app" && role !== "acceptance") return [];
    const open = before?.unconfirmed?.find((other) => other.role === role);
    const services = open ? open.before.split(SEPARATOR) : had[role];
    return services.length === 0 || services.includes(service)
      ? []
      : { role, service, before: services.join(SEPARATOR) };
  });
}

/** Between the services that had a role; no service has it in its name. */
const SEPARATOR = ", ";

/** Such as `the app is "web" now, and was "api" in an earlier release`. */
export function changedText({ role, service, before }: Unconfirmed): string {
  const what = role === "app" ? "the app is" : "acceptance is";
  return `${what} "${service}" now, and was "${before}" in an earlier release`;
}

/** The line of the Compose file that confirms a guess. */
export function confirmText({ role, service }: Unconfirmed): string {
  return `x-todoflow: {release: {${role}: ${service}}}`;
}
