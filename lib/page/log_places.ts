/**
 * Where the logs of a run are: in the page, and among the files beside it.
 *
 * @module
 */

import type { TimedEvent } from "../plan/events.ts";

/** The IDs of logs in the page, by the paths of their files relative to the page. */
export type LogPlaces = ReadonlyMap<string, string>;

/** The file of the output of all builds. */
export const BUILD_LOG = "build.log";

/** The ID of the nth log of a service, and of the nth output of a step; counted from 0. */
export const logId = (n: number): string => `log-${n + 1}`;
export const outputId = (n: number): string => `output-${n + 1}`;

/** Whether the ID is that of a step's output. */
export function isOutputId(id: string): boolean {
  return id.startsWith("output-");
}

/** The path of a service's log, relative to the page. */
export function logFile(service: string): string {
  return `logs/${service}.log`;
}

/** The places of all logs; the output of the first build stands for the log of builds. */
export function logPlaces(
  { events, logs }: {
    events: readonly TimedEvent[];
    logs: readonly { service: string }[];
  },
): LogPlaces {
  const builds = buildSteps(events);
  const build = stepsWithOutput(events).findIndex((step) => builds.has(step));
  return new Map([
    ...(build < 0 ? [] : [[BUILD_LOG, outputId(build)] as const]),
    ...logs.map(({ service }, i) => [logFile(service), logId(i)] as const),
  ]);
}

/** The steps whose commands have written something, in the order in which they began to. */
export function stepsWithOutput(events: readonly TimedEvent[]): string[] {
  const steps = new Set<string>();
  for (const event of events) if (isOutput(event)) steps.add(event.step);
  return [...steps];
}

/** Whether an event is output of a step's command; remarks are shown elsewhere. */
export function isOutput(
  event: TimedEvent,
): event is Extract<TimedEvent, { kind: "output" }> {
  return event.kind === "output" && event.service === undefined &&
    !event.notice;
}

/** The steps whose output is in {@linkcode BUILD_LOG}, too. */
export function buildSteps(
  events: readonly TimedEvent[],
): ReadonlySet<string> {
  const start = events.find((event) => event.kind === "run-start");
  const builds = start?.steps.filter(({ kind }) => kind === "build") ?? [];
  return new Set(builds.map(({ name }) => name));
}

/**
 * The file in the folder of a run that a path leads to, such as "logs/db.log" for "reports/test/logs/db.log", and a link to
 * it; undefined for a path that leads elsewhere.
 */
export function fileIn(
  path: string,
): { path: string; href: string } | undefined {
  const [, file] =
    /(?:^|[/\\])(logs[/\\][^/\\]+\.log|build\.log)$/.exec(path) ?? [];
  if (file === undefined) return undefined;
  const parts = file.split(/[/\\]/);
  return { path: parts.join("/"), href: hrefOf(parts) };
}

/** The parts of a path relative to the page, as a link. */
export function hrefOf(parts: readonly string[]): string {
  return parts.map((part) => encodeURIComponent(part.toWellFormed()))
    .join("/");
}
