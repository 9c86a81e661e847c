import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import type { TimedEvent } from "../../../../lib/plan/events.ts";
import {
  MASK,
  NOTHING_HIDDEN,
  type Redact,
  redactor,
} from "../../../../lib/secrets/redact.ts";

const encode = (text: string) => new TextEncoder().encode(text);

/** A redactor of these values. */
function hiding(...values: string[]) {
  return redactor(values.map(encode));
}

/** All that a stream gives for these chunks. */
function streamed(redact: Redact, chunks: readonly Uint8Array[]): Uint8Array {
  const parts = chunks.map((chunk) => redact(chunk, false).slice());
  return Uint8Array.from(
    [...parts, redact(new Uint8Array(), true)].flatMap((part) => [...part]),
  );
}

/** Bytes cut at these places, in any order. */
function cut(bytes: Uint8Array, at: readonly number[]): Uint8Array[] {
  const places = [0, ...at.map((place) => place % (bytes.length + 1))]
    .toSorted((a, b) => a - b);
  return places.map((place, i) => bytes.slice(place, places[i + 1]));
}

function includes(text: Uint8Array, part: Uint8Array): boolean {
  return text.some((_, i) => part.every((byte, j) => text[i + j] === byte));
}

// Of few letters, so that values are in each other, overlap and repeat themselves; the mask has none of them.
const word = fc.string({
  unit: fc.constantFrom("a", "b", "\n"),
  minLength: 1,
  maxLength: 6,
});
const text = fc.string({
  unit: fc.constantFrom("a", "b", "c", "\n", "é"),
  maxLength: 60,
});
const places = fc.array(fc.nat(1000), { maxLength: 12 });

Deno.test("no value survives, however its stream is cut into chunks, and the cuts make no difference", () => {
  fc.assert(
    fc.property(
      fc.array(word, { minLength: 1, maxLength: 6 }),
      text,
      places,
      (words, text, at) => {
        const hidden = hiding(...words);
        const bytes = encode(text);
        const found = streamed(hidden.stream(), cut(bytes, at));
        for (const word of words) assert(!includes(found, encode(word)));
        assertEquals(found, streamed(hidden.stream(), [bytes]));
        assertEquals(new TextDecoder().decode(found), hidden.text(text));
      },
    ),
    { numRuns: 2000 },
  );
});

Deno.test("a stream without values is the same byte for byte, also where it is no text", () => {
  const bytes = fc.uint8Array({ maxLength: 80 });
  fc.assert(
    fc.property(bytes, places, (bytes, at) => {
      const hidden = hiding("a value that chance does not make");
      assertEquals(streamed(hidden.stream(), cut(bytes, at)), bytes);
      assertEquals(streamed(NOTHING_HIDDEN.stream(), cut(bytes, at)), bytes);
    }),
  );
});

Deno.test("bytes that are no text are hidden in streams", () => {
  const value = Uint8Array.of(0xff, 0x00, 0xfe, 0xc3);
  const chunks = [
    Uint8Array.of(0xc3, 0xff, 0x00),
    Uint8Array.of(0xfe, 0xc3, 0x28),
  ];
  assertEquals(
    streamed(redactor([value]).stream(), chunks),
    Uint8Array.of(0xc3, ...encode(MASK), 0x28),
  );
});

Deno.test("a text without values is the very same text, half a surrogate pair and all", () => {
  const text = "it is \ud800 fine\r\n\0";
  assertStrictEquals(hiding("hunter2").text(text), text);
  assertEquals(
    hiding("hunter2").text("\ud800 hunter2 \udc00"),
    `\ud800 ${MASK} \udc00`,
  );
});

Deno.test("values that overlap are hidden together, values that touch one by one", () => {
  assertEquals(hiding("abc", "cde").text("xabcdey"), `x${MASK}y`);
  assertEquals(hiding("abc").text("abcabc"), MASK + MASK);
  assertEquals(hiding("ab", "abcd").text("abcx abcd"), `${MASK}cx ${MASK}`);
  assertEquals(hiding("", "é€😀").text("é€😀!"), `${MASK}!`);
});

