/**
 * Checks of build arguments.
 *
 * @module
 */

import { execForm } from "../../compose/instructions.ts";
import { isSecretName } from "../../compose/secret_name.ts";
import type { Check } from "../project/check.ts";
import type { Draft } from "../project/finding.ts";
import { indented, withoutLine, yamlWord } from "../project/paste.ts";
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

/** The RUNs with the secret in place of the argument that they use, and the lines of the Compose file. */
function secretLines(name: string, { services, stage }: ProjectBuild): string {
  const id = name.toLowerCase();
  const reads = new RegExp(`\\$(${name}\\b|\\{${name}\\b)`);
  const mount = `--mount=type=secret,id=${id}`;
  const runs = (stage?.built ?? []).filter(({ keyword, rest }) =>
    keyword === "RUN" && reads.test(rest) && execForm(rest) === undefined
  ).map(({ flags, rest }) =>
    `${
      ["RUN", ...flags, mount].join(" ")
    } export ${name}="$(cat /run/secrets/${id})" && ${rest}`
  );
  // No RUN has a use for it.
  if (runs.length === 0) return withoutLine(`ARG ${name}`);
  const uses = services.map((service) =>
    `${yamlWord(service)}:\n  build:\n    secrets: [${yamlWord(id)}]`
  ).join("\n");
  return `${runs.join("\n")}
# and in the Compose file, instead of the argument:
services:
${indented(uses)}
secrets:
  ${yamlWord(id)}:
    environment: ${yamlWord(name)}`;
}

/** The checks of build arguments. */
export const argumentChecks: readonly Check[] = [secretArguments];
