import { assertEquals, assertThrows } from "@std/assert";
import {
  framedReader,
  type Messages,
  terminalReader,
} from "../../../../lib/engine/log_messages.ts";
import { bytesOf, frame } from "../../fake_engine.ts";

const T = "2024-06-07T08:09:10.123456789Z";
const U = "2024-06-07T08:09:11.000000001Z";

/** Takes messages down, each as stream, time and content. */
function recorder() {
  const messages: [number, string, string][] = [];
  const problems: string[] = [];
  const contents: Uint8Array[] = [];
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  const to: Messages = {
    begin: (stream, time) => {
      contents.push(new Uint8Array());
      messages.push([stream, time ? text(time) : "", ""]);
    },
    content: (bytes) => {
      const all = bytesOf(contents.at(-1)!, bytes);
      contents[contents.length - 1] = all;
      messages.at(-1)![2] = text(all);
    },
    problem: (words) => problems.push(words),
  };
  return { to, messages, problems };
}

/** The messages of a log, which are the same wherever it is cut. */
function messagesOf(kind: typeof framedReader, log: Uint8Array) {
  const read = (pieces: readonly Uint8Array[]) => {
    const { to, messages, problems } = recorder();
    const reader = kind(to);
    // A piece is valid only until the next one comes.
    pieces.forEach((piece) => {
      const copy = piece.slice();
      reader.read(copy);
      copy.fill(0);
    });
    reader.end();
    return { messages, problems };
  };
  const whole = read([log]);
  for (let at = 1; at < log.length; at++) {
    assertEquals(
      read([log.slice(0, at), log.slice(at)]),
      whole,
      `cut at ${at}`,
    );
  }
  assertEquals(read([...log].map((byte) => new Uint8Array([byte]))), whole);
  return whole;
}

Deno.test("frames are messages of their stream, wherever they are cut", () => {
  const log = bytesOf(
    frame({ text: "one\n" }),
    frame({ stream: 2, time: U, text: "é😀\r\n" }),
    frame({ text: "\n" }),
    frame({ text: `${T} its own time\n` }),
    frame({ text: "no line end" }),
  );
  assertEquals(messagesOf(framedReader, log), {
    messages: [
      [0, T, "one\n"],
      [1, U, "é😀\r\n"],
      [0, T, "\n"],
      [0, T, `${T} its own time\n`],
      [0, T, "no line end"],
    ],
    problems: [],
  });
});

/** A frame whose content begins with no time. */
function bare(text: string): Uint8Array {
  const whole = frame({ stream: 3, text });
  whole[0] = 1;
  return whole;
}

Deno.test("a message without a time is one all the same", () => {
  const log = bytesOf(bare("no time\n"), bare("12:30 x\n"), bare("123"));
  assertEquals(messagesOf(framedReader, log).messages, [
    [0, "", "no time\n"],
    [0, "", "12:30 x\n"],
    [0, "", "123"],
  ]);
});

Deno.test("an error of the engine is none of the container's messages", () => {
  const log = bytesOf(
    frame({ text: "one\n" }),
    frame({ stream: 3, text: "Error grabbing logs: EOF\n" }),
    frame({ text: "two\n" }),
  );
  assertEquals(messagesOf(framedReader, log), {
    messages: [[0, T, "one\n"], [0, T, "two\n"]],
    problems: ["Error grabbing logs: EOF"],
  });
});

Deno.test("bytes that are no frame are an error", () => {
  const { to } = recorder();
  assertThrows(() => framedReader(to).read(bytesOf("no frames")), Error);
  const reserved = new Uint8Array([1, 0, 0, 1, 0, 0, 0, 0]);
  assertThrows(() => framedReader(to).read(reserved), Error);
});

Deno.test("the lines of a terminal are messages, wherever they are cut", () => {
  const log = bytesOf(`${T} one\r\n${U} \r\n${U} ${T} two\r\n`);
  assertEquals(messagesOf(terminalReader, log).messages, [
    [0, T, "one\r\n"],
    [0, U, "\r\n"],
    [0, U, `${T} two\r\n`],
  ]);
});

Deno.test("the time that the engine puts into a terminal's long line is not part of it", () => {
  const log = bytesOf(`${T} 20242 2${T} b2024${T} c\r\n${U} d2024-06`);
  assertEquals(messagesOf(terminalReader, log).messages, [
    [0, T, "20242 2"],
    [0, T, "b2024"],
    [0, T, "c\r\n"],
    [0, U, "d2024-06"],
  ]);
});

Deno.test("a terminal's line without a time is one all the same", () => {
  const log = bytesOf(`no time\r\n${T} one\r\n`);
  assertEquals(messagesOf(terminalReader, log).messages, [
    [0, "", "no time\r\n"],
    [0, T, "one\r\n"],
  ]);
});
