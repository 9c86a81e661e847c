import { assert, assertEquals } from "@std/assert";
import * as fc from "fast-check";
import { marks } from "../../../../lib/engine/log_marks.ts";
import { framedReader } from "../../../../lib/engine/log_messages.ts";
import { bytesOf, type FakeMessage, frame } from "../../fake_engine.ts";

/** The time so many milliseconds after a beginning. */
const at = (ms: number) =>
  new Date(Date.parse("2024-06-07T08:09:10Z") + ms).toISOString()
    .replace("Z", "000000Z");

/** Reads a log that is broken off after each of these shares of what the engine sends; resolves to what was read of it. */
function readBroken(
  messages: readonly FakeMessage[],
  breaks: readonly number[],
) {
  const texts: string[] = [];
  const asked: (number | undefined)[] = [];
  const place = marks({
    begin: () => void texts.push(""),
    content: (bytes) =>
      void (texts[texts.length - 1] += new TextDecoder().decode(bytes)),
    problem: () => {},
  });
  for (const share of [...breaks, 1]) {
    const since = place.resume();
    asked.push(since);
    const sent = messages.filter(({ time }) =>
      since === undefined || Date.parse(time!) >= since * 1000
    );
    const bytes = bytesOf(...sent.map(frame));
    framedReader(place).read(bytes.slice(0, Math.floor(bytes.length * share)));
  }
  return { texts, asked };
}

Deno.test("a log that is broken off anywhere, any number of times, is read without losing or repeating anything", () => {
  const message = fc.record({
    stream: fc.constantFrom(1 as const, 2 as const),
    // Times repeat, and are not in order within a second.
    late: fc.integer({ min: 0, max: 900 }),
    pause: fc.constantFrom(0, 0, 0, 100, 1_000, 5_000),
    text: fc.constantFrom("a", "bc\n", "a longer text\n", "\n"),
  });
  fc.assert(
    fc.property(
      fc.array(message, { maxLength: 12 }),
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 4 }),
      (all, breaks) => {
        let now = 1_000;
        const messages = all.map(({ late, pause, ...message }) => {
          now += pause;
          return { ...message, time: at(now - late) };
        });
        const { texts } = readBroken(messages, breaks);
        assertEquals(texts, messages.map(({ text }) => text));
      },
    ),
    { numRuns: 1_000 },
  );
});

Deno.test("a log that goes on is asked for from its last two seconds on, not from the beginning", () => {
  const messages = [0, 10_000, 20_000, 30_000].map((ms) => ({
    time: at(ms),
    text: "x\n",
  }));
  const { asked } = readBroken(messages, [1]);
  assertEquals(asked, [undefined, Date.parse(at(20_000)) / 1000]);
});

Deno.test("no new message is lost when the engine has dropped old ones", () => {
  const texts: string[] = [];
  const place = marks({
    begin: () => void texts.push(""),
    content: (bytes) =>
      void (texts[texts.length - 1] += new TextDecoder().decode(bytes)),
    problem: () => {},
  });
  const read = (...messages: FakeMessage[]) =>
    framedReader(place).read(bytesOf(...messages.map(frame)));
  read(...[1, 2, 3].map((n) => ({ time: at(n), text: `${n}` })));
  place.resume();
  read({ time: at(9_000), text: "new" });
  assertEquals(texts, ["1", "2", "3", "new"]);
});

Deno.test("the memory of what was read does not grow", () => {
  const place = marks({
    begin: () => {},
    content: () => {},
    problem: () => {},
  });
  const bytes = bytesOf(
    ...Array.from({ length: 1_000 }, () => frame({ text: "x\n" })),
  );
  const before = Deno.memoryUsage().heapUsed;
  for (let i = 0; i < 500; i++) framedReader(place).read(bytes);
  assert(Deno.memoryUsage().heapUsed - before < 50_000_000);
});
