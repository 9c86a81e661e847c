/**
 * The files beside the page, and what each is for.
 *
 * @module
 */

import type { TimedEvent } from "../plan/events.ts";
import { facts } from "./elements.ts";
import { type Markup, markup } from "./html.ts";
import {
  BUILD_LOG,
  buildSteps,
  hrefOf,
  stepsWithOutput,
} from "./log_places.ts";

/** The files that a run may leave beside its page, in the order in which readers want them. */
const PURPOSES: Readonly<Record<string, string>> = {
  "junit.xml": "the tests, for a CI system",
  "steps.xml": "the steps as test cases, for a CI system",
  "receipt.json": "the images that were accepted, for todoflow publish",
  [BUILD_LOG]: "the output of builds",
  "events.jsonl": "everything that happened; todoflow show prints it again",
  "trace.json": "the timeline, for ui.perfetto.dev or chrome://tracing",
  "compose.override.yaml": "what docker compose reads after the Compose file",
};

/** A list of the files that are there. */
export function filesOf(
  { events, files = {} }: {
    events: readonly TimedEvent[];
    files?: Readonly<Record<string, string>>;
  },
): Markup {
  const builds = buildSteps(events);
  const hasBuildLog = stepsWithOutput(events).some((step) => builds.has(step));
  const there = new Set([
    "events.jsonl",
    ...(hasBuildLog ? [BUILD_LOG] : []),
    ...Object.keys(files),
  ]);
  return facts(
    Object.entries(PURPOSES).filter(([name]) => there.has(name))
      .map(([name, purpose]) => [
        markup`<a href="${hrefOf([name])}">${name}</a>`,
        purpose,
      ]),
  );
}
