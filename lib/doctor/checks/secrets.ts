/**
 * Checks for passwords in the Compose file.
 *
 * @module
 */

import type { Check } from "../project/check.ts";
import type { Draft, Path } from "../project/finding.ts";
import { yamlWord } from "../project/paste.ts";
import { writtenAt } from "../project/place.ts";
import type { Project } from "../project/project.ts";
import { holdsPassword, isSecretValue } from "../project/secret_value.ts";

/** A password that the file gives a service. */
interface Literal {
  service: string;
  key: string;
  value: string;
  at: Path;
  /** Whether the environment is a list of `KEY=VALUE`. */
  isItem: boolean;
}

/** Values without a variable in them are the same everywhere, and in each clone. */
const literals: Check = (project) => {
  const all = project.parts
    .filter(({ name }) => project.application.has(name))
    .flatMap(({ name }) => literalsOf(name, project));
  return all.map((one): Draft => {
    const { service, key, at } = one;
    return {
      id: "secret-in-environment",
      severity: "advice",
      title: `The Compose file has a password of "${service}": ${key}`,
      why:
        "anyone who can read the repository knows it, and each machine has the same; git history keeps it, so a real one has to be replaced",
      at,
      fix: fixOf(one, all),
      group: {
        all: "The Compose file has passwords",
        one: `"${service}": ${key}`,
      },
    };
  });
};

function literalsOf(service: string, { written }: Project): Literal[] {
  const at = ["services", service, "environment"];
  const [environment, another] = writtenAt(written, at);
  // Each of several files may have it in a form of its own.
  if (another !== undefined) {
    return [];
  }
  const isItem = Array.isArray(environment);
  const entries: [string | number, string, unknown][] = isItem
    ? environment.map((item, i) => {
      const [, key = "", value] = /^([^=]*)=(.*)$/s.exec(`${item}`) ?? [];
      return [i, key, value];
    })
    : Object.entries(Object(environment))
      .map(([key, value]) => [key, key, value]);
  return entries.flatMap(([place, key, value]) => {
    if (typeof value !== "string" && typeof value !== "number") return [];
    const text = `${value}`;
    const isSecret = !text.includes("$") &&
      (isSecretValue(key, text) || holdsPassword(text));
    return isSecret
      ? [{ service, key, value: text, at: [...at, place], isItem }]
      : [];
  });
}

/** The entry with a variable, which has the service's name where services have different values. */
function fixOf(one: Literal, all: readonly Literal[]): string {
  const { service, key, isItem } = one;
  const isOne = all.every(({ key, value }) =>
    key !== one.key || value === one.value
  );
  const name = isOne
    ? key
    : `${service.toUpperCase().replace(/\W/g, "_")}_${key}`;
  const value = `\${${name}:?}`;
  const line = isItem ? `- ${key}=${value}` : `${yamlWord(key)}: ${value}`;
  return `${line}   # and in .env, which no commit has: ${name}=…`;
}

/** The checks for passwords. */
export const secretChecks: readonly Check[] = [literals];
