/**
 * Finds the roles that no service has, and words them with the lines that give them to one.
 *
 * @module
 */

import { missingRole } from "../../compose/graph.ts";
import type { NoRole } from "../../errors/failure.ts";
import { entryText, sectionOf } from "../../errors/role_wording.ts";
import { type Draft, failureDraft } from "./finding.ts";
import { indented } from "./paste.ts";
import type { Project } from "./project.ts";

/** `test` needs tests, `release` its app: all that is missing is one finding, with one block to paste. */
export function missingRoles(
  { workflow, testCommand: command }: Pick<Project, "workflow" | "testCommand">,
): Draft[] {
  const { block, test, release } = workflow;
  const roles = [
    ...(test.services.length > 0 ? [] : [["test", "test"] as const]),
    ...(release.apps.length > 0 ? [] : [["app", "release"] as const]),
  ];
  const missing = roles.map(([role, target]) => ({
    ...missingRole(role, workflow, target),
    ...(command && { command }),
  }));
  const [first] = missing;
  if (!first) return [];
  const drafts = missing.map((failure) => failureDraft(failure));
  const text = missing.map(sectionText).join("\n");
  // Without tests, a release works all the same.
  const isHarmless = missing.length === 1 && first.role === "test" &&
    first.candidates.length === 0;
  return [{
    ...drafts[0]!,
    severity: isHarmless ? "warning" : "error",
    title: drafts.map(({ title }) => title).join("; "),
    at: block ? ["x-todoflow"] : ["services"],
    fix: block ? `# in x-todoflow:\n${text}` : `x-todoflow:\n${indented(text)}`,
  }];
}

function sectionText(failure: NoRole): string {
  return `${sectionOf(failure)}:\n${indented(entryText(failure).join("\n"))}`;
}
