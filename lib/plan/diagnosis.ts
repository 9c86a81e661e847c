/**
 * Diagnoses a failed step: which container it was, its last lines, and their meaning.
 *
 * @module
 */

import type { Again, Diagnosis } from "../errors/failure.ts";
import { readImageName } from "../image_name.ts";
import { hookIn, hookLog } from "./hooks.ts";
import type { PostMortem } from "./post_mortem.ts";
import type { StepKind } from "./plan.ts";
import { goneMeanwhile, meaningIn } from "./meaning.ts";
import { meaningOf } from "./signs.ts";

/** The input of a diagnosis. */
export interface Findings {
  /** The kind of the step. */
  does: StepKind;
  /** The last lines of docker itself. */
  lines: readonly string[];
  /** The state of the service, in words that follow its name. */
  state?: string;
  container?: PostMortem;
  /** A service that was up before and has ended while the step needed it. */
  gone?: { service: string; container: PostMortem };
  /** Services that were not started because of the failure. */
  blocked: readonly string[];
  /** The folder of reports and logs, relative to the caller's working directory. */
  reports: string;
  again: Again;
}

/** The words of a registry for a user without the right to push. */
export const REFUSED =
  /denied|unauthorized|authentication required|no basic auth credentials/i;

/** The most lines that fit on one screen with the rest of the explanation. */
const SHOWN = 12;

/** Makes the diagnosis. */
export function diagnosis(
  { does, lines, state, container, gone, blocked, reports, again }: Findings,
): Diagnosis {
  if (does.kind === "push") return failedPush(does.reference, lines, again);
  const build = does.kind === "build"
    ? failedBuild(lines, does.services)
    : undefined;
  const service = "service" in does ? does.service : build?.service;
  const error = container?.error ?? "";
  const isUrl = does.kind === "url";
  // Each attempt at a URL says the same, and its reason is told once more at the end.
  const own = isUrl ? [...new Set(lines.toReversed())].toReversed() : lines;
  const said = own.some((line) => line.includes(error)) ? own : [...own, error];
  const { docker, hook } = hookIn(said);
  const meaning = gone ? goneMeanwhile(gone) : meaningIn({
    ...{ docker, container },
    reason: isUrl ? own.findLast(isReason) : undefined,
    build: build && { lines: excerpt(said), code: build.code },
  });
  const told = gone?.container ?? container;
  const teller = gone?.service ?? service;
  const whose = told?.isHook ? "a pre_start hook of " : "";
  const shown = hook.length > 0 && !told?.isHook
    ? { title: `last lines of a hook of "${teller}"`, lines: hook }
    : told?.lines.some((line) => line.trim() !== "")
    ? { title: `last lines of ${whose}"${teller}"`, lines: told.lines }
    // Of a container that has run, docker prints only the name.
    : {
      title: isUrl ? "last answers of the URL" : "docker's last lines",
      lines: state
        ? []
        : excerpt(said).filter((line) => !meaning?.split("\n").includes(line)),
    };
  const evidence = {
    ...shown,
    lines: shown.lines.filter((line) => line.trim() !== "").slice(-SHOWN),
  };
  const became = state ?? build?.state ??
    (container?.isHook
      ? `was not started: a pre_start hook ended with exit code ${container.exitCode}`
      : error
      ? "could not be started"
      : undefined);
  const logs = build
    ? `${reports}/build.log`
    : told?.lines.length
    ? `${reports}/logs/${told.isHook ? hookLog(teller!) : teller}.log`
    : undefined;
  return {
    blocked,
    again,
    ...("container" in does && { container: does.container }),
    ...(service !== undefined && { service }),
    ...(became !== undefined && { state: became }),
    ...(meaning !== undefined && { meaning }),
    ...((evidence.lines.length > 0 || logs !== undefined) &&
      { evidence: { ...evidence, ...(logs !== undefined && { logs }) } }),
  };
}

/** Whether a line about a URL says why it does not answer: it begins with the name of a service. */
function isReason(line: string): boolean {
  return line.startsWith('"');
}

/** The lines of a push that are progress. */
const PROGRESS =
  /^(?:\s*|The push refers to repository .*|[0-9a-f]{12}: .*|trying again .*)$/;

/** The diagnosis of a push, from the words of the registry or of the network. */
function failedPush(
  reference: string,
  lines: readonly string[],
  again: Again,
): Diagnosis {
  const { registry, whole } = readImageName(reference);
  // Each attempt says the same.
  const said = [...new Set(lines)].filter((line) => !PROGRESS.test(line));
  const refusal = REFUSALS.find(([words]) =>
    said.some((line) => words.test(line))
  );
  const [, meaning, next] = refusal ?? [];
  return {
    blocked: [],
    evidence: { title: "docker's last lines", lines: said.slice(-SHOWN) },
    meaning: meaning?.(reference, whole) ?? meaningOf(said) ??
      `the registry has not accepted ${whole}`,
    next: next?.({ registry, again: again.command }) ?? again.command,
  };
}

/** The refusals of registries: the words, their meaning, and the next command. */
const REFUSALS: readonly [
  RegExp,
  (reference: string, whole: string) => string,
  (about: { registry: string; again: string }) => string,
][] = [
  [
    // Amazon ECR, Harbor, Azure, Artifact Registry, GitLab.
    /immutable|tag (already exists|is (locked|protected))|cannot be overwritten|manifest .* (cannot|can not) be (updated|overwritten)/i,
    (reference) => `the tag ${reference} is there and immutable`,
    ({ again }) => `${again}   # with another version, or without that tag`,
  ],
  [
    /quota|storage (limit|space)|insufficient (storage|space)|exceeds? the .*\blimit|no space left/i,
    (_, whole) => `the registry has no room left for ${whole}: a quota is full`,
    ({ again }) => `${again}   # after old images were removed there`,
  ],
  [
    /was pushed, not proven/,
    (reference) =>
      `${reference} was pushed, and this user may not look it up: pushed, not proven`,
    ({ again }) => `${again} --unproven   # docker's word is enough`,
  ],
  [
    REFUSED,
    (_, whole) => `the registry does not let this user push ${whole}`,
    ({ registry, again }) => `docker login ${registry}   # then: ${again}`,
  ],
];

/**
 * The service and state of a failed build, from BuildKit's last lines; with the exit code of the failed command, if
 * there is one.
 */
function failedBuild(
  lines: readonly string[],
  services: readonly string[],
): { service?: string; state: string; code: number } {
  const [, code = 0] =
    /did not complete successfully: exit code: (\d+)/.exec(lines.join("\n")) ??
      [];
  const named = lines.flatMap((line) => /^ > \[(\S+) /.exec(line)?.[1] ?? [])
    .findLast((name) => services.includes(name));
  const service = named ?? (services.length === 1 ? services[0] : undefined);
  return {
    ...(service !== undefined && { service }),
    state: "could not be built" + (code ? ` (exit code ${code})` : ""),
    code: Number(code),
  };
}

/**
 * The output of the failed build step, which BuildKit repeats at the end between rules and after the name of the step.
 */
function excerpt(lines: readonly string[]): string[] {
  const start = lines.findLastIndex((line) => /^ > \[/.test(line));
  return lines.slice(Math.max(0, start)).filter((line) => !/^-+$/.test(line));
}
