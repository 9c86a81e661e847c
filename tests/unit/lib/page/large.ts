/**
 * A run of several hundred steps, for tests of pages that must stay usable.
 *
 * @module
 */

import type { Event, TimedEvent } from "../../../../lib/plan/events.ts";
import type { RunPage } from "../../../../lib/page/page.ts";
import { at, eventsOf, type Ran } from "./events.ts";

/** The steps of a release of a hundred services: each is started, ready, and has a one-shot before it. */
function stepsOf(services: number): Ran[] {
  return Array.from({ length: services }, (_, i): Ran[] => {
    const service = `service-${i}`;
    const start = i * 1000;
    const before = i === 0 ? [] : [`ready service-${i - 1}`];
    return [
      {
        name: `run setup-${i}`,
        span: [start, start + 600],
        after: before,
        kind: "oneshot",
        service: `setup-${i}`,
      },
      {
        name: `start ${service}`,
        span: [start + 600, start + 800],
        after: [`run setup-${i}`],
      },
      {
        name: `ready ${service}`,
        span: [start + 800, start + 1600],
        after: [`start ${service}`],
        kind: "gate",
        service,
      },
    ];
  }).flat();
}

/** A log of so many UTF-16 units, at most. */
export function logOf(units: number): string {
  const line = (i: number) =>
    `${
      at(i)
    } {"level":"info","method":"GET","route":"/todos/${i}","ms":0.${i}}\n`;
  return Array.from(
    { length: Math.floor(units / line(1e7).length) },
    (_, i) => line(i),
  ).join("");
}

/** A run of 300 steps, each of which writes `lines` lines, with logs of `services` services of `units` UTF-16 units each. */
export function largeRun(
  { lines = 10, services = 100, units = 10_000 } = {},
): RunPage {
  const steps = stepsOf(100);
  const others = steps.flatMap(({ name, span: [start] }) =>
    Array.from({ length: lines }, (_, n): Event & { ms: number } => ({
      kind: "output",
      step: name,
      line: `line ${n} of ${name} with "quotes" & <signs>`,
      ms: start + 1,
    }))
  );
  const text = logOf(units);
  const logs = Array.from({ length: services }, (_, i) => ({
    service: `service-${i}`,
    text,
  }));
  const events: TimedEvent[] = eventsOf(steps, { others });
  return { events, logs };
}
