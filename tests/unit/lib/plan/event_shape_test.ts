import { assertEquals } from "@std/assert";
import type { TimedEvent } from "../../../../lib/plan/events.ts";
import { readEvent } from "../../../../lib/plan/event_shape.ts";
import { recordedEvents } from "../../../../tools/docs.ts";

const AT = "2026-01-02T03:04:05.000Z";

/** One event of each kind. */
const RECORDED = await recordedEvents();

for (const event of RECORDED) {
  Deno.test(`a recorded event is one: ${event.kind}`, () => {
    assertEquals(readEvent(event), { is: "event", event });
    const later = { ...event, later: { added: [1] } };
    assertEquals(readEvent(later).is, "event");
  });

  Deno.test(`an event with a wrong or missing field is one of another version: ${event.kind}`, () => {
    const { at, kind, ...fields } = event;
    for (const name of Object.keys(fields)) {
      for (const wrong of [null, {}, [0], Symbol("x"), NaN]) {
        const other = { ...event, [name]: wrong };
        assertEquals(readEvent(other).is, "other", `${name}: ${String(wrong)}`);
      }
    }
    assertEquals(readEvent({ at, kind }).is, "other");
  });
}

Deno.test("wrong values are found at any depth", () => {
  const failure = (explanation: unknown) =>
    readEvent({ at: AT, kind: "failure", exitCode: 1, explanation }).is;
  const whole = {
    headline: "h",
    tests: [{ suite: "s", name: "n", line: 1 }],
    evidence: [{ title: "t", lines: ["l"], logs: "f" }],
    changed: { title: "t", lines: [] },
    location: { file: "f", line: 1, column: 1 },
  };
  assertEquals(failure(whole), "event");
  for (
    const part of [
      { tests: [{ suite: "s", name: 1 }] },
      { tests: {} },
      { evidence: [{ title: "t", lines: [1] }] },
      { evidence: [null] },
      { changed: { title: "t" } },
      { location: { file: "f", line: "1", column: 1 } },
      { next: ["x"] },
      { step: 1 },
    ]
  ) assertEquals(failure({ ...whole, ...part }), "other");
});

Deno.test("kinds of later versions are events of theirs, and anything else is nothing", () => {
  for (const kind of ["later", "constructor", "__proto__", "toString"]) {
    const event = { at: AT, kind };
    assertEquals(readEvent(event), { is: "other", event });
  }
  for (
    const value of [
      ...[undefined, null, 1, "run-end", [], [{ at: AT, kind: "url" }]],
      ...[{}, { at: AT }, { kind: "url" }, { at: 1, kind: "url" }],
    ]
  ) assertEquals(readEvent(value), { is: "nothing" });
});

Deno.test("a number that JSON cannot hold is none", () => {
  const end: TimedEvent = { at: AT, kind: "run-end", code: 0, ms: 1, sumMs: 1 };
  assertEquals(readEvent(end).is, "event");
  const text = JSON.stringify(end).replace('"ms":1', '"ms":1e999');
  assertEquals(readEvent(JSON.parse(text)).is, "other");
});
