/**
 * Checks of one-shots: services that end by themselves, and for whose end no service waits.
 *
 * @module
 */

import { policyOf } from "../../compose/candidate.ts";
import type { Check } from "../project/check.ts";
import type { Part } from "../project/project.ts";
import { dependsOnLines } from "./depends_on.ts";

/** Names of services that prepare something for others and end; fewer than the names of one-shots, because advice must be right. */
const NAMES =
  /^(migrate|migrator|migrations?)$|-migrations?$|^init-|-init$|^seed(s|er|ing)?([-_].*)?$/;

/** Commands that end, in any image. */
const COMMANDS: readonly RegExp[] = [
  /^(\/bin\/)?true$/,
  /\bmanage\.py (migrate|collectstatic|loaddata)\b/,
  /\balembic upgrade\b/,
  /\bflask db upgrade\b/,
  /\b(rails|rake) db:(migrate|prepare|schema:load|seed|setup)\b/,
  /\bprisma (migrate deploy|db push|db seed)\b/,
  /\bartisan (migrate|db:seed)\b/,
  /\b(knex migrate:latest|sequelize(-cli)? db:migrate|typeorm migration:run)\b/,
];

/** Whether a service certainly ends by itself: nothing of it is made to stay. */
function endsByItself({ name, raw, health }: Part): boolean {
  const { ports = [], expose = [], command } = raw;
  const stays = ["always", "unless-stopped"].includes(policyOf(raw)) ||
    ports.length + expose.length > 0 || health.kind === "check";
  if (stays) return false;
  const line = (command ?? []).join(" ");
  // Behind a migration, a command of the shell often starts a server.
  const isOne = !/[;&|\n]/.test(line);
  return NAMES.test(name) ||
    isOne && COMMANDS.some((ends) => ends.test(line));
}

/** Plain `depends_on` waits until a one-shot has started, and not until it is done. */
const startedOneShots: Check = ({ parts, workflow }) => {
  const { release, test } = workflow;
  const roles = [
    ...release.apps.map(({ service }) => service),
    ...test.services,
    release.acceptance,
  ];
  const ending = parts.filter((part) =>
    !roles.includes(part.name) && endsByItself(part)
  ).map(({ name }) => name);
  return parts.flatMap((part) =>
    part.service.dependsOn
      .filter(({ service, condition }) =>
        condition === "service_started" && ending.includes(service) &&
        !part.raw.volumes_from?.some((from) => from.split(":")[0] === service)
      )
      .map(({ service }) => ({
        id: "started-one-shot",
        severity: "warning" as const,
        title: `"${part.name}" does not wait until "${service}" is done`,
        why:
          "a one-shot ends by itself, and plain depends_on waits only until it has started: service_completed_successfully waits until it has ended with exit code 0",
        at: ["services", part.name, "depends_on", service],
        fix: dependsOnLines(
          part,
          new Map([[service, "service_completed_successfully"]]),
        ),
        group: {
          all: "Services do not wait until one-shots are done",
          one: `"${part.name}" does not wait for "${service}"`,
        },
      }))
  );
};

/** The checks of one-shots. */
export const oneShotChecks: readonly Check[] = [startedOneShots];
