/**
 * Words each kind of failure.
 *
 * @module
 */

import type { Explanation, Wording } from "./explanation.ts";
import type { Failure } from "./failure.ts";
import { complaintText, placeText } from "./complaint_wording.ts";
import { MACHINE_WORDING } from "./machine_wording.ts";
import { OWNERSHIP_WORDING } from "./ownership_wording.ts";
import { PUBLISH_WORDING } from "./publish_wording.ts";
import { roleText } from "./role_wording.ts";
import { STEP_WORDING } from "./step_wording.ts";

const WORDING: Wording = {
  "unknown-target": ({ word, nearest }) => ({
    headline: `Unknown target "${word}"` +
      (nearest ? `: did you mean "${nearest}"?` : ""),
    next: "todoflow --help",
  }),
  "unknown-flag": ({ flag, target, nearest }) => ({
    headline: `Unknown flag "${flag}"` +
      (nearest ? `: did you mean "${nearest}"?` : ""),
    next: `todoflow ${target} --help`,
  }),
  "flag-value": ({ flag, problem }) => ({
    headline: `Cannot use "${flag}": ${problem}`,
  }),
  "unexpected-argument": ({ word, target }) => ({
    headline: `Unexpected argument "${word}"`,
    why: `the target "${target}" takes no arguments of its own`,
    next: `todoflow ${target} --help`,
  }),
  "argument": ({ target, word, expected }) => ({
    headline: word === undefined
      ? `Cannot use "${target}" alone: it needs one of ${expected.join(", ")}`
      : `Cannot use "${word}": expected one of ${expected.join(", ")}`,
    next: `todoflow ${target} --help`,
  }),
  "many-tests": ({ services, args }) => ({
    headline: `Cannot tell which test service gets "${args.join(" ")}"`,
    why: `there are ${services.length}: ${services.join(", ")}`,
    next: "todoflow test   # without arguments",
  }),
  "no-directory": ({ directory }) => ({
    headline: `Cannot use "-C ${directory}": no such directory`,
  }),
  "illegal-version": ({ version }) => ({
    headline: `Cannot use APP_VERSION "${version}": not a legal image tag`,
    why:
      "a tag has at most 128 letters, digits, '_', '.' and '-', and starts with neither '.' nor '-'",
    next: "unset APP_VERSION   # the version is then the git commit",
  }),
  "long-project": ({ name, most }) => ({
    headline:
      `Cannot use a project name of ${name.length} characters, at most ${most} are possible`,
    why: `the project would be ${name}`,
    next: "todoflow release -p NAME   # a shorter name",
  }),
  "reserved-project": ({ name }) => ({
    headline: `Cannot use the project name "${name}": its suffix is reserved`,
    why: "todoflow takes what it finds in such a project for its own",
    next: "todoflow release -p NAME   # or change name: in the Compose file",
  }),
  "no-compose-file": ({ directory }) => ({
    headline: `Cannot find a Compose file in ${directory}`,
    why: "no compose.yaml or docker-compose.yml in it or in a folder above",
    next:
      "todoflow init   # prints one; or name it: -f FILE, or its folder: -C DIR",
  }),
  "invalid-compose-file": complaintText,
  "invalid-config": ({ path, problem, nearest, location }) => ({
    headline: `Cannot use "${path.join(".")}"` +
      (location ? ` (${placeText(location)}): ` : ": ") + problem +
      (nearest ? `, did you mean "${nearest}"?` : ""),
    ...(location && { location }),
    next: "todoflow release --dry-run   # checks the block, runs nothing",
  }),
  "lacking": ({ work, service, lack, why, next, location, line }) => ({
    headline: `Cannot ${work} "${service}": ${lack}` +
      (location ? ` (${placeText(location)})` : ""),
    ...(why !== undefined && { why }),
    ...(location && { location }),
    ...(location && line !== undefined &&
      { evidence: [{ title: placeText(location), lines: [line] }] }),
    next,
  }),
  "no-role": roleText,
  "no-start": ({ directory, language, why, next }) => ({
    headline: language === undefined
      ? `Cannot start a Dockerfile in ${directory}`
      : `Cannot start a Dockerfile for ${language} in ${directory}`,
    why,
    next,
  }),
  "many-test-files": ({ files, services }) => ({
    headline: services.length > 0
      ? "Cannot test: the Compose file and a file of tests beside it run tests"
      : `Cannot test: ${files.length} files run tests`,
    why: [...services.map((name) => `"${name}"`), ...files].join(", "),
    next: services.length > 0
      ? `x-todoflow: {test: {service: ${
        services[0]
      }}}   # in the Compose file; or: todoflow test -f ${files[0]}`
      : `todoflow test -f ${files[0]}`,
  }),
  "unsupported": ({ feature, advice, location }) => ({
    headline: `Cannot use ${feature}` +
      (location ? ` (${placeText(location)})` : "") + ": not supported",
    ...(location && { location }),
    next: advice,
  }),
  ...MACHINE_WORDING,
  ...OWNERSHIP_WORDING,
  ...PUBLISH_WORDING,
  ...STEP_WORDING,
};

/** Words a failure. This is the only place that does. */
export function explain(failure: Failure): Explanation {
  // The table is indexed by the failure's own kind, which TypeScript cannot follow.
  const word = WORDING[failure.kind] as (failure: Failure) => Explanation;
  const explanation = word(failure);
  const { step, gone } = { step: undefined, gone: undefined, ...failure };
  const why = [explanation.why, gone].filter(Boolean).join("\n");
  return {
    ...explanation,
    ...(step !== undefined && { step }),
    ...(gone !== undefined && { why }),
  };
}
