import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  eachLine,
  type FileLine,
  MAX_BYTES,
} from "../../../../lib/show/lines.ts";

/** A file of these chunks. */
function fileOf(chunks: Iterable<Uint8Array>) {
  const rest = chunks[Symbol.iterator]();
  let chunk: Uint8Array | undefined = new Uint8Array(0);
  return {
    read: (buffer: Uint8Array) => {
      while (chunk?.length === 0) {
        const next = rest.next();
        chunk = next.done ? undefined : next.value;
      }
      if (!chunk) return Promise.resolve(null);
      const part = chunk.subarray(0, buffer.length);
      buffer.set(part);
      chunk = chunk.subarray(part.length);
      return Promise.resolve(part.length);
    },
  };
}

async function linesOf(chunks: Iterable<Uint8Array>): Promise<FileLine[]> {
  const lines: FileLine[] = [];
  await eachLine(fileOf(chunks), (line) => lines.push(line) > 0);
  return lines;
}

Deno.test("a file is split into its lines, wherever its chunks end", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom("a", "é", "😀", "\n", "\r\n", "", "b c")),
      fc.array(fc.integer({ min: 1, max: 5 })),
      async (parts, sizes) => {
        const text = parts.join("");
        const bytes = new TextEncoder().encode(text);
        const chunks: Uint8Array[] = [];
        for (let at = 0, i = 0; at < bytes.length; i++) {
          const size = sizes[i] ?? 7;
          chunks.push(bytes.slice(at, at + size));
          at += size;
        }
        const lines = await linesOf(chunks);
        const expected = text.split("\n");
        const last = expected.pop()!;
        assertEquals(lines.map(({ text }) => text), [
          ...expected,
          ...(last === "" ? [] : [last]),
        ]);
        assertEquals(
          lines.map(({ isEnded }) => isEnded),
          lines.map((_, i) => i < expected.length),
        );
      },
    ),
    { seed: 20260102 },
  );
});

Deno.test("a line that is too long has no text, and the lines around it have theirs", async () => {
  const chunk = new Uint8Array(2 ** 20).fill(120);
  function* chunks() {
    const encoder = new TextEncoder();
    yield encoder.encode("before\n");
    for (let i = 0; i < 2 * MAX_BYTES / chunk.length; i++) yield chunk;
    yield encoder.encode("\nafter\n");
    for (let i = 0; i < MAX_BYTES / chunk.length; i++) yield chunk;
    yield encoder.encode("\n");
  }
  const lines = await linesOf(chunks());
  assertEquals(lines.map(({ text }) => text?.length), [
    ...[6, undefined, 5, MAX_BYTES],
  ]);
  assertEquals(lines.map(({ bytes }) => bytes), [
    ...[6, 2 * MAX_BYTES, 5, MAX_BYTES],
  ]);
});

Deno.test("reading ends when it is told to", async () => {
  let chunks = 0;
  function* endless() {
    for (;;) {
      chunks++;
      yield new TextEncoder().encode("a\nb\n");
    }
  }
  const lines: (string | undefined)[] = [];
  await eachLine(fileOf(endless()), ({ text }) => lines.push(text) < 3);
  assertEquals(lines, ["a", "b", "a"]);
  assert(chunks < 10);
});
