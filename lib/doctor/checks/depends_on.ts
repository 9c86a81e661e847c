/**
 * The lines of `depends_on` to paste.
 *
 * @module
 */

import type { Condition } from "../../compose/raw_service.ts";
import { yamlWord } from "../project/paste.ts";
import type { Part } from "../project/project.ts";

/** All dependencies of a service, because a list of them cannot have conditions; those in `changed` wait for another one. */
export function dependsOnLines(
  { raw: { depends_on: all = {} } }: Part,
  changed: ReadonlyMap<string, Condition>,
): string {
  const lines = Object.entries(all).flatMap(([name, needed]) => [
    `  ${yamlWord(name)}:`,
    `    condition: ${changed.get(name) ?? needed.condition}`,
    ...(needed.required === false ? ["    required: false"] : []),
  ]);
  return ["depends_on:", ...lines].join("\n");
}
