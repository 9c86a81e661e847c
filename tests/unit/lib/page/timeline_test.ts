import { assert, assertEquals, assertNotMatch } from "@std/assert";
import fc from "fast-check";
import type { TimedEvent } from "../../../../lib/plan/events.ts";
import { runPage } from "../../../../lib/page/page.ts";
import { timelineOf } from "../../../../lib/page/timeline.ts";
import {
  at,
  eventsOf,
  FAILED,
  type Ran,
  RELEASE,
  RUNS,
  SEED,
} from "./events.ts";

Deno.test("the critical path goes back from the last step through the predecessor that ended last", () => {
  const names = (steps: readonly Ran[]) =>
    timelineOf(eventsOf(steps)).critical.map(({ step }) => step);
  assertEquals(
    names(RELEASE),
    ["up", "ready db", "run migrate", "start app", "ready app"],
  );
  // A step that was stopped later is not the reason for the end of the run, and clean-up follows in any case.
  assertEquals(names(FAILED), ["up", "ready db", "run migrate"]);
  const prune: Ran = { name: "prune", span: [5000, 9000], cleanup: "always" };
  assertEquals(names([...RELEASE, prune]), names(RELEASE));
  assertEquals(names([]), []);
});

Deno.test("no step of the critical path could have started before the one before it ended", () => {
  fc.assert(
    fc.property(RUNS, (steps) => {
      const { critical, steps: bars } = timelineOf(eventsOf(steps));
      critical.slice(1).forEach((bar, i) => {
        const before = critical[i]!;
        assert(bar.planned?.after.includes(before.step));
        assert(before.end <= bar.start);
        const others = bars.filter(({ step, planned }) =>
          !planned?.cleanup && bar.planned?.after.includes(step)
        );
        assert(others.every(({ end }) => end <= before.end));
      });
      const [first] = critical;
      const waited = bars.filter(({ step, planned }) =>
        !planned?.cleanup && first?.planned?.after.includes(step)
      );
      assertEquals(waited, []);
    }),
    { seed: SEED },
  );
});

Deno.test("a container is there from its gate until clean-up has removed it, else until the end", () => {
  const containers = (steps: readonly Ran[]) =>
    timelineOf(eventsOf(steps)).containers
      .map(({ service, start, ready, end }) => [service, start, ready, end]);
  const gate: Ran = {
    name: "ready db",
    span: [10, 30],
    kind: "gate",
    service: "db",
  };
  const last: Ran = { name: "prune", span: [60, 90], cleanup: "always" };
  const down: Ran = { ...last, name: "down", span: [40, 60], kind: "remove" };
  assertEquals(containers([gate, last]), [["db", 10, 30, 90]]);
  assertEquals(containers([gate, down, last]), [["db", 10, 30, 60]]);
  const again: Ran = { ...gate, name: "steady db", span: [30, 35] };
  assertEquals(containers([gate, again, last]), [["db", 10, 30, 90]]);
  const never: Ran = { ...gate, result: "failed" };
  assertEquals(containers([never, down]), [["db", 10, undefined, 60]]);
});

Deno.test("clean-up that is tried twice has two bars", () => {
  const events = eventsOf(RELEASE.slice(0, 1));
  const twice = [0, 1].flatMap((n): TimedEvent[] => [
    { kind: "step-start", step: "down", why: "", at: at(500 + n * 100) },
    {
      kind: "step-end",
      step: "down",
      result: n === 0 ? "failed" : "ok",
      ms: 90,
      at: at(590 + n * 100),
    },
  ]);
  const { steps } = timelineOf([...events, ...twice]);
  assertEquals(
    steps.map(({ step, start, end, result }) => [step, start, end, result]),
    [
      ["up", 0, 400, "ok"],
      ["down", 500, 590, "failed"],
      ["down", 600, 690, "ok"],
    ],
  );
});

Deno.test("a clock that is set back, or a time that is none, makes no bar end before it starts", () => {
  fc.assert(
    fc.property(
      RUNS,
      fc.array(fc.oneof(fc.integer({ min: -1e15, max: 1e15 }), fc.string())),
      (steps, times) => {
        const events = eventsOf(steps).map((event, i) => {
          const time = times[i];
          const moved = typeof time === "number"
            ? new Date(time).toISOString()
            : time;
          return { ...event, at: moved ?? event.at };
        });
        const { steps: bars, length } = timelineOf(events);
        for (const { start, end } of bars) {
          assert(0 <= start && start <= end && end <= length);
        }
        assertNotMatch(runPage({ events, logs: [] }), /NaN|Infinity/);
      },
    ),
    { seed: SEED },
  );
});
