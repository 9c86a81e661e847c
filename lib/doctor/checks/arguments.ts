/**
 * Checks of build arguments.
 *
 * @module
 */

import { isSecretName } from "../../compose/secret_name.ts";
import type { Check } from "../project/check.ts";
import type { Draft } from "../project/finding.ts";
import { indented, yamlWord } from "../project/paste.ts";
import { placeOf, type ProjectBuild } from "../project/build.ts";

/** Arguments that are named like secrets: their values stay in the history of the image that a RUN makes with them. */
const secretArguments: Check = ({ builds }) =>
  builds.flatMap((one) => {
    const { build, stage, services: [service = ""] } = one;
    const declared = (stage?.built ?? []).flatMap((instruction) =>
      instruction.keyword !== "ARG" ? [] : instruction.words.map((word) => ({
        name: word.replace(/=.*/s, ""),
        instruction,
      }))
    );
    const names = new Set([
      ...declared.map(({ name }) => name),
      ...Object.keys(build.args),
    ]);
    return [...names].filter(isSecretName).map((name): Draft => {
      const by = declared.find((one) => one.name === name)?.instruction;
      return {
        id: "secret-build-argument",
        severity: "warning",
        title: `The build argument "${name}" stays in the image's history`,
        why:
          "anyone who has the image can read its value: docker history --no-trunc IMAGE; a build secret exists only while its RUN runs",
        at: by
          ? placeOf(one, by)
          : ["services", service, "build", "args", name],
        fix: secretLines(name, one),
        group: {
          all: "Build arguments that are secrets stay in images' histories",
          one: `"${name}"`,
        },
      };
    });
  });

/** The lines of a RUN and of the Compose file that replace the argument. */
function secretLines(name: string, { services }: ProjectBuild): string {
  const id = name.toLowerCase();
  const uses = services.map((service) =>
    `${yamlWord(service)}:\n  build:\n    secrets: [${yamlWord(id)}]`
  ).join("\n");
  return `RUN --mount=type=secret,id=${id} ${name}="$(cat /run/secrets/${id})" COMMAND
# and in the Compose file, instead of the argument:
services:
${indented(uses)}
secrets:
  ${yamlWord(id)}:
    environment: ${yamlWord(name)}`;
}

/** The checks of build arguments. */
export const argumentChecks: readonly Check[] = [secretArguments];
