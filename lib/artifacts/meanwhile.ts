/**
 * Finds the errors that other containers wrote while a step failed.
 *
 * @module
 */

import type { Evidence } from "../errors/evidence.ts";
import { errorsIn } from "../evidence/decisive.ts";
import { probeLines } from "../evidence/probe_line.ts";
import type { ServiceLog } from "../page/logs.ts";
import { untimed } from "../text/log_time.ts";
import type { PlannedStep, TimedEvent } from "../plan/events.ts";

/** The most containers, and the most lines of each. */
const MOST = 2;
const LINES = 4;

/** The kinds of steps that need other containers. */
const NEEDS: readonly PlannedStep["kind"][] = [
  ...["start", "gate", "oneshot", "url"] as const,
];

/** Where to look. */
export interface Meanwhile {
  logs: readonly ServiceLog[];
  /** The log of the failed container itself. */
  log: ServiceLog | undefined;
  events: readonly TimedEvent[];
  /** The apps, whose errors come first. */
  apps: readonly string[];
  /** The paths at which the apps are asked whether they answer. */
  paths: readonly string[];
  /** The folder of reports and logs, relative to the caller's working directory. */
  reports: string;
}

/**
 * The errors of other containers from the beginning of the step to its end, after which clean-up cuts their connections:
 * apps first, then those that wrote last.
 */
export function errorsMeanwhile(
  step: string,
  { logs, log, events, apps, paths, reports }: Meanwhile,
): Evidence[] {
  const planned = events.flatMap((event) =>
    event.kind === "run-start" ? event.steps : []
  ).findLast(({ name }) => name === step);
  const timeOf = (kind: "step-start" | "step-end") =>
    events.findLast((event) => event.kind === kind && event.step === step)?.at;
  const [began, ended = LATEST] = [timeOf("step-start"), timeOf("step-end")];
  if (began === undefined || !planned || !NEEDS.includes(planned.kind)) {
    return [];
  }
  const rank = (service: string) => apps.includes(service) ? 0 : 1;
  return logs.filter((other) => other !== log).flatMap((other) => {
    const since = linesOf(other).filter((line) => isIn(line, { began, ended }));
    const lines = errorsIn(since.map(untimed), {
      most: LINES,
      isProbe: probeLines(paths),
    });
    const { service } = other;
    return lines.length === 0 ? [] : [{
      ...{ service, last: since.at(-1)! },
      title: `errors of "${service}" meanwhile`,
      lines,
      logs: `${reports}/logs/${service}.log`,
    }];
  })
    .toSorted((a, b) =>
      rank(a.service) - rank(b.service) || (a.last < b.last ? 1 : -1)
    )
    .slice(0, MOST)
    .map(({ title, lines, logs }) => ({ title, lines, logs }));
}

const LATEST = "9999";

/** Whether the time of a line is in a span; times of ISO 8601 in UTC sort as texts, the engine's have more digits. */
function isIn(
  line: string,
  { began, ended }: { began: string; ended: string },
): boolean {
  const at = line.slice(0, began.length - 1);
  return /^\d{4}-/.test(line) && at >= began.slice(0, -1) &&
    at <= ended.slice(0, -1);
}

/** The lines of a log. */
export function linesOf({ text }: Pick<ServiceLog, "text">): string[] {
  return text.split("\n");
}
