/**
 * Causes: a variable is missing in the environment of the program.
 *
 * @module
 */

import type { Facts } from "./facts.ts";
import { at, type Context, type Row, type Told } from "./row.ts";

/** A variable in capitals, as those of an environment are. */
const NAME = "(?<name>[A-Z][A-Z\\d]{0,60}(?:_[A-Z\\d]{1,60}){0,9})";

/** The rows. */
export const SETTING_ROWS: readonly Row[] = [
  {
    // An environment and any other dictionary end alike.
    words: new RegExp(`^KeyError: '${NAME}'$`),
    cause: ({ name = "" }, context) =>
      isEnvironment(context) ? unset(name, context.facts) : undefined,
  },
  ...[
    // Shells.
    new RegExp(
      `: ${NAME}: (?:parameter (?:null or )?not set(?: or null)?|unbound variable)$`,
    ),
    // Go, django-environ, viper and what people write themselves.
    new RegExp(`[Ss]et the ${NAME} environment variable`),
    new RegExp(
      `[Ee]nvironment variables? [\`'"]?${NAME}[\`'"]? (?:is |was |must be |has to be )?(?:not (?:set|defined|found|provided|specified)|missing|unset|undefined|required|set$)`,
    ),
    new RegExp(
      `(?:[Mm]issing|[Rr]equired|[Uu]nset|[Uu]ndefined)(?: required)? (?:environment|env)(?:ironment)? variables?:? [\`'"]?${NAME}`,
    ),
    new RegExp(
      `\\b${NAME}[\`'"]? (?:environment variable|env(?:ironment)? var) (?:is |was )?(?:not set|missing|unset|required)`,
    ),
    // The images of PostgreSQL, MySQL and MariaDB.
    new RegExp(`You must specify ${NAME}\\b`),
    new RegExp(
      `You need to specify one of(?: the following(?: as an environment variable)?:)? ${NAME}`,
    ),
  ].map((words): Row => ({
    words,
    cause: ({ name = "" }, { facts }) => unset(name, facts),
  })),
];

/** Whether the trace above comes from an environment. */
function isEnvironment({ lines, at }: Context): boolean {
  return lines.slice(Math.max(0, at - 4), at)
    .some((line) => /os\.environ|<frozen os>|\/os\.py"/.test(line));
}

function unset(name: string, facts?: Facts): Told {
  if (!facts) return `the variable ${name} has no value`;
  if (facts.variables.includes(name)) return undefined;
  return at(
    `"${facts.service}" has no value for the variable ${name}: set it in environment or env_file`,
    facts,
    { path: ["environment"] },
  );
}
