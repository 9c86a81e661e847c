/**
 * Diagnoses a failed step: which container it was, its last lines, and their meaning.
 *
 * @module
 */

import type { Evidence } from "../errors/evidence.ts";
import type { Again, Diagnosis, Place } from "../errors/diagnosis.ts";
import { decisive } from "../evidence/decisive.ts";
import { readImageName } from "../image_name.ts";
import { cut } from "../text/width.ts";
import { type FailedPart, failedPart } from "./build_output.ts";
import { hookIn, hookLog } from "./hooks.ts";
import { PROBED, UNCHECKABLE } from "./executor.ts";
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
  gone?: Other;
  /** The apps that were up while a one-shot failed. */
  apps?: readonly Other[];
  /** The folder of reports and logs, relative to the caller's working directory. */
  reports: string;
  again: Again;
}

/** Another service of the run. */
export interface Other {
  service: string;
  container: PostMortem;
}

/** The words of a registry for a user without the right to push. */
export const REFUSED =
  /denied|unauthorized|authentication required|no basic auth credentials/i;

/** The most lines that fit on one screen with the rest of the explanation. */
const SHOWN = 12;

/** Cells for the name of a failed part of a build, because a RUN can have any length. */
const NAME = 32;

/** Makes the diagnosis. */
export function diagnosis(
  { does, lines, state, container, gone, apps, reports, again }: Findings,
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
  const part = build && failedPart(lines);
  const cause = gone ? goneMeanwhile(gone) : meaningIn({
    ...{ docker, container, apps },
    reason: isUrl ? own.findLast(isReason) : undefined,
    build: build && {
      lines: part?.lines ?? excerpt(said),
      code: build.code,
    },
  });
  const meaning = cause?.why;
  const place = cause?.place ?? placeOf({ service, state, part });
  const became = state ?? build?.state ??
    (container?.isHook
      ? `was not started: a pre_start hook ended with exit code ${container.exitCode}`
      : error
      ? "could not be started"
      : undefined);
  const evidence = evidenceOf({
    ...{ does, gone, container, service, hook, reports },
    part,
    lines: state
      ? []
      : excerpt(said).filter((line) => !meaning?.split("\n").includes(line)),
  });
  return {
    again,
    ...("container" in does && { container: does.container }),
    ...(container?.runs && { runs: true }),
    ...(service !== undefined && { service }),
    ...(became !== undefined && { state: became }),
    ...(meaning !== undefined && { meaning }),
    // A check that fails tells that something is wrong, and not what.
    ...((cause?.isEnd || !cause && state?.includes(PROBED)) && { isEnd: true }),
    ...(place && { place }),
    ...(evidence && { evidence }),
  };
}

/** The place of a failure that needs no cause: the instruction of a build, or a health check that cannot run. */
function placeOf(
  { service, state, part }: {
    service: string | undefined;
    state: string | undefined;
    part: FailedPart | undefined;
  },
): Place | undefined {
  if (service === undefined) return undefined;
  const [, instruction] = /^\[[^\]]*\d+\/\d+\] (.+)$/.exec(part?.name ?? "") ??
    [];
  if (instruction !== undefined) return { service, instruction };
  const [, image] =
    /^\[\S+ internal\] load metadata for (\S+)/.exec(part?.name ?? "") ?? [];
  if (image !== undefined) return { service, instruction: `FROM ${image}` };
  return state?.startsWith(UNCHECKABLE) || state?.includes(PROBED)
    ? { service, path: ["healthcheck", "test"] }
    : undefined;
}

/** The lines that show best why the step failed, with the path of their log. */
function evidenceOf(
  { does, gone, container, service, hook, part, lines, reports }:
    & Pick<Findings, "does" | "lines" | "reports">
    & {
      gone: Findings["gone"] | undefined;
      container: PostMortem | undefined;
      service: string | undefined;
      /** The lines of a hook that ran in the container of its service. */
      hook: readonly string[];
      part: FailedPart | undefined;
    },
): Evidence | undefined {
  const told = gone?.container ?? container;
  const teller = gone?.service ?? service;
  const logs = does.kind === "build"
    ? `${reports}/build.log`
    : told?.lines.length
    ? `${reports}/logs/${told.isHook ? hookLog(teller!) : teller}.log`
    : undefined;
  const whose = told?.isHook ? "a pre_start hook of " : "";
  const shown = hook.length > 0 && !told?.isHook
    ? { title: `a hook of "${teller}"`, lines: hook }
    : told?.lines.some((line) => line.trim() !== "")
    ? { title: `${whose}"${teller}"`, lines: told.lines }
    : part && part.lines.length > 0
    ? { title: cut(part.name, NAME), lines: part.lines }
    : undefined;
  // Of a container that has run, docker prints only the name.
  const others = does.kind === "url" ? "last answers of the URL" : DOCKERS;
  const chosen = decisive(shown?.lines ?? lines, { most: SHOWN });
  if (chosen.lines.length === 0 && logs === undefined) return undefined;
  return {
    title: shown
      ? `${chosen.isEnd ? "last lines" : "lines"} of ${shown.title}`
      : others,
    lines: chosen.lines,
    ...(logs !== undefined && { logs }),
  };
}

const DOCKERS = "docker's last lines";

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
    evidence: { title: DOCKERS, lines: said.slice(-SHOWN) },
    meaning: meaning?.(reference, whole) ?? meaningOf(said)?.why ??
      `the registry has not accepted ${whole}`,
    next: next?.({
      ...{ registry, again: again.command },
      release: again.release ?? again.command,
    }) ?? again.command,
  };
}

/** The refusals of registries: the words, their meaning, and the next command. */
const REFUSALS: readonly [
  RegExp,
  (reference: string, whole: string) => string,
  (about: { registry: string; again: string; release: string }) => string,
][] = [
  [
    // Amazon ECR, Harbor, Azure, Artifact Registry, GitLab.
    /immutable|tag (already exists|is (locked|protected))|cannot be overwritten|manifest .* (cannot|can not) be (updated|overwritten)/i,
    (reference) => `the tag ${reference} is there and immutable`,
    ({ release, again }) =>
      `${release}   # of a new commit, which gets another tag; then: ${again}`,
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
