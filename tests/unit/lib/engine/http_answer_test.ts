import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Connection } from "../../../../lib/engine/connection.ts";
import {
  bodyOf,
  readHead,
  type Source,
} from "../../../../lib/engine/http_answer.ts";
import { bytesOf, chunk } from "../../fake_engine.ts";

/** A connection on which these pieces come, and then its end. */
function connectionOf(
  pieces: readonly (string | Uint8Array)[],
): Connection & { closed: boolean } {
  const left = pieces.map((piece) => bytesOf(piece));
  const connection = {
    closed: false,
    read: () => Promise.resolve(left.shift()),
    write: () => Promise.resolve(),
    close: () => void (connection.closed = true),
    reason: () => Promise.resolve(""),
  };
  return connection;
}

/** Reads an answer that comes in these pieces. */
async function read(...pieces: (string | Uint8Array)[]) {
  const source: Source = {
    connection: connectionOf(pieces),
    rest: new Uint8Array(0),
  };
  const head = await readHead(source);
  let reusable: boolean | undefined;
  const body = bodyOf(source, head, {
    onEnd: (it) => reusable = it,
    explain: (error) => Promise.resolve(error),
  });
  const text = await new Response(body).text();
  return { status: head.status, headers: head.headers, text, reusable };
}

const CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

Deno.test("a chunked body is the same wherever the answer is cut", async () => {
  const whole = bytesOf(
    CHUNKED,
    chunk("first"),
    chunk("x".repeat(300)),
    "5;name=value\r\nthird\r\n",
    "0\r\nTrailer: yes\r\n\r\n",
  );
  const text = `first${"x".repeat(300)}third`;
  for (let at = 1; at < whole.length; at++) {
    const cut = await read(whole.slice(0, at), whole.slice(at));
    assertEquals(cut.text, text, `cut at ${at}`);
    assertEquals(cut.reusable, true);
  }
  const single = [...whole].map((byte) => new Uint8Array([byte]));
  assertEquals((await read(...single)).text, text);
});

Deno.test("a body with a length, without one, and none at all", async () => {
  const { text, headers, reusable } = await read(
    "HTTP/1.1 201 Created\r\nContent-Length: 4\r\nX-Y:  a:b \r\n\r\nab",
    "cd",
  );
  assertEquals([text, headers.get("x-y"), reusable], ["abcd", "a:b", true]);
  const untilEnd = await read("HTTP/1.0 200 OK\r\n\r\nall", " of it");
  assertEquals([untilEnd.text, untilEnd.reusable], ["all of it", false]);
  const none = await read("HTTP/1.1 204 No Content\r\n\r\n");
  assertEquals([none.status, none.text, none.reusable], [204, "", true]);
  const empty = await read("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  assertEquals([empty.text, empty.reusable], ["", true]);
});

Deno.test("a head that announces another one is skipped", async () => {
  const { status, text } = await read(
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
  );
  assertEquals([status, text], [200, "x"]);
});

Deno.test("a connection is not used again when the engine closes it, or has sent more than it should", async () => {
  const length = "Content-Length: 1\r\n";
  const closes = `HTTP/1.1 200 OK\r\n${length}Connection: close\r\n\r\nx`;
  assertEquals((await read(closes)).reusable, false);
  const more = `HTTP/1.1 200 OK\r\n${length}\r\nxy`;
  assertEquals((await read(more)).reusable, false);
});

for (
  const [what, pieces, problem] of [
    ["garbage", ["SSH-2.0-OpenSSH\r\n\r\n"], "is not HTTP"],
    ["nothing", [], "without an answer"],
    ["half a head", ["HTTP/1.1 200 OK\r\nA: b\r\n"], "without an answer"],
    [
      "a head without an end",
      ["HTTP/1.1 200 OK\r\n", "A: b\r\n".repeat(20_000)],
      "has no end",
    ],
    [
      "a body that breaks off within a chunk",
      [CHUNKED, "5\r\nabc"],
      "broken off",
    ],
    [
      "a body that breaks off between chunks",
      [CHUNKED, chunk("abc")],
      "broken off",
    ],
    [
      "a body that is shorter than its length",
      ["HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc"],
      "broken off",
    ],
    ["a length that is none", [
      "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
    ], "no valid length"],
    ["a chunk without a size", [CHUNKED, "\r\nabc"], "without a size"],
    ["a chunk of no valid size", [CHUNKED, "x\r\nabc"], "no valid chunks"],
    [
      "a chunk of more than a number can count",
      [CHUNKED, "fffffffffffffff\r\n"],
      "no valid chunks",
    ],
    [
      "a chunk that is longer than its size",
      [CHUNKED, "1\r\nabc\r\n"],
      "no valid chunks",
    ],
    [
      "a trailer without an end",
      [CHUNKED, "0\r\n", "a: b\r\n".repeat(20_000)],
      "has no end",
    ],
  ] as const
) {
  Deno.test(`an answer that is ${what} is an error`, async () => {
    const { message } = await assertRejects(() => read(...pieces), Error);
    assert(message.includes(problem), message);
  });
}

Deno.test("a body is read no faster than it is consumed", async () => {
  let reads = 0;
  const connection = {
    ...connectionOf([]),
    read: () => {
      reads++;
      return Promise.resolve(chunk("abc"));
    },
  };
  const source = { connection, rest: bytesOf(CHUNKED) };
  let ended = 0;
  const body = bodyOf(source, await readHead(source), {
    onEnd: () => ended++,
    explain: (error) => Promise.resolve(error),
  });
  const reader = body.getReader();
  await reader.read();
  await reader.read();
  assertEquals(reads, 2);
  await reader.cancel();
  assertEquals(ended, 1);
});
