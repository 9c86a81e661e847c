import { assertEquals } from "@std/assert";
import { readWorkflow } from "../../../../lib/compose/workflow.ts";
import type { EngineApi } from "../../../../lib/engine/api.ts";
import { watchApps } from "../../../../lib/run/watch_apps.ts";

const MODEL = `name: shop--release
services:
  app: { image: a, build: ., ports: [{ target: 8000 }] }
`;

/** The kernel's table with a socket that listens on port 8000 of this address, a word of hexadecimal digits. */
function table(address: string): string {
  return `  sl  local_address rem_address   st\n   0: ${address}:1F40 00000000:0000 0A 0\n`;
}

/** An engine whose containers print a text. */
function engineWith(text: string): EngineApi {
  const content = new TextEncoder().encode(text);
  const frame = new Uint8Array(8 + content.length);
  frame[0] = 1;
  new DataView(frame.buffer).setUint32(4, content.length);
  frame.set(content, 8);
  return {
    json: (path: string) =>
      Promise.resolve(path.endsWith("/exec") ? { Id: "e" } : { ExitCode: 0 }),
    request: () => Promise.resolve({ body: ReadableStream.from([frame]) }),
  } as unknown as EngineApi;
}

/** The lines that are told, and how long (ms) it took. */
async function told(
  text: string,
  { signal = new AbortController().signal } = {},
) {
  const lines: string[] = [];
  let time = 0;
  await watchApps({
    api: engineWith(text),
    around: {
      workflow: await readWorkflow(MODEL),
      parts: new Set(["app"]),
      run: "r",
    },
    tell: (line) => lines.push(line),
    signal,
    sleep: (ms) => {
      time += ms;
      return Promise.resolve();
    },
  });
  return { lines, time };
}

Deno.test("an application that only its own container reaches is told within seconds, while acceptance tests may wait for it", async () => {
  assertEquals(await told(table("0100007F")), {
    lines: ['"app" listens on 127.0.0.1:8000 only: bind 0.0.0.0'],
    time: 3_000,
  });
});

Deno.test("nothing is told of one that others reach, that does not listen yet, or that cannot be asked", async () => {
  for (const text of [table("00000000"), "local_address\n", ""]) {
    assertEquals((await told(text)).lines, [], text);
  }
});

Deno.test("nothing is told when the tests have ended", async () => {
  const { lines } = await told(table("0100007F"), {
    signal: AbortSignal.abort(),
  });
  assertEquals(lines, []);
});