Deno.test("a stream gives at once what can be no beginning of a value, and holds back less than the longest one", () => {
  const redact = hiding("hunter2", "hunting season").stream();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  assertEquals(decode(redact(encode("a line\n"), false)), "a line\n");
  assertEquals(decode(redact(encode("it is hunt"), false)), "it is ");
  assertEquals(decode(redact(encode("ed, not hunt"), false)), "hunted, not ");
  assertEquals(decode(redact(encode("er2!"), false)), `${MASK}!`);
  assertEquals(decode(redact(encode("hunter"), true)), "hunter");
});

Deno.test("a stream that goes on with one value in the other is held back no more than any other", () => {
  const redact = hiding("abab").stream();
  let told = 0;
  for (let i = 0; i < 1000; i++) told += redact(encode("ab"), false).length;
  // One mask, once it is sure, however long it gets.
  assertEquals(told, MASK.length);
  assertEquals(new TextDecoder().decode(redact(encode("c"), true)), "c");
});

Deno.test("a chunk that its owner fills again is not looked at later", () => {
  const redact = hiding("hunter2").stream();
  const chunk = encode("hunt");
  redact(chunk, false);
  chunk.fill(0);
  assertEquals(new TextDecoder().decode(redact(encode("ed"), true)), "hunted");
});

/** Milliseconds that a text takes, the least of some times. */
function msOf(task: () => void): number {
  return Math.min(...Array.from({ length: 5 }, () => {
    const begun = performance.now();
    task();
    return performance.now() - begun;
  }));
}

Deno.test("a line twice as long takes about twice as long, and more values hardly more", () => {
  // Each place in the text is the beginning of each value, nearly.
  const values = (count: number) =>
    Array.from({ length: count }, (_, i) => `${"a".repeat(200)}${i}b`);
  const few = hiding(...values(2));
  const many = hiding(...values(5000));
  const line = (length: number) => "a".repeat(length);
  for (const hidden of [few, many]) hidden.text(line(1000));
  const [short, long] = [200_000, 800_000].map(line);
  const base = msOf(() => few.text(short!));
  assert(msOf(() => few.text(long!)) < 12 * base + 20);
  assert(msOf(() => many.text(short!)) < 12 * base + 20);
});

Deno.test("values are hidden in all strings of data, and keys stay", () => {
  const data = {
    hunter2: ["a hunter2", { b: "hunter2", c: 2, d: null }],
    e: undefined,
  };
  assertEquals(hiding("hunter2").within(data), {
    hunter2: [`a ${MASK}`, { b: MASK, c: 2, d: null }],
    e: undefined,
  });
});

Deno.test("in events, names of steps, services and kinds stay, and values are hidden in all other text", () => {
  const hidden = hiding("output", "shop", "start db");
  const at = "2026-01-01T00:00:00.000Z";
  const line: TimedEvent = {
    at,
    kind: "output",
    step: "start db",
    line: "shop output",
    service: "shop",
  };
  assertEquals(hidden.event(line), { ...line, line: `${MASK} ${MASK}` });
  const start: TimedEvent = {
    ...{
      at,
      kind: "run-start",
      target: "test",
      project: "shop",
      directory: "/src/shop",
    },
    ...{ tool: "1", engine: "unix:///shop" },
    steps: [{
      name: "start db",
      why: "shop needs it",
      after: ["start db"],
      kind: "command",
    }],
  };
  assertEquals(hidden.event(start), {
    ...start,
    directory: `/src/${MASK}`,
    engine: `unix:///${MASK}`,
    steps: [{
      name: "start db",
      why: `${MASK} needs it`,
      after: ["start db"],
      kind: "command",
    }],
  });
});
