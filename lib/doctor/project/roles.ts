/**
 * Finds the roles that no service has, and words them with the lines that give them to one.
 *
 * @module
 */

import { relative } from "node:path";
import { missingRole } from "../../compose/graph.ts";
import type { Workflow } from "../../compose/workflow.ts";
import type { NoRole } from "../../errors/failure.ts";
import { lastWord } from "../../image_name.ts";
import { entryText, sectionOf } from "../../errors/role_wording.ts";
import type { Guess } from "../../plan/plan.ts";
import { type Draft, type Fact, failureDraft } from "./finding.ts";
import { indented } from "./paste.ts";
import { baseOf, type Part, type Project } from "./project.ts";

/** `test` needs tests, `release` its app: all that is missing is one finding, with one block to paste. */
export function missingRoles(
  project: Pick<Project, "workflow" | "testCommand" | "testFile" | "parts">,
): Draft[] {
  const { workflow, testCommand: command, testFile } = project;
  const { block, test, release } = workflow;
  const hasTests = test.services.length > 0 || testFile !== undefined;
  const roles = [
    ...(hasTests ? [] : [["test", "test"] as const]),
    ...(release.apps.length > 0 ? [] : [["app", "release"] as const]),
  ];
  const missing = roles.map(([role, target]) => ({
    ...missingRole(role, workflow, target),
    ...(command && { command }),
  }));
  const [first] = missing;
  if (!first) return [];
  const drafts = missing.map((failure) => failureDraft(failure));
  const text = missing.flatMap((failure) => sectionText(failure, project))
    .join("\n");
  // Without tests, a release works all the same.
  const isHarmless = missing.length === 1 && first.role === "test" &&
    first.candidates.length === 0;
  return [{
    ...drafts[0]!,
    severity: isHarmless ? "warning" : "error",
    title: drafts.map(({ title }) => title).join("; "),
    at: block ? ["x-todoflow"] : ["services"],
    fix: text === ""
      ? ""
      : block
      ? `# in x-todoflow:\n${text}`
      : `x-todoflow:\n${indented(text)}`,
  }];
}

/** How many other candidates the lines name. */
const SHOWN = 4;

/** The section of `x-todoflow` that gives the role; none where no service can have it, or no command is known to work. */
function sectionText(
  failure: NoRole,
  { parts }: Pick<Project, "parts">,
): string[] {
  const { role, candidates, app, command = [] } = failure;
  const [first, ...others] = candidates;
  const part = parts.find(({ name }) => name === app);
  const works = first !== undefined ||
    role === "test" && part !== undefined && hasProgram(part, command);
  if (!works) return [];
  const shown = others.slice(0, SHOWN).join(", ");
  const rest = others.length - SHOWN;
  const more = shown === ""
    ? ""
    : `   # or ${shown}${rest > 0 ? `, or one of ${rest} more` : ""}`;
  const entries = entryText(failure).join("\n") + more;
  return [`${sectionOf(failure)}:\n${indented(entries)}`];
}

/** The official images that have the programs of test commands. */
const PROGRAMS: readonly [RegExp, RegExp][] = [
  [/^(npm|yarn|node|npx)$/, /^node$/],
  [/^(python3?|pytest)$/, /^python$/],
  [/^php|^vendor\//, /^php$/],
  [/^(bundle|rake|rspec|bin\/rails)$/, /^ruby$/],
  [/^go$/, /^golang$/],
  [/^cargo$/, /^rust$/],
  [/^mix$/, /^elixir$/],
  [/^mvn$/, /^maven$/],
  [/^deno$/, /^deno$/],
];

/** Whether the image of a service has the program of a command: a test in it needs what only another stage may have. */
function hasProgram(part: Part, command: readonly string[]): boolean {
  const [program = ""] = command;
  const base = baseOf(part) ?? "";
  // The standard library's runner is there in each Python project, with tests or without.
  if (command.includes("unittest")) return false;
  return PROGRAMS.some(([command, image]) =>
    command.test(program) && image.test(lastWord(base))
  );
}

/** The roles of services as facts, with the reasons where rules have found them; and the services that a release leaves out. */
export function roleFacts(
  { workflow, testFile }: Pick<Project, "workflow" | "testFile">,
  caller: string,
): Fact[] {
  const { test, release } = workflow;
  const { apps, setup, acceptance, others, left } = release;
  const entrances = apps.filter(({ service, entrance }) => service !== entrance)
    .map(({ entrance }) => entrance);
  const beside = testFile === undefined
    ? []
    : [`in ${relative(caller, testFile) || testFile}`];
  const fact = (
    name: string,
    values: readonly string[],
    isNeeded = false,
  ): Fact[] =>
    values.length === 0 && !isNeeded
      ? []
      : [{ name, value: values.join(", ") || "none", ok: values.length > 0 }];
  const told = (role: Guess["role"], services: readonly string[]) =>
    services.map((service) => withReason(service, role, workflow));
  return [
    ...fact("app", told("app", apps.map(({ service }) => service)), true),
    ...fact("entrance", told("entrance", entrances)),
    ...fact(
      "tests",
      beside.length > 0 ? beside : told("test", test.services),
      true,
    ),
    ...fact("one-shots", told("one-shot", setup.map(({ name }) => name))),
    ...fact("acceptance", told("acceptance", acceptance ? [acceptance] : [])),
    ...fact("also released", others),
    ...fact(
      "left out",
      left.map(({ service, reason }) => `${service} (${reason})`),
    ),
  ];
}

/** The service, and the reason why rules give it the role, if they do. */
function withReason(
  service: string,
  role: Guess["role"],
  { guesses }: Workflow,
): string {
  const guess = guesses.find((one) =>
    one.role === role && one.service === service
  );
  return guess ? `${service} (${guess.reason})` : service;
}
