/**
 * Words each kind of failure.
 *
 * @module
 */

import { ATTEST_WORDING } from "./attest_wording.ts";
import type { Explanation, Wording } from "./explanation.ts";
import type { Failure } from "./failure.ts";
import { complaintText, placeText } from "./complaint_wording.ts";
import { MACHINE_WORDING } from "./machine_wording.ts";
import { OWNERSHIP_WORDING } from "./ownership_wording.ts";
import { PUBLISH_WORDING } from "./publish_wording.ts";
import { roleText } from "./role_wording.ts";
import { STEP_WORDING } from "./step_wording.ts";
import { withoutSuffix } from "../text/project_name.ts";
import { toShell } from "../text/shell.ts";
import { PLAIN, type Typing } from "./typing.ts";
import { USAGE_WORDING } from "./usage_wording.ts";

const WORDING: Wording = {
  ...USAGE_WORDING,
  "many-tests": ({ services, args }, typing) => ({
    headline: `Cannot tell which test service gets "${args.join(" ")}"`,
    why: `there are ${services.length}: ${services.join(", ")}`,
    next: `${typing.target(["test"])}   # without arguments`,
  }),
  "no-directory": (
    { directory, isThere, around = ".", folders = [], near },
    typing,
  ) => ({
    headline: `Cannot use "-C ${directory}": ` +
      (isThere ? "it is not a directory" : "no such directory"),
    ...(!isThere && folders.length > 0 && {
      why: `the directories in ${around} are: ${folders.join(", ")}`,
    }),
    next: near === undefined
      ? toShell(["ls", around])
      : typing.again({ directory: near }),
  }),
  "illegal-version": ({ version }) => ({
    headline: `Cannot use APP_VERSION "${version}": not a legal image tag`,
    why:
      "a tag has at most 128 letters, digits, '_', '.' and '-', and starts with neither '.' nor '-'",
    next: "unset APP_VERSION   # the version is then the git commit",
  }),
  "long-project": ({ name, most }, typing) => ({
    headline:
      `Cannot use a project name of ${name.length} characters, at most ${most} are possible`,
    why: `the project would be ${name}`,
    next: typing.again({ project: name.slice(0, SHORT_NAME) }),
  }),
  "reserved-project": ({ name }, typing) => ({
    headline: `Cannot use the project name "${name}": its suffix is reserved`,
    why: "todoflow takes what it finds in such a project for its own",
    next: typing.again({ project: withoutSuffix(name) }),
  }),
  "no-compose-file": ({ directory, near = [] }, typing) => ({
    headline: `Cannot find a Compose file in ${directory}`,
    why: "no compose.yaml or docker-compose.yml in it or in a folder above" +
      (near.length === 0 ? "" : `, but there is ${near.join(", ")}`),
    next: near.length === 0
      ? `${typing.target(["init"])}   # prints one`
      : typing.again({ files: near.slice(0, 1) }),
  }),
  "invalid-compose-file": complaintText,
  "invalid-config": ({ path, problem, nearest, location }, typing) => ({
    headline: `Cannot use "${path.join(".")}"` +
      (location ? ` (${placeText(location)}): ` : ": ") + problem +
      (nearest ? `, did you mean "${nearest}"?` : ""),
    ...(location && { location }),
    next: `${
      typing.target(["release", "--dry-run"])
    }   # checks the block, runs nothing`,
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
  "many-test-files": ({ files, flag = files[0]!, services }, typing) => {
    const named = typing.target(["test"], { files: [flag] });
    return {
      headline: services.length > 0
        ? "Cannot test: the Compose file and a file of tests beside it run tests"
        : `Cannot test: ${files.length} files run tests`,
      why: [...services.map((name) => `"${name}"`), ...files].join(", "),
      next: services.length > 0
        ? `x-todoflow: {test: {service: ${
          services[0]
        }}}   # in the Compose file; or: ${named}`
        : named,
    };
  },
  "unsupported": ({ feature, advice, location }) => ({
    headline: `Cannot use ${feature}` +
      (location ? ` (${placeText(location)})` : "") + ": not supported",
    ...(location && { location }),
    next: advice,
  }),
  ...MACHINE_WORDING,
  ...OWNERSHIP_WORDING,
  ...PUBLISH_WORDING,
  ...ATTEST_WORDING,
  ...STEP_WORDING,
};

/** The length of a name of a project that is proposed instead of a longer one. */
const SHORT_NAME = 60;

/**
 * Words a failure. This is the only place that does.
 *
 * @param typing writes the commands to type next; without it they have no flags
 */
export function explain(failure: Failure, typing = PLAIN): Explanation {
  // The table is indexed by the failure's own kind, which TypeScript cannot follow.
  const word = WORDING[failure.kind] as (
    failure: Failure,
    typing: Typing,
  ) => Explanation;
  const explanation = word(failure, typing);
  const { step, gone } = { step: undefined, gone: undefined, ...failure };
  const why = [explanation.why, gone].filter(Boolean).join("\n");
  return {
    ...explanation,
    ...(step !== undefined && { step }),
    ...(gone !== undefined && { why }),
  };
}
